package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Scalar;
import io.gatehouse.appliance.json.JsonWriter;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A value of one word.
 *
 * @param phrase what is expected
 * @param example a word that would be right
 * @param parser reads the word
 * @param schema writes the members of a JSON Schema
 * @param shown turns a value back into its word
 */
record ScalarType<T>(
    String phrase,
    String example,
    Parser<T> parser,
    Consumer<JsonWriter> schema,
    Function<T, String> shown)
    implements Type<T> {

  /** Reads a word. */
  @FunctionalInterface
  interface Parser<T> {
    T parse(String text) throws WrongWordException;
  }

  /** The word is not one of this type. */
  static final class WrongWordException extends Exception {
    final String code;
    final @Nullable String hint;

    /**
     * @param message what is wrong, to follow the key's name; null: say what is expected
     * @param hint null: give the example
     */
    WrongWordException(String code, @Nullable String message, @Nullable String hint) {
      super(message, null, false, false);
      this.code = code;
      this.hint = hint;
    }

    WrongWordException(@Nullable String hint) {
      this("wrong-type", null, hint);
    }
  }

  /** The same values, where other words may stand as well. */
  ScalarType<T> saying(String otherPhrase) {
    return new ScalarType<>(otherPhrase, example, parser, schema, shown);
  }

  @Override
  public @Nullable T bind(YamlNode node, Scope scope) {
    if (!(node instanceof Scalar scalar) || scalar.isNull()) {
      scope.wrongType(node, this);
      return null;
    }
    try {
      return parser.parse(scalar.text());
    } catch (WrongWordException e) {
      String message =
          e.getMessage() == null
              ? "must be %s, not %s".formatted(phrase, node.noun())
              : e.getMessage();
      String hint = e.hint == null ? "for example " + example : e.hint;
      scope.error(node.at(), e.code, "'%s' %s".formatted(scope.key(), message), hint);
      return null;
    }
  }

  @Override
  public void writeSchema(JsonWriter json) {
    schema.accept(json);
  }

  @Override
  public String show(T value) {
    return shown.apply(value);
  }
}
