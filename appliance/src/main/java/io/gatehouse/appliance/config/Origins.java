package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Mapping;
import io.gatehouse.appliance.config.YamlNode.Position;
import io.gatehouse.appliance.config.YamlNode.Scalar;
import io.gatehouse.appliance.config.YamlNode.Sequence;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which node each bound object came from, so that records need not carry positions. Keys are
 * compared by identity: each binding makes an object of its own. Owned by the thread that reads.
 */
final class Origins {
  private final Map<Object, YamlNode> nodes = new IdentityHashMap<>();

  void put(Object bound, YamlNode node) {
    nodes.put(bound, node);
  }

  /** Where the object begins; where the file does, if it stands there only by default. */
  Position of(Object bound) {
    YamlNode node = nodes.get(bound);
    return node == null ? Position.START : node.at();
  }

  /** Where the value of a key of the object stands; where the object does, if the key is absent. */
  Position of(Object bound, String key) {
    YamlNode value = value(bound, key);
    return value == null ? of(bound) : value.at();
  }

  /** Where a word stands in the list, or as the value, of a key of the object. */
  Position of(Object bound, String key, String word) {
    YamlNode value = value(bound, key);
    if (value instanceof Sequence sequence) {
      for (YamlNode item : sequence.items()) {
        if (item instanceof Scalar scalar && scalar.text().equals(word)) {
          return item.at();
        }
      }
    }
    return of(bound, key);
  }

  private @Nullable YamlNode value(Object bound, String key) {
    return nodes.get(bound) instanceof Mapping mapping ? mapping.value(key) : nodes.get(bound);
  }
}
