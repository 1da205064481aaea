package io.gatehouse.l7.http;

import io.gatehouse.l7.Upgrade;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The head of one message, flat: one byte array with offsets into it, after HAProxy's HTX [1]. A
 * parser fills it in place; edits append behind what arrived and mark what they remove; a writer
 * copies what is left, in runs. It is reused from message to message and then allocates nothing.
 *
 * <p>Every field lies in the array as {@code name ':' OWS value OWS CR LF}, the name in lower case.
 * Appended fields are laid out as {@code name: value CR LF}, so that neighbours which need no
 * change are copied as one run.
 *
 * <p>A field is addressed by its index, from 0 to {@link #count()} exclusive; a removed field keeps
 * its index and {@link #isRemoved} says so. Offsets point into {@link #bytes()} and hold until the
 * next {@link #reset}; the array itself may be replaced by an append, so fetch it again after one.
 *
 * <p>Owned by the event loop of its connection; not thread-safe.
 *
 * <ol>
 *   <li>HAProxy, doc/internals/api/htx-api.txt
 * </ol>
 */
public final class HeaderBlock {
  private static final VarHandle EIGHT_OCTETS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Room for what Gatehouse adds to a head, beyond the head's own limit. */
  public static final int EDIT_ROOM_BYTES = 16 * 1024;

  private static final int INITIAL_BYTES = 1024;
  // A block that once held a large head gives the memory back on reset.
  private static final int RETAINED_BYTES = 8 * 1024;
  private static final int INITIAL_FIELDS = 24;
  private static final int RETAINED_FIELDS = 128;

  private static final int NAME_START = 0;
  private static final int NAME_LENGTH = 1;
  private static final int VALUE_START = 2;
  private static final int VALUE_LENGTH = 3;
  private static final int HASH = 4;
  private static final int STRIDE = 5;

  private final int maxBytes;
  private byte[] bytes = new byte[INITIAL_BYTES];
  private int size;
  private int[] fields = new int[INITIAL_FIELDS * STRIDE];
  private int count;
  // One bit per hash value modulo 64 of the names in here: most look-ups are for absent fields.
  private long namesSeen;

  private HttpMethod method = HttpMethod.OTHER;
  private int methodStart;
  private int methodLength;
  private int targetStart;
  private int targetLength;
  private int pathLength;
  private HttpVersion version = HttpVersion.HTTP_1_1;
  private int hostNameLength;
  private int connectionOptions;
  private int status;
  private int reasonStart;
  private int reasonLength;
  private @Nullable Upgrade upgrade;

  /**
   * @param maxHeadBytes the longest head that its parser lets in; the block holds {@value
   *     #EDIT_ROOM_BYTES} more, and an existing value once more, for edits
   */
  public HeaderBlock(int maxHeadBytes) {
    this.maxBytes = 2 * maxHeadBytes + EDIT_ROOM_BYTES;
    reset();
  }

  /** Makes it empty for the next message. */
  public void reset() {
    if (bytes.length > RETAINED_BYTES) {
      bytes = new byte[INITIAL_BYTES];
    }
    if (fields.length > RETAINED_FIELDS * STRIDE) {
      fields = new int[INITIAL_FIELDS * STRIDE];
    }
    size = 0;
    count = 0;
    namesSeen = 0;
    method = HttpMethod.OTHER;
    methodStart = 0;
    methodLength = 0;
    targetStart = 0;
    targetLength = 0;
    pathLength = -1;
    version = HttpVersion.HTTP_1_1;
    hostNameLength = 0;
    connectionOptions = 0;
    status = 0;
    reasonStart = 0;
    reasonLength = 0;
    upgrade = null;
  }

  // Start line of a request

  public HttpMethod method() {
    return method;
  }

  public int methodStart() {
    return methodStart;
  }

  public int methodLength() {
    return methodLength;
  }

  /** The method as text; allocates for {@link HttpMethod#OTHER}. */
  public String methodString() {
    return method == HttpMethod.OTHER ? text(methodStart, methodLength) : method.name();
  }

  /** The protocol version in which the message arrived. */
  public HttpVersion version() {
    return version;
  }

  /** Start of the target: path and query, or {@code *}. */
  public int targetStart() {
    return targetStart;
  }

  public int targetLength() {
    return targetLength;
  }

  /** The target as text, for logs; allocates. */
  public String targetString() {
    return text(targetStart, targetLength);
  }

  /** Length of the path, which starts at {@link #targetStart()}. */
  public int pathLength() {
    assert pathLength >= 0 : "RequestTarget.normalise comes first";
    return pathLength;
  }

  /** Start of the query, behind its question mark; meaningful if there is one. */
  public int queryStart() {
    return targetStart + pathLength() + 1;
  }

  /** Length of the query without its question mark, or -1 if there is none. */
  public int queryLength() {
    return targetLength - pathLength() - 1;
  }

  /** The path as text; allocates. */
  public String pathString() {
    return text(targetStart, pathLength());
  }

  /**
   * Length of the host name within the value of Host: without the port and without a trailing dot.
   * The parser has put it in lower case. 0 if there is no Host (HTTP/1.0).
   */
  public int hostNameLength() {
    return hostNameLength;
  }

  /** The host name without port, for logs; empty if there is no Host; allocates. */
  public String hostName() {
    int host = find(HeaderName.HOST);
    return host < 0 ? "" : text(valueStart(host), hostNameLength);
  }

  /** Starts a request that doesn't come from {@link RequestParser}, such as one of HTTP/2. */
  public void startRequest(HttpVersion arrivedIn, byte[] methodToken, byte[] target) {
    startRequest(arrivedIn, methodToken, 0, methodToken.length, target, 0, target.length);
  }

  /** Starts a request as above, from parts of arrays. */
  void startRequest(
      HttpVersion arrivedIn,
      byte[] methodFrom,
      int methodFromStart,
      int methodFromLength,
      byte[] targetFrom,
      int targetFromStart,
      int targetFromLength) {
    version = arrivedIn;
    methodStart = put(methodFrom, methodFromStart, methodFromLength);
    methodLength = methodFromLength;
    method = HttpMethod.of(bytes, methodStart, methodLength);
    setTarget(targetFrom, targetFromStart, targetFromLength);
  }

  /** Replaces the target; it has to be normalised again before its path is asked for. */
  public void setTarget(byte[] from, int start, int length) {
    targetStart = put(from, start, length);
    targetLength = length;
    pathLength = -1;
  }

  void setMethod(int start, int length) {
    methodStart = start;
    methodLength = length;
    method = HttpMethod.of(bytes, start, length);
  }

  void setTarget(int start, int length) {
    targetStart = start;
    targetLength = length;
    pathLength = -1;
  }

  void setPathLength(int length) {
    pathLength = length;
  }

  void setVersion(HttpVersion arrivedIn) {
    version = arrivedIn;
  }

  void setHostNameLength(int length) {
    hostNameLength = length;
  }

  /** What a request asks for, or a response agrees to, beyond HTTP; null if there is nothing. */
  public @Nullable Upgrade upgrade() {
    return upgrade;
  }

  /** Sets what {@link #upgrade} says; null makes it a plain message. */
  public void setUpgrade(@Nullable Upgrade agreed) {
    upgrade = agreed;
  }

  /** Bits of {@link ConnectionOptions}. */
  int connectionOptions() {
    return connectionOptions;
  }

  void setConnectionOptions(int options) {
    connectionOptions = options;
  }

  // Start line of a response

  public int status() {
    return status;
  }

  /** Whether it is the head of an interim response (RFC 9110 section 15.2). */
  public boolean isInterim() {
    return status >= 100 && status < 200;
  }

  public int reasonStart() {
    return reasonStart;
  }

  public int reasonLength() {
    return reasonLength;
  }

  /** Starts a response that doesn't come from {@link ResponseParser}. */
  public void startResponse(HttpVersion arrivedIn, int statusCode) {
    version = arrivedIn;
    status = statusCode;
    reasonLength = 0;
  }

  void setStatus(int code, int start, int length) {
    status = code;
    reasonStart = start;
    reasonLength = length;
  }

  // Fields

  /** Number of indices in use, those of removed fields included. */
  public int count() {
    return count;
  }

  /** Whether the field has been removed; its other properties are then meaningless. */
  public boolean isRemoved(int index) {
    return fields[index * STRIDE + NAME_LENGTH] == 0;
  }

  public int nameStart(int index) {
    return fields[index * STRIDE + NAME_START];
  }

  public int nameLength(int index) {
    return fields[index * STRIDE + NAME_LENGTH];
  }

  public int valueStart(int index) {
    return fields[index * STRIDE + VALUE_START];
  }

  public int valueLength(int index) {
    return fields[index * STRIDE + VALUE_LENGTH];
  }

  /** The hash of the field's name as {@link HeaderName#hash(String)} computes it. */
  public int nameHash(int index) {
    return fields[index * STRIDE + HASH];
  }

  /** The array that all offsets refer to; borrowed until the next append or reset. */
  public byte[] bytes() {
    return bytes;
  }

  /** The first field of this name, or -1. */
  public int find(HeaderName name) {
    return find(name, 0);
  }

  /** The first field of this name at or after the index, or -1. */
  public int find(HeaderName name, int fromIndex) {
    if ((namesSeen & (1L << name.hash())) == 0) {
      return -1;
    }
    for (int i = fromIndex; i < count; i++) {
      if (fields[i * STRIDE + HASH] == name.hash() && nameEquals(i, name)) {
        return i;
      }
    }
    return -1;
  }

  public boolean contains(HeaderName name) {
    return find(name) >= 0;
  }

  /** Whether the field at the index, unless removed, has this name. */
  public boolean nameEquals(int index, HeaderName name) {
    int start = nameStart(index);
    byte[] lower = name.lower();
    return nameLength(index) == lower.length
        && Arrays.equals(bytes, start, start + lower.length, lower, 0, lower.length);
  }

  /** Whether the value is this text, in whatever case. */
  public boolean valueEqualsIgnoreCase(int index, CharSequence ascii) {
    return equalsIgnoreCase(valueStart(index), valueLength(index), ascii);
  }

  /**
   * Whether the value, read as a comma-separated list, has this member, in whatever case. Quoted
   * strings aren't understood: use it for lists of tokens (RFC 9110 section 5.6.1).
   */
  public boolean valueContainsToken(int index, String token) {
    int end = valueStart(index) + valueLength(index);
    for (int at = valueStart(index); at < end; at = endOfMember(at, end) + 1) {
      if (memberEquals(at, endOfMember(at, end), token)) {
        return true;
      }
    }
    return false;
  }

  /** Whether any field of this name has this member, as {@link #valueContainsToken} reads it. */
  public boolean containsToken(HeaderName name, String token) {
    for (int i = find(name); i >= 0; i = find(name, i + 1)) {
      if (valueContainsToken(i, token)) {
        return true;
      }
    }
    return false;
  }

  /** The name as text, for logs and cold paths; allocates. */
  public String nameString(int index) {
    return text(nameStart(index), nameLength(index));
  }

  /** The value as text (ISO 8859-1), for logs and cold paths; allocates. */
  public String valueString(int index) {
    return text(valueStart(index), valueLength(index));
  }

  // Edits

  /** Adds a field behind the others; the value is trusted to be a valid field value. */
  public void append(HeaderName name, byte[] value) {
    append(name, value, 0, value.length);
  }

  /** Adds a field behind the others; the value is trusted to be a valid field value. */
  public void append(HeaderName name, byte[] value, int start, int length) {
    beginField(name, length);
    System.arraycopy(value, start, bytes, size, length);
    size += length;
    endField();
  }

  /** Adds a field with a decimal value, which is at least 0. */
  public void appendDecimal(HeaderName name, long value) {
    beginField(name, Decimal.MAX_DIGITS);
    size += Decimal.put(bytes, size, value);
    endField();
  }

  /**
   * Adds a field from elsewhere, such as HTTP/2, unless its name isn't a token in lower case or its
   * value holds a control character or surrounding white space (RFC 9113 section 8.2.1).
   *
   * @return null if it was valid and is now here; else the rule that it breaks
   */
  public @Nullable HttpViolation appendChecked(
      byte[] name, int nameStart, int nameLength, byte[] value, int valueStart, int valueLength) {
    int hash = 0;
    for (int i = nameStart; i < nameStart + nameLength; i++) {
      if (Syntax.tokenLower(name[i]) != name[i] || name[i] == 0) {
        return HttpViolation.FIELD_NAME_INVALID;
      }
      hash = Syntax.nameHash(hash, name[i]);
    }
    if (nameLength == 0) {
      return HttpViolation.FIELD_NAME_EMPTY;
    }
    int valueEnd = valueStart + valueLength;
    if (Syntax.endOfValue(value, valueStart, valueEnd) != valueEnd) {
      return HttpViolation.FIELD_VALUE_INVALID;
    }
    if (valueLength > 0
        && (Syntax.isWhitespace(value[valueStart]) || Syntax.isWhitespace(value[valueEnd - 1]))) {
      return HttpViolation.FIELD_VALUE_INVALID;
    }
    beginField(name, nameStart, nameLength, hash, valueLength);
    System.arraycopy(value, valueStart, bytes, size, valueLength);
    size += valueLength;
    endField();
    return null;
  }

  /** Removes all fields of the name and adds one. */
  public void set(HeaderName name, byte[] value) {
    removeAll(name);
    append(name, value);
  }

  /** Whether there is no field. */
  public boolean isEmpty() {
    for (int i = 0; i < count; i++) {
      if (!isRemoved(i)) {
        return false;
      }
    }
    return true;
  }

  /** Removes one field; the indices of the others stay. */
  public void remove(int index) {
    fields[index * STRIDE + NAME_LENGTH] = 0;
  }

  /** Removes all fields of the name. */
  public void removeAll(HeaderName name) {
    for (int i = find(name); i >= 0; i = find(name, i + 1)) {
      remove(i);
    }
  }

  /**
   * Starts a field whose value is put piece by piece with {@link #putValue} and closed by {@link
   * #endField}.
   */
  void beginField(HeaderName name, int maxValueLength) {
    beginField(name.lower(), 0, name.lower().length, name.hash(), maxValueLength);
  }

  private void beginField(byte[] name, int nameStart, int nameLength, int hash, int valueRoom) {
    ensureRoom(nameLength + valueRoom + 4);
    int start = size;
    System.arraycopy(name, nameStart, bytes, start, nameLength);
    bytes[start + nameLength] = ':';
    bytes[start + nameLength + 1] = Syntax.SP;
    size = start + nameLength + 2;
    addField(start, nameLength, size, 0, hash);
  }

  /** Puts a piece of the value of the field that was begun. */
  void putValue(byte[] from, int start, int length) {
    put(from, start, length);
  }

  /** Puts a piece of this block into the value of the field that was begun. */
  void putValueFromHere(int start, int length) {
    ensureRoom(length);
    System.arraycopy(bytes, start, bytes, size, length);
    size += length;
  }

  /** Closes the field that was begun. */
  void endField() {
    int at = (count - 1) * STRIDE;
    fields[at + VALUE_LENGTH] = size - fields[at + VALUE_START];
    ensureRoom(2);
    bytes[size++] = Syntax.CR;
    bytes[size++] = Syntax.LF;
  }

  // For the parsers and the writer

  /** Records a field whose octets are already in the array. */
  void addField(int nameStart, int nameLength, int valueStart, int valueLength, int hash) {
    int at = count * STRIDE;
    if (at == fields.length) {
      fields = Arrays.copyOf(fields, fields.length * 2);
    }
    fields[at + NAME_START] = nameStart;
    fields[at + NAME_LENGTH] = nameLength;
    fields[at + VALUE_START] = valueStart;
    fields[at + VALUE_LENGTH] = valueLength;
    fields[at + HASH] = hash;
    namesSeen |= 1L << hash;
    count++;
  }

  /** Copies octets of the buffer, whose indices stay, to the given place of the array. */
  void load(ByteBuf from, int index, int at, int length) {
    size = at;
    ensureRoom(length);
    // Not by getBytes, which makes an object for each copy from a direct buffer.
    int whole = length & -Long.BYTES;
    for (int i = 0; i < whole; i += Long.BYTES) {
      EIGHT_OCTETS.set(bytes, at + i, from.getLong(index + i));
    }
    for (int i = whole; i < length; i++) {
      bytes[at + i] = from.getByte(index + i);
    }
    size = at + length;
  }

  /** Forgets what was loaded beyond this. */
  void truncate(int newSize) {
    size = newSize;
  }

  int size() {
    return size;
  }

  /** Whether the field lies in the array just as it is to be written, CRLF included. */
  boolean isCanonical(int index) {
    int nameEnd = nameStart(index) + nameLength(index);
    return valueStart(index) == nameEnd + 2
        && bytes[nameEnd + 1] == Syntax.SP
        && bytes[valueStart(index) + valueLength(index)] == Syntax.CR;
  }

  /** Where the list member that begins here ends: at a comma or the value's end. */
  int endOfMember(int start, int valueEnd) {
    int i = start;
    while (i < valueEnd && bytes[i] != ',') {
      i++;
    }
    return i;
  }

  /** Whether a list member, white space around it aside, is this text in whatever case. */
  boolean memberEquals(int start, int end, String ascii) {
    int from = skipWhitespace(start, end);
    return equalsIgnoreCase(from, trimWhitespace(from, end) - from, ascii);
  }

  /** Whether a list member, white space around it aside, is the name of the field. */
  boolean isNamedByMember(int index, int start, int end) {
    int from = skipWhitespace(start, end);
    int length = trimWhitespace(from, end) - from;
    if (length == 0 || length != nameLength(index)) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (Syntax.lower(bytes[from + i]) != bytes[nameStart(index) + i]) {
        return false;
      }
    }
    return true;
  }

  boolean nameStartsWith(int index, byte[] prefix) {
    int start = nameStart(index);
    return nameLength(index) >= prefix.length
        && Arrays.equals(bytes, start, start + prefix.length, prefix, 0, prefix.length);
  }

  private int skipWhitespace(int start, int end) {
    int i = start;
    while (i < end && Syntax.isWhitespace(bytes[i])) {
      i++;
    }
    return i;
  }

  private int trimWhitespace(int start, int end) {
    int i = end;
    while (i > start && Syntax.isWhitespace(bytes[i - 1])) {
      i--;
    }
    return i;
  }

  private boolean equalsIgnoreCase(int start, int length, CharSequence ascii) {
    if (length != ascii.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (Syntax.lower(bytes[start + i]) != Syntax.lower((byte) ascii.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private int put(byte[] from, int start, int length) {
    ensureRoom(length);
    System.arraycopy(from, start, bytes, size, length);
    int at = size;
    size += length;
    return at;
  }

  private void ensureRoom(int length) {
    int needed = size + length;
    if (needed <= bytes.length) {
      return;
    }
    if (needed > maxBytes) {
      throw new IllegalStateException(
          "head: %d bytes (expected: <= %d)".formatted(needed, maxBytes));
    }
    bytes = Arrays.copyOf(bytes, Math.min(maxBytes, Math.max(needed, bytes.length * 2)));
  }

  private String text(int start, int length) {
    return new String(bytes, start, length, StandardCharsets.ISO_8859_1);
  }

  /** A copy of the fields, to be kept; allocates. */
  public HeaderBlock copy() {
    var copy = new HeaderBlock((maxBytes - EDIT_ROOM_BYTES) / 2);
    for (int i = 0; i < count; i++) {
      if (!isRemoved(i)) {
        copy.beginField(bytes, nameStart(i), nameLength(i), nameHash(i), valueLength(i));
        copy.putValue(bytes, valueStart(i), valueLength(i));
        copy.endField();
      }
    }
    return copy;
  }

  /** The fields as they would be written, for logs and tests; allocates. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      if (!isRemoved(i)) {
        text.append(nameString(i)).append(": ").append(valueString(i)).append('\n');
      }
    }
    return text.toString();
  }
}
