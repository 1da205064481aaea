package io.gatehouse.proxyprotocol;

import java.util.List;
import java.util.Optional;

/**
 * One type-length-value vector of a v2 header (PROXY protocol, section 2.2). Values are bytes:
 * never cut at a NUL, never converted to text on the way. Order and duplicates are the sender's and
 * are kept.
 */
public sealed interface Tlv {
  /** Longest value of one TLV, in bytes: its length field has 16 bits. */
  int MAX_VALUE_BYTES = 0xffff;

  /** The type byte on the wire, 0 to 255. */
  int type();

  /** Application protocol negotiated by ALPN, such as {@code h2} (0x01). */
  record Alpn(ByteString value) implements Tlv {
    public Alpn {
      requireFits(value.length());
    }

    @Override
    public int type() {
      return 0x01;
    }
  }

  /**
   * Host name that the client asked for, such as the TLS server name; UTF-8 if well-formed (0x02).
   */
  record Authority(ByteString value) implements Tlv {
    public Authority {
      requireFits(value.length());
    }

    /** The name of a host. */
    public Authority(String name) {
      this(ByteString.utf8(name));
    }

    @Override
    public int type() {
      return 0x02;
    }
  }

  /**
   * CRC-32C over the whole header (0x03). It holds no value: the encoder computes it, and a decoded
   * header has one only if it was right. At most one per header.
   */
  record Crc32c() implements Tlv {
    @Override
    public int type() {
      return 0x03;
    }
  }

  /** Padding (0x04). The content means nothing and is kept. */
  record Noop(ByteString value) implements Tlv {
    public Noop {
      requireFits(value.length());
    }

    @Override
    public int type() {
      return 0x04;
    }
  }

  /** Opaque identifier of the connection, at most 128 bytes (0x05). */
  record UniqueId(ByteString value) implements Tlv {
    /** Longest identifier, in bytes. */
    public static final int MAX_BYTES = 128;

    /**
     * @throws IllegalArgumentException if it is longer than 128 bytes
     */
    public UniqueId {
      if (value.length() > MAX_BYTES) {
        throw new IllegalArgumentException(
            "unique id: %d bytes (expected: <= %d)".formatted(value.length(), MAX_BYTES));
      }
    }

    @Override
    public int type() {
      return 0x05;
    }
  }

  /**
   * What the sender knows of the TLS session it terminated (0x20).
   *
   * @param client bit field: {@link #CLIENT_SSL}, {@link #CLIENT_CERT_CONN}, {@link
   *     #CLIENT_CERT_SESS}; unknown bits are kept
   * @param verify 0 if the client presented a certificate and it was verified; unsigned 32 bits
   */
  record Ssl(int client, int verify, List<SslTlv> tlvs) implements Tlv {
    /** The client connected over TLS. */
    public static final int CLIENT_SSL = 0x01;

    /** The client presented a certificate over this connection. */
    public static final int CLIENT_CERT_CONN = 0x02;

    /** The client presented a certificate at least once in this TLS session. */
    public static final int CLIENT_CERT_SESS = 0x04;

    static final int FIXED_BYTES = 5;

    /**
     * @throws IllegalArgumentException if the client field is not a byte or the whole exceeds 65535
     *     bytes
     */
    public Ssl {
      tlvs = List.copyOf(tlvs);
      if (client < 0 || client > 0xff) {
        throw new IllegalArgumentException(
            "SSL client field: %d (expected: 0 to 255)".formatted(client));
      }
      requireFits(length(tlvs));
    }

    /** Whether the client connected over TLS. */
    public boolean overTls() {
      return (client & CLIENT_SSL) != 0;
    }

    /** Whether a client certificate was presented in this session and verified. */
    public boolean clientCertificateVerified() {
      return (client & (CLIENT_CERT_CONN | CLIENT_CERT_SESS)) != 0 && verify == 0;
    }

    /** The first sub-TLV of a kind. */
    public <T extends SslTlv> Optional<T> first(Class<T> kind) {
      return tlvs.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    @Override
    public int type() {
      return 0x20;
    }

    int length() {
      return length(tlvs);
    }

    private static int length(List<SslTlv> tlvs) {
      long length = FIXED_BYTES;
      for (SslTlv tlv : tlvs) {
        length += 3L + tlv.value().length();
      }
      return (int) Math.min(length, Integer.MAX_VALUE);
    }
  }

  /** Name of the sender's network namespace (0x30). */
  record Netns(ByteString value) implements Tlv {
    public Netns {
      requireFits(value.length());
    }

    @Override
    public int type() {
      return 0x30;
    }
  }

  /**
   * A TLV of any other type: custom (0xE0 to 0xEF), experimental (0xF0 to 0xF7), reserved. {@link
   * VendorTlvs} reads the ones that cloud load balancers send.
   */
  record Other(int type, ByteString value) implements Tlv {
    /**
     * @throws IllegalArgumentException if the type is not a byte or has a record of its own
     */
    public Other {
      if (type < 0 || type > 0xff || isStandard(type)) {
        throw new IllegalArgumentException(
            "TLV type: 0x%02x (expected: a byte without a record of its own)".formatted(type));
      }
      requireFits(value.length());
    }

    private static boolean isStandard(int type) {
      return (type >= 0x01 && type <= 0x05) || type == 0x20 || type == 0x30;
    }
  }

  private static void requireFits(int length) {
    if (length > MAX_VALUE_BYTES) {
      throw new IllegalArgumentException(
          "TLV value: %d bytes (expected: <= %d)".formatted(length, MAX_VALUE_BYTES));
    }
  }
}
