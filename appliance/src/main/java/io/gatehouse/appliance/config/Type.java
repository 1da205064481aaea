package io.gatehouse.appliance.config;

import io.gatehouse.appliance.json.JsonWriter;
import org.jspecify.annotations.Nullable;

/**
 * A kind of value: how it is bound, and how the schema and the reference describe it. One
 * description serves all three, so they cannot differ.
 */
sealed interface Type<T> permits ScalarType, ObjectType, ListType, NamesType, OffType {

  /** The value; null after an error has been reported. */
  @Nullable T bind(YamlNode node, Scope scope);

  /** What is expected, such as {@code a duration such as 250ms or 30s}. */
  String phrase();

  /** A value that would be right, as it would stand in the file. */
  String example();

  /** Writes the members of a JSON Schema into the object that is open. */
  void writeSchema(JsonWriter json);

  /** A value as it would stand in the file; empty if that takes more than a word. */
  String show(T value);
}
