package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Entry;
import io.gatehouse.appliance.config.YamlNode.Mapping;
import io.gatehouse.appliance.json.JsonWriter;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A mapping with known keys, bound to a record.
 *
 * @param noun what the object is, such as {@code a pool}
 * @param keys in the order of the reference
 * @param shorthand key whose value may stand in place of the whole object; null if none
 * @param build makes the record from bound values; may report errors of its own and return null
 */
record ObjectType<T>(
    String noun, List<Key<?>> keys, @Nullable Key<?> shorthand, Function<Fields, @Nullable T> build)
    implements Type<T> {

  ObjectType {
    keys = List.copyOf(keys);
  }

  static <T> ObjectType<T> of(String noun, Function<Fields, @Nullable T> build, Key<?>... keys) {
    return new ObjectType<>(noun, List.of(keys), null, build);
  }

  /** The same, and the value of {@code key} alone stands for an object with that key. */
  ObjectType<T> or(Key<?> key) {
    return new ObjectType<>(noun, keys, key, build);
  }

  @Override
  public @Nullable T bind(YamlNode node, Scope scope) {
    var fields = new Fields(node, scope);
    boolean whole;
    if (node instanceof Mapping mapping) {
      reportUnknown(mapping, scope);
      whole = bindKeys(mapping, fields, scope);
    } else if (shorthand != null) {
      whole = bindKey(shorthand, node, fields, scope);
    } else {
      scope.wrongType(node, this);
      return null;
    }
    T bound = whole ? build.apply(fields) : null;
    if (bound != null) {
      scope.origins().put(bound, node);
    }
    return bound;
  }

  private void reportUnknown(Mapping mapping, Scope scope) {
    List<String> known = keys.stream().map(Key::name).toList();
    for (Entry entry : mapping.entries().values()) {
      String name = entry.key().text();
      if (!known.contains(name)) {
        scope.error(
            entry.key().at(),
            "unknown-key",
            "unknown key '%s' in %s".formatted(name, noun),
            Nearest.hint(name, known));
      }
    }
  }

  /** Binds what is there; false if a required key is missing or invalid. */
  private boolean bindKeys(Mapping mapping, Fields fields, Scope scope) {
    boolean whole = true;
    for (Key<?> key : keys) {
      YamlNode value = mapping.value(key.name());
      if (value != null) {
        whole &= bindKey(key, value, fields, scope);
      } else if (key.required()) {
        scope.error(
            mapping.at(),
            "missing-key",
            "%s needs the key '%s'".formatted(noun, key.name()),
            "add '%s: ', %s".formatted(key.name(), key.type().phrase()));
        whole = false;
      }
    }
    return whole;
  }

  private static <T> boolean bindKey(Key<T> key, YamlNode value, Fields fields, Scope scope) {
    T bound = key.type().bind(value, scope.at(key.name()));
    fields.put(key, bound);
    return bound != null || !key.required();
  }

  @Override
  public String phrase() {
    return noun + " (keys: %s)".formatted(Nearest.list(keys.stream().map(Key::name).toList()));
  }

  @Override
  public void writeSchema(JsonWriter json) {
    if (shorthand == null) {
      writeObject(json);
      return;
    }
    json.name("anyOf").beginArray().beginObject();
    shorthand.type().writeSchema(json);
    json.endObject().beginObject();
    writeObject(json);
    json.endObject().endArray();
  }

  private void writeObject(JsonWriter json) {
    json.field("type", "object").field("additionalProperties", false);
    List<String> required = keys.stream().filter(Key::required).map(Key::name).toList();
    if (!required.isEmpty()) {
      json.field("required", required);
    }
    json.name("properties").beginObject();
    for (Key<?> key : keys) {
      json.name(key.name()).beginObject();
      json.field("description", key.doc());
      if (key.fallback() != null && !key.absence().isEmpty()) {
        json.field("default", key.absence());
      }
      key.type().writeSchema(json);
      json.endObject();
    }
    json.endObject();
  }

  @Override
  public String show(T value) {
    return "";
  }
}
