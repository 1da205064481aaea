package io.gatehouse.l4;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a TLS client asks for out of its first bytes, which stay where they are: the server
 * name and the application protocols of its ClientHello (RFC 8446 section 4.1.2, RFC 6066 section
 * 3, RFC 7301 section 3.1).
 *
 * <p>The caller shows all bytes that have come so far, from the first one, each time anew. The
 * hello may be spread over any number of segments and TLS records, and is at most {@value
 * #MAX_BYTES} bytes long with the heads of its records. Lengths are held to the letter: what does
 * not fit exactly is no hello. What is not understood is skipped, GREASE (RFC 8701) with it; of
 * Encrypted ClientHello the outer name counts. Pure functions; never reads beyond the buffer.
 */
final class ClientHello {
  /** Most bytes that are looked at. */
  static final int MAX_BYTES = 16 * 1024;

  private static final int HANDSHAKE = 22;
  private static final int TLS_MAJOR = 3;
  private static final int RECORD_HEAD_BYTES = 5;
  private static final int MAX_FRAGMENT_BYTES = 1 << 14;
  private static final int CLIENT_HELLO = 1;
  private static final int MESSAGE_HEAD_BYTES = 4;
  private static final int RANDOM_BYTES = 32;
  private static final int MAX_SESSION_ID_BYTES = 32;
  private static final int SERVER_NAME = 0;
  private static final int HOST_NAME = 0;
  private static final int MAX_HOST_NAME_BYTES = 255;
  private static final int ALPN = 16;

  private ClientHello() {}

  /** What the bytes so far say. */
  sealed interface Result {}

  /** A hello may still come of it. */
  record NeedMore() implements Result {}

  /**
   * A whole hello.
   *
   * @param serverName in lower case and without a dot at the end; null if the client names none
   * @param protocols ALPN identifiers in the client's order, one character per byte
   */
  record Hello(@Nullable String serverName, List<String> protocols) implements Result {
    public Hello {
      protocols = List.copyOf(protocols);
    }
  }

  /** No hello, whatever comes after. */
  record NotTls(Reason reason) implements Result {}

  /** Why bytes are no hello. */
  enum Reason {
    /** The first bytes are not those of a TLS handshake. */
    OTHER_PROTOCOL,
    /** The hello of SSL 2.0, which names no server (RFC 5246 appendix E.2). */
    SSL2,
    /** A hello, or its records, beyond {@value #MAX_BYTES} bytes. */
    TOO_LONG,
    /** A length, name or type that the specification does not allow. */
    MALFORMED
  }

  private static final NeedMore NEED_MORE = new NeedMore();

  /**
   * @param stream all bytes so far, from its position to its limit; both stay as they are
   */
  static Result parse(ByteBuffer stream) {
    try {
      return read(stream);
    } catch (NoHello e) {
      return new NotTls(e.reason);
    }
  }

  private static Result read(ByteBuffer stream) throws NoHello {
    int from = stream.position();
    int end = from + Math.min(stream.remaining(), MAX_BYTES);
    var message = new byte[end - from];
    int gathered = 0;
    int wanted = MESSAGE_HEAD_BYTES;
    int at = from;
    while (gathered < wanted) {
      int fragment = recordLength(stream, at, end);
      if (fragment < 0) {
        return needMoreThan(end - from);
      }
      at += RECORD_HEAD_BYTES;
      int available = Math.min(fragment, end - at);
      stream.get(at, message, gathered, available);
      gathered += available;
      wanted = messageLength(message, gathered);
      if (gathered < wanted && available < fragment) {
        return needMoreThan(end - from);
      }
      at += fragment;
    }
    return hello(new Cursor(message, MESSAGE_HEAD_BYTES, wanted));
  }

  private static Result needMoreThan(int seen) throws NoHello {
    if (seen >= MAX_BYTES) {
      throw new NoHello(Reason.TOO_LONG);
    }
    return NEED_MORE;
  }

  /** Length of the fragment whose record begins at an index; -1 if its head is not whole. */
  private static int recordLength(ByteBuffer stream, int at, int end) throws NoHello {
    if (at < end && stream.get(at) != HANDSHAKE) {
      // A record of SSL 2.0 has the highest bit of its length set.
      throw new NoHello(stream.get(at) < 0 ? Reason.SSL2 : Reason.OTHER_PROTOCOL);
    }
    if (at + 1 < end && stream.get(at + 1) != TLS_MAJOR) {
      throw new NoHello(Reason.OTHER_PROTOCOL);
    }
    if (end - at < RECORD_HEAD_BYTES) {
      return -1;
    }
    int length = Short.toUnsignedInt(bigEndianShort(stream.get(at + 3), stream.get(at + 4)));
    if (length == 0 || length > MAX_FRAGMENT_BYTES) {
      throw new NoHello(Reason.MALFORMED); // RFC 8446 section 5.1
    }
    return length;
  }

  private static short bigEndianShort(byte high, byte low) {
    return (short) (high << 8 | (low & 0xff));
  }

  /** Length of the whole message, as far as its head is known. */
  private static int messageLength(byte[] message, int gathered) throws NoHello {
    if (gathered > 0 && message[0] != CLIENT_HELLO) {
      throw new NoHello(Reason.OTHER_PROTOCOL);
    }
    if (gathered < MESSAGE_HEAD_BYTES) {
      return MESSAGE_HEAD_BYTES;
    }
    int length = new Cursor(message, 1, MESSAGE_HEAD_BYTES).uint(3);
    if (length > MAX_BYTES - MESSAGE_HEAD_BYTES) {
      throw new NoHello(Reason.TOO_LONG);
    }
    return MESSAGE_HEAD_BYTES + length;
  }

  private static Hello hello(Cursor in) throws NoHello {
    in.require(in.uint(1) == TLS_MAJOR);
    in.skip(1);
    in.skip(RANDOM_BYTES);
    in.require(in.vector(1).length() <= MAX_SESSION_ID_BYTES);
    int cipherBytes = in.vector(2).length();
    in.require(cipherBytes >= 2 && cipherBytes % 2 == 0);
    in.require(in.vector(1).length() >= 1);
    if (in.length() == 0) {
      return new Hello(null, List.of()); // before TLS 1.3, extensions may be left out
    }
    var extensions = in.vector(2);
    in.require(in.length() == 0);
    return extensions(extensions);
  }

  private static Hello extensions(Cursor in) throws NoHello {
    Cursor names = null;
    Cursor protocols = null;
    while (in.length() > 0) {
      int type = in.uint(2);
      var body = in.vector(2);
      if (type == SERVER_NAME) {
        in.require(names == null); // no type twice: RFC 8446 section 4.2
        names = body;
      } else if (type == ALPN) {
        in.require(protocols == null);
        protocols = body;
      }
    }
    return new Hello(
        names == null ? null : serverName(names), protocols == null ? List.of() : alpn(protocols));
  }

  private static @Nullable String serverName(Cursor extension) throws NoHello {
    var list = extension.vector(2);
    extension.require(extension.length() == 0 && list.length() > 0);
    String name = null;
    while (list.length() > 0) {
      int type = list.uint(1);
      var value = list.vector(2); // so begins every type that may be defined yet
      if (type == HOST_NAME) {
        list.require(name == null);
        name = hostName(value);
      }
    }
    return name;
  }

  private static String hostName(Cursor value) throws NoHello {
    value.require(value.length() >= 1 && value.length() <= MAX_HOST_NAME_BYTES);
    String name = value.text();
    for (int i = 0; i < name.length(); i++) {
      value.require(isOfName(name.charAt(i)));
    }
    // The dot does not belong there, but some clients send it.
    String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    value.require(!bare.isEmpty() && !bare.startsWith("."));
    return bare.toLowerCase(Locale.ROOT);
  }

  /** Letters, digits and hyphens, and what is met in practice: dots, underscores, IPv6 colons. */
  private static boolean isOfName(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == ':';
  }

  private static List<String> alpn(Cursor extension) throws NoHello {
    var list = extension.vector(2);
    extension.require(extension.length() == 0 && list.length() > 0);
    List<String> protocols = new ArrayList<>();
    while (list.length() > 0) {
      var name = list.vector(1);
      list.require(name.length() > 0);
      protocols.add(name.text());
    }
    return protocols;
  }

  /** A place in a range of bytes. Owned by one call. */
  private static final class Cursor {
    private final byte[] bytes;
    private final int end;
    private int at;

    Cursor(byte[] bytes, int from, int end) {
      this.bytes = bytes;
      this.at = from;
      this.end = end;
    }

    int length() {
      return end - at;
    }

    void require(boolean holds) throws NoHello {
      if (!holds) {
        throw new NoHello(Reason.MALFORMED);
      }
    }

    void skip(int count) throws NoHello {
      require(count <= length());
      at += count;
    }

    int uint(int size) throws NoHello {
      int from = at;
      skip(size);
      int value = 0;
      for (int i = from; i < at; i++) {
        value = value << 8 | (bytes[i] & 0xff);
      }
      return value;
    }

    /** What stands behind a length of {@code size} bytes. */
    Cursor vector(int size) throws NoHello {
      int length = uint(size);
      int from = at;
      skip(length);
      return new Cursor(bytes, from, at);
    }

    String text() {
      return new String(bytes, at, length(), StandardCharsets.ISO_8859_1);
    }
  }

  /** Ends the reading; never leaves this class. */
  private static final class NoHello extends Exception {
    private static final long serialVersionUID = 1;
    private final Reason reason;

    NoHello(Reason reason) {
      super(reason.name(), null, false, false);
      this.reason = reason;
    }
  }
}
