package io.gatehouse.l4;

import io.gatehouse.benchmarks.hashing.Fleet;
import io.gatehouse.benchmarks.hashing.Hashing;
import io.gatehouse.l4.MaglevTable.Backend;
import java.util.HashMap;

/** The product's own table, built anew over the backends that are left. */
public final class MaglevHashing implements Hashing {

  @Override
  public String name() {
    return "maglev";
  }

  @Override
  public int[] owners(Fleet fleet, int entries) {
    var numbers = new HashMap<String, Integer>();
    fleet.alive().forEach(backend -> numbers.put(fleet.name(backend), backend));
    var backends = numbers.keySet().stream().map(name -> new Backend(name, 1)).toList();
    var table = MaglevTable.build(backends, entries);
    var owners = new int[entries];
    for (int entry = 0; entry < entries; entry++) {
      owners[entry] = numbers.getOrDefault(table.backends().get(table.owner(entry)).name(), -1);
    }
    return owners;
  }
}
