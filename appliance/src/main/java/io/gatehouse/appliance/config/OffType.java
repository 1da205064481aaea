package io.gatehouse.appliance.config;

import io.gatehouse.appliance.json.JsonWriter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The word {@code off}, or something else.
 *
 * @param on what stands there otherwise
 */
record OffType<T>(Type<T> on) implements Type<Optional<T>> {
  static final String OFF = "off";

  @Override
  public @Nullable Optional<T> bind(YamlNode node, Scope scope) {
    if (node instanceof YamlNode.Scalar scalar) {
      if (scalar.text().equals(OFF)) {
        return Optional.empty();
      }
      if (on instanceof ScalarType<T> word) {
        return present(word.saying(phrase()).bind(node, scope));
      }
      scope.wrongType(node, this);
      return null;
    }
    return present(on.bind(node, scope));
  }

  private static <T> @Nullable Optional<T> present(@Nullable T bound) {
    return bound == null ? null : Optional.of(bound);
  }

  @Override
  public String phrase() {
    return "'off' or " + on.phrase();
  }

  @Override
  public String example() {
    return on.example();
  }

  @Override
  public void writeSchema(JsonWriter json) {
    json.name("anyOf").beginArray();
    json.beginObject().field("const", OFF).endObject();
    json.beginObject();
    on.writeSchema(json);
    json.endObject().endArray();
  }

  @Override
  public String show(Optional<T> value) {
    return value.map(on::show).orElse(OFF);
  }
}
