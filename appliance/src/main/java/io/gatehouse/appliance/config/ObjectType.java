package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Entry;
import io.gatehouse.appliance.config.YamlNode.Mapping;
import io.gatehouse.appliance.json.JsonWriter;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A mapping with known keys, bound to a record.
 *
 * @param noun what the object is, such as {@code a pool}
 * @param keys in the order of the reference
 * @param shorthand key whose value may stand in place of the whole object; null if none
 * @param example with the keys that are required, unless those alone make none
 * @param build makes the record from bound values; may report errors of its own and return null
 */
record ObjectType<T>(
    String noun,
    List<Key<?>> keys,
    @Nullable Key<?> shorthand,
    String example,
    Function<Fields, @Nullable T> build)
    implements Type<T> {

  ObjectType {
    keys = List.copyOf(keys);
  }

  static <T> ObjectType<T> of(String noun, Function<Fields, @Nullable T> build, Key<?>... keys) {
    return new ObjectType<>(noun, List.of(keys), null, example(List.of(keys)), build);
  }

  /** The same, and the value of {@code key} alone stands for an object with that key. */
  ObjectType<T> or(Key<?> key) {
    return new ObjectType<>(noun, keys, key, example, build);
  }

  /** The same, with another example. */
  ObjectType<T> withExample(String words) {
    return new ObjectType<>(noun, keys, shorthand, words, build);
  }

  private static String example(List<Key<?>> keys) {
    List<Key<?>> needed = keys.stream().filter(Key::required).toList();
    return (needed.isEmpty() ? keys.subList(0, 1) : needed)
        .stream()
            .map(key -> key.name() + ": " + key.type().example())
            .collect(Collectors.joining(", ", "{ ", " }"));
  }

  @Override
  public @Nullable T bind(YamlNode node, Scope scope) {
    var fields = new Fields(node, scope);
    boolean whole;
    if (node instanceof Mapping mapping) {
      reportUnknown(mapping, scope);
      whole = bindKeys(mapping, fields, scope);
    } else if (shorthand != null) {
      whole = bindKey(shorthand, node, fields, scope); // the key outside is the one that is named
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

  /** Binds what is there; false if the record cannot be built without what is missing. */
  private boolean bindKeys(Mapping mapping, Fields fields, Scope scope) {
    boolean whole = true;
    for (Key<?> key : keys) {
      YamlNode value = mapping.value(key.name());
      if (value != null) {
        whole &= bindKey(key, value, fields, scope.at(key.name()));
      } else if (key.required()) {
        scope.error(
            mapping.at(),
            "missing-key",
            "%s needs the key '%s'".formatted(noun, key.name()),
            "for example '%s: %s'".formatted(key.name(), key.type().example()));
        whole &= key.fallback() != null;
      }
    }
    return whole;
  }

  private static <T> boolean bindKey(Key<T> key, YamlNode value, Fields fields, Scope scope) {
    T bound = key.type().bind(value, scope);
    fields.put(key, bound);
    return bound != null || !key.required() || key.fallback() != null;
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
      if (!key.required() && key.fallback() != null && !key.absence().isEmpty()) {
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
