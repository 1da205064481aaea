package io.gatehouse.appliance.json;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON (RFC 8259) as UTF-8 into a buffer that grows and is used again, so that a line of the
 * access log costs no allocation. Commas are put in by the writer; that names and values alternate
 * is the caller's part, held by assertions.
 *
 * <p>Mutable; owned by one thread at a time.
 */
public final class JsonWriter {
  /** Deepest nesting of objects and arrays. */
  public static final int MAX_DEPTH = 32;

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final char REPLACEMENT = '\uFFFD';

  private byte[] bytes;
  private int length;
  private int depth;
  // One bit per level: whether the next value there needs a comma before it.
  private int commas;

  /** Starts empty, with room for {@code initialBytes}. */
  public JsonWriter(int initialBytes) {
    bytes = new byte[initialBytes];
  }

  /** Starts empty. */
  public JsonWriter() {
    this(1024);
  }

  /** Forgets what was written and keeps the buffer. */
  public void reset() {
    length = 0;
    depth = 0;
    commas = 0;
  }

  /** Bytes written so far. */
  public int length() {
    return length;
  }

  /** Opens an object as a value. */
  public JsonWriter beginObject() {
    return begin('{');
  }

  /** Closes the innermost object. */
  public JsonWriter endObject() {
    return end('}');
  }

  /** Opens an array as a value. */
  public JsonWriter beginArray() {
    return begin('[');
  }

  /** Closes the innermost array. */
  public JsonWriter endArray() {
    return end(']');
  }

  /** Writes a name; its value is to follow. */
  public JsonWriter name(CharSequence name) {
    separate();
    string(name);
    put(':');
    commas &= ~(1 << depth); // the value follows the colon, not a comma
    return this;
  }

  /** Writes a name that was encoded before; its value is to follow. */
  public JsonWriter name(JsonName name) {
    separate();
    byte[] encoded = name.encoded();
    int count = encoded.length - JsonName.START;
    reserve(count);
    System.arraycopy(encoded, JsonName.START, bytes, length, count);
    length += count;
    commas &= ~(1 << depth); // the value follows the colon, not a comma
    return this;
  }

  /** Writes a string, or null. */
  public JsonWriter value(@Nullable CharSequence value) {
    separate();
    if (value == null) {
      ascii("null");
    } else {
      string(value);
    }
    return this;
  }

  /** Writes a whole number. */
  public JsonWriter value(long value) {
    separate();
    decimal(value);
    return this;
  }

  /** Writes a number; JSON has none that is not finite, so those become null. */
  public JsonWriter value(double value) {
    separate();
    ascii(Double.isFinite(value) ? Double.toString(value) : "null");
    return this;
  }

  /** Writes true or false. */
  public JsonWriter value(boolean value) {
    separate();
    ascii(value ? "true" : "false");
    return this;
  }

  /** Writes a name and a string, or null. */
  public JsonWriter field(CharSequence name, @Nullable CharSequence value) {
    return name(name).value(value);
  }

  /** Writes a name and a whole number. */
  public JsonWriter field(CharSequence name, long value) {
    return name(name).value(value);
  }

  /** Writes a name and a number. */
  public JsonWriter field(CharSequence name, double value) {
    return name(name).value(value);
  }

  /** Writes a name and true or false. */
  public JsonWriter field(CharSequence name, boolean value) {
    return name(name).value(value);
  }

  /** Writes a name and an array of strings. */
  public JsonWriter field(CharSequence name, Iterable<? extends CharSequence> values) {
    name(name).beginArray();
    for (CharSequence value : values) {
      value(value);
    }
    return endArray();
  }

  /**
   * Writes a duration given in nanoseconds as milliseconds with three decimals, which is how log
   * readers expect it, without going through a double.
   */
  public JsonWriter millis(long nanos) {
    separate();
    long micros = nanos / 1_000;
    decimal(micros / 1_000);
    int rest = (int) (micros % 1_000);
    reserve(4);
    bytes[length++] = '.';
    bytes[length++] = (byte) ('0' + rest / 100);
    bytes[length++] = (byte) ('0' + rest / 10 % 10);
    bytes[length++] = (byte) ('0' + rest % 10);
    return this;
  }

  /** Ends a line between two JSON texts, as log files have it. */
  public JsonWriter newLine() {
    assert depth == 0 : "newLine inside an object or array";
    put('\n');
    commas = 0;
    return this;
  }

  /** Copies what was written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** Writes what was written so far to {@code out}. */
  public void writeTo(OutputStream out) throws IOException {
    out.write(bytes, 0, length);
  }

  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private JsonWriter begin(char open) {
    separate();
    if (depth == MAX_DEPTH - 1) {
      throw new IllegalStateException("depth: %d (expected: < %d)".formatted(depth + 1, MAX_DEPTH));
    }
    depth++;
    commas &= ~(1 << depth);
    put(open);
    return this;
  }

  private JsonWriter end(char close) {
    assert depth > 0 : "nothing is open";
    depth--;
    put(close);
    commas |= 1 << depth;
    return this;
  }

  private void separate() {
    int bit = 1 << depth;
    if ((commas & bit) != 0) {
      put(',');
    }
    commas |= bit;
  }

  private void string(CharSequence text) {
    int count = text.length();
    reserve(count + 2); // all of it, unless something is to be escaped
    bytes[length++] = '"';
    int plain = text instanceof String string ? plainPart(string) : plainPart(text);
    length += plain;
    if (plain < count) {
      escaped(text, plain);
    }
    put('"');
  }

  /** Copies what stands for itself, up to the first character that does not; gives its length. */
  private int plainPart(String text) {
    byte[] to = bytes;
    int start = length;
    int count = text.length();
    int i = 0;
    for (; i < count && isPlain(text.charAt(i)); i++) {
      to[start + i] = (byte) text.charAt(i);
    }
    return i;
  }

  /** As for strings; apart from them, since calls of an interface are slower. */
  private int plainPart(CharSequence text) {
    byte[] to = bytes;
    int start = length;
    int count = text.length();
    int i = 0;
    for (; i < count && isPlain(text.charAt(i)); i++) {
      to[start + i] = (byte) text.charAt(i);
    }
    return i;
  }

  private static boolean isPlain(char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
  }

  private void escaped(CharSequence text, int from) {
    int count = text.length();
    for (int i = from; i < count; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        asciiChar(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < count
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        utf8(Character.toCodePoint(c, text.charAt(i)));
      } else {
        utf8(Character.isSurrogate(c) ? REPLACEMENT : c);
      }
    }
  }

  private void asciiChar(char c) {
    if (c == '"' || c == '\\') {
      put('\\');
      put(c);
    } else if (c >= 0x20 && c != 0x7F) {
      put(c);
    } else {
      switch (c) {
        case '\n' -> ascii("\\n");
        case '\r' -> ascii("\\r");
        case '\t' -> ascii("\\t");
        default -> {
          ascii("\\u00");
          put((char) HEX[c >> 4]);
          put((char) HEX[c & 15]);
        }
      }
    }
  }

  private void utf8(int codePoint) {
    if (codePoint < 0x800) {
      put((char) (0xC0 | (codePoint >> 6)));
    } else {
      if (codePoint < 0x10000) {
        put((char) (0xE0 | (codePoint >> 12)));
      } else {
        put((char) (0xF0 | (codePoint >> 18)));
        put((char) (0x80 | ((codePoint >> 12) & 0x3F)));
      }
      put((char) (0x80 | ((codePoint >> 6) & 0x3F)));
    }
    put((char) (0x80 | (codePoint & 0x3F)));
  }

  private void decimal(long value) {
    if (value == Long.MIN_VALUE) { // has no positive counterpart
      ascii(Long.toString(value));
      return;
    }
    if (value < 0) {
      put('-');
      value = -value;
    }
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    reserve(digits);
    for (int i = length + digits - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + value % 10);
      value /= 10;
    }
    length += digits;
  }

  private void ascii(String text) {
    for (int i = 0; i < text.length(); i++) {
      put(text.charAt(i));
    }
  }

  private void put(char b) {
    reserve(1);
    bytes[length++] = (byte) b;
  }

  private void reserve(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
    }
  }
}
