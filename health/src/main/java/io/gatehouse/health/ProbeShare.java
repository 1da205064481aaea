package io.gatehouse.health;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;

/**
 * Which nodes probe an endpoint: those with the highest rendezvous hash of node and endpoint [1].
 * Every node that knows the same living members finds the same ones, without a word; when one goes,
 * only its endpoints move, each to the next in its own order, so the load stays spread.
 *
 * <ol>
 *   <li>D. Thaler, C. Ravishankar, A Name-Based Mapping Scheme for Rendezvous, 1996
 * </ol>
 */
final class ProbeShare {
  private ProbeShare() {}

  /**
   * @param name of a member
   * @param suspected whether the ring doubts it: it keeps its endpoints, and the next in order
   *     probes them as well, at once
   */
  record Candidate(String name, boolean suspected) {}

  /**
   * The probers of an endpoint: in the order of their hashes, until {@code shared} that are beyond
   * doubt have been found.
   */
  static Set<String> probers(EndpointKey key, Collection<Candidate> candidates, int shared) {
    record Ranked(Candidate candidate, long score) {}
    long hashOfKey = hash(key.pool() + ' ' + key.endpoint());
    var ranked = new ArrayList<Ranked>(candidates.size());
    for (var candidate : candidates) {
      ranked.add(new Ranked(candidate, mix(hashOfKey ^ mix(hash(candidate.name())))));
    }
    ranked.sort(
        Comparator.comparingLong(Ranked::score)
            .reversed()
            .thenComparing(one -> one.candidate().name()));
    var probers = new HashSet<String>();
    int sure = 0;
    for (var one : ranked) {
      if (sure == shared) {
        break;
      }
      probers.add(one.candidate().name());
      sure += one.candidate().suspected() ? 0 : 1;
    }
    return probers;
  }

  /** FNV-1a, 64 bits. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /** The finaliser of SplitMix64: every bit of the input reaches every bit of the output. */
  private static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
