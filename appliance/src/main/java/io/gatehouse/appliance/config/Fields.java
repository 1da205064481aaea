package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Position;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bound values of one object, from which its record is built. Owned by the thread that reads.
 */
final class Fields {
  private final YamlNode node;
  private final Scope scope;
  private final Map<String, Object> values = new HashMap<>();

  Fields(YamlNode node, Scope scope) {
    this.node = node;
    this.scope = scope;
  }

  <T> void put(Key<T> key, @Nullable T value) {
    if (value != null) {
      values.put(key.name(), value);
    }
  }

  /** Name under which the object stands in a mapping of names. */
  String name() {
    return scope.name();
  }

  /** Value of a required key, or of one with a default. */
  <T> T get(Key<T> key) {
    T value = find(key);
    if (value == null) {
      throw new IllegalStateException("key without value: " + key.name());
    }
    return value;
  }

  /** Value of a key; its default, or null, if it is absent or invalid. */
  @SuppressWarnings("unchecked") // put() took it with the key's own type
  <T> @Nullable T find(Key<T> key) {
    T value = (T) values.get(key.name());
    return value == null ? key.fallback() : value;
  }

  /** Whether the key stands in the file, valid or not. */
  boolean has(Key<?> key) {
    return node instanceof YamlNode.Mapping mapping && mapping.value(key.name()) != null;
  }

  /** Where the object stands. */
  Position at() {
    return node.at();
  }

  /** Where a key's value stands, or the object if the key is absent. */
  Position at(Key<?> key) {
    return node instanceof YamlNode.Mapping mapping
            && mapping.value(key.name()) instanceof YamlNode value
        ? value.at()
        : node.at();
  }

  void error(Position at, String code, String message, String hint) {
    scope.error(at, code, message, hint);
  }
}
