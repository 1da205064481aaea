package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Mapping;
import java.util.List;

/**
 * The names that the file declares, even over values that did not bind: a reference to one of those
 * is not a second mistake.
 */
record DeclaredNames(Mapping root) {

  List<String> in(Key<?> key) {
    return root.value(key.name()) instanceof Mapping mapping
        ? List.copyOf(mapping.entries().keySet())
        : List.of();
  }
}
