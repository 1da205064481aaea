package io.gatehouse.benchmarks.hashing;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A ring with virtual nodes: an entry belongs to the backend with the next point on the circle of
 * all hashes.
 *
 * @see <a href="https://doi.org/10.1145/258533.258660">Karger et al., Consistent hashing and random
 *     trees, STOC 1997</a>
 */
final class RingHashing implements Hashing {
  /** Of each backend, as in libketama. */
  private static final int POINTS = 160;

  @Override
  public String name() {
    return "karger";
  }

  @Override
  public int[] owners(Fleet fleet, int entries) {
    record Point(long position, int backend) {}
    var points =
        fleet
            .alive()
            .boxed()
            .flatMap(
                backend ->
                    IntStream.range(0, POINTS)
                        .mapToObj(i -> new Point(Mix.hash(fleet.name(backend) + "#" + i), backend)))
            .sorted((a, b) -> Long.compare(a.position(), b.position()))
            .toList();
    long[] positions = points.stream().mapToLong(Point::position).toArray();
    return IntStream.range(0, entries)
        .map(entry -> points.get(next(positions, Mix.hash(entry))).backend())
        .toArray();
  }

  /** The first point at or after a position; after the last comes the first. */
  private static int next(long[] positions, long position) {
    int found = Arrays.binarySearch(positions, position);
    int at = found >= 0 ? found : -found - 1;
    return at == positions.length ? 0 : at;
  }
}
