package io.gatehouse.appliance.json;

/** The name of a field, encoded once, for lines that are written again and again. Immutable. */
public final class JsonName {
  /** Where the name begins in {@link #encoded}: behind the brace. */
  static final int START = 1;

  private final String text;
  private final byte[] encoded;

  /** Make it when the program starts, not per line. */
  public JsonName(String text) {
    this.text = text;
    this.encoded = new JsonWriter().beginObject().name(text).toByteArray();
  }

  /** An opening brace, the name in quotes and its colon; borrowed. */
  byte[] encoded() {
    return encoded;
  }

  @Override
  public String toString() {
    return text;
  }
}
