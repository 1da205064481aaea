package io.gatehouse.benchmarks.hashing;

import java.util.List;

/** A method of giving entries to backends that moves little when backends come and go. */
public interface Hashing {

  /** What Maglev is compared with. */
  static List<Hashing> others() {
    return List.of(new RingHashing(), new RendezvousHashing(), new JumpHashing());
  }

  /** As the report shows it. */
  String name();

  /**
   * The owner of each entry: the number of a backend that is alive.
   *
   * @param entries how many; an entry stands for all the connections that hash to it
   */
  int[] owners(Fleet fleet, int entries);
}
