package io.gatehouse.proxyprotocol;

/**
 * One sub-TLV of {@link Tlv.Ssl}: what the sender knows of the TLS session it terminated. The
 * values are text by the specification (PROXY protocol, section 2.2.6) but arrive as bytes, and are
 * kept as such.
 */
public sealed interface SslTlv {

  /** The type byte on the wire. */
  int type();

  /** What the sub-TLV holds. */
  ByteString value();

  /** TLS version, such as {@code TLSv1.3} (0x21). */
  record Version(ByteString value) implements SslTlv {
    @Override
    public int type() {
      return 0x21;
    }
  }

  /** Common name of the client certificate's subject, UTF-8 (0x22). */
  record CommonName(ByteString value) implements SslTlv {
    @Override
    public int type() {
      return 0x22;
    }
  }

  /** Cipher suite, such as {@code ECDHE-RSA-AES128-GCM-SHA256} (0x23). */
  record Cipher(ByteString value) implements SslTlv {
    @Override
    public int type() {
      return 0x23;
    }
  }

  /** Algorithm that signed the frontend's certificate, such as {@code SHA256} (0x24). */
  record SignatureAlgorithm(ByteString value) implements SslTlv {
    @Override
    public int type() {
      return 0x24;
    }
  }

  /** Key algorithm of the frontend's certificate, such as {@code RSA2048} (0x25). */
  record KeyAlgorithm(ByteString value) implements SslTlv {
    @Override
    public int type() {
      return 0x25;
    }
  }

  /** Key exchange group, such as {@code X25519} (0x26). */
  record Group(ByteString value) implements SslTlv {
    @Override
    public int type() {
      return 0x26;
    }
  }

  /** Signature scheme of the handshake, such as {@code rsa_pss_rsae_sha256} (0x27). */
  record SignatureScheme(ByteString value) implements SslTlv {
    @Override
    public int type() {
      return 0x27;
    }
  }

  /** The client certificate, X.509 in DER (0x28). */
  record ClientCertificate(ByteString value) implements SslTlv {
    @Override
    public int type() {
      return 0x28;
    }
  }

  /** A sub-TLV of a type that has no meaning here; kept and passed on. */
  record Unknown(int type, ByteString value) implements SslTlv {
    /**
     * @throws IllegalArgumentException if the type is not a byte or has a record of its own
     */
    public Unknown {
      if (type < 0 || type > 0xff || (type >= 0x21 && type <= 0x28)) {
        throw new IllegalArgumentException(
            "SSL sub-TLV type: 0x%02x (expected: a byte without a record of its own)"
                .formatted(type));
      }
    }
  }

  /** The sub-TLV of this type byte. */
  static SslTlv of(int type, ByteString value) {
    return switch (type) {
      case 0x21 -> new Version(value);
      case 0x22 -> new CommonName(value);
      case 0x23 -> new Cipher(value);
      case 0x24 -> new SignatureAlgorithm(value);
      case 0x25 -> new KeyAlgorithm(value);
      case 0x26 -> new Group(value);
      case 0x27 -> new SignatureScheme(value);
      case 0x28 -> new ClientCertificate(value);
      default -> new Unknown(type, value);
    };
  }
}
