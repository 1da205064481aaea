package io.gatehouse.benchmarks.hashing;

import java.util.stream.IntStream;

/**
 * Highest random weight: an entry belongs to the backend whose hash with it is the greatest.
 *
 * @see <a href="https://doi.org/10.1109/90.663936">Thaler and Ravishankar, Using name-based
 *     mappings to increase hit rates, IEEE/ACM Transactions on Networking 6(1), 1998</a>
 */
final class RendezvousHashing implements Hashing {

  @Override
  public String name() {
    return "rendezvous";
  }

  @Override
  public int[] owners(Fleet fleet, int entries) {
    int[] backends = fleet.alive().toArray();
    long[] names = fleet.alive().mapToObj(fleet::name).mapToLong(Mix::hash).toArray();
    return IntStream.range(0, entries)
        .parallel()
        .map(entry -> backends[heaviest(names, Mix.hash(entry))])
        .toArray();
  }

  private static int heaviest(long[] names, long entry) {
    int best = 0;
    long greatest = Long.MIN_VALUE;
    for (int i = 0; i < names.length; i++) {
      long weight = Mix.mix(names[i] ^ entry);
      if (weight > greatest) {
        greatest = weight;
        best = i;
      }
    }
    return best;
  }
}
