package io.gatehouse.l7.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLCredential;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A certificate chain, its key and perhaps the proof that it isn't revoked, in BoringSSL's hands:
 * it chooses among several by what the client can verify. Immutable; freed by whoever made it, and
 * lives on where BoringSSL still uses it.
 */
final class Credential implements AutoCloseable {
  // Signature schemes (RFC 8446 section 4.2.3), the cheapest first; none with SHA-1.
  private static final int[] ECDSA_P256 = {0x0403};
  private static final int[] ECDSA_P384 = {0x0503};
  private static final int[] ECDSA_P521 = {0x0603};
  private static final int[] RSA = {0x0804, 0x0401, 0x0805, 0x0501, 0x0806, 0x0601};
  private static final int[] ED25519 = {0x0807};

  private static final Base64.Encoder BASE64 =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

  private final long address;

  /**
   * @param staple an OCSP response; null if there is none
   * @throws IllegalArgumentException if BoringSSL can't use it
   */
  Credential(KeyPairFile pair, byte @Nullable [] staple) {
    try {
      address = SSLCredential.newX509();
      try {
        fill(pair, staple);
      } catch (Exception e) {
        SSLCredential.free(address);
        throw e;
      }
    } catch (Exception e) {
      throw new IllegalArgumentException(
          "certificate %s: BoringSSL refuses it: %s".formatted(pair.name(), e.getMessage()), e);
    }
  }

  private void fill(KeyPairFile pair, byte @Nullable [] staple) throws Exception {
    SSL.clearError(); // the glue takes whatever this thread's queue holds for its own failure
    long chain = withBio(chainPem(pair.chain()), SSL::parseX509Chain);
    try {
      SSLCredential.setCertChain(address, chain);
    } finally {
      SSL.freeX509Chain(chain);
    }
    long key = withBio(keyPem(pair.key()), bio -> SSL.parsePrivateKey(bio, null));
    try {
      SSLCredential.setPrivateKey(address, key);
    } finally {
      SSL.freePrivateKey(key);
    }
    SSLCredential.setSigningAlgorithmPrefs(address, signatures(pair));
    if (staple != null) {
      SSLCredential.setOcspResponse(address, staple);
    }
  }

  private static int[] signatures(KeyPairFile pair) {
    return switch (pair.keyType()) {
      case RSA -> RSA;
      case ED25519 -> ED25519;
      case ECDSA_P256 -> ECDSA_P256;
      case ECDSA_P384 -> ECDSA_P384;
      case ECDSA_P521 -> ECDSA_P521;
    };
  }

  private interface FromBio {
    long parse(long bio) throws Exception;
  }

  private static long withBio(ByteBuf pem, FromBio parser) throws Exception {
    long bio = SSL.newMemBIO();
    try {
      SSL.bioWrite(bio, TlsEngine.address(pem), pem.readableBytes());
      return parser.parse(bio);
    } finally {
      SSL.freeBIO(bio);
      pem.setZero(0, pem.capacity());
      pem.release();
    }
  }

  /** Certificates as PEM, as BoringSSL's glue wants them. */
  static ByteBuf chainPem(List<X509Certificate> chain) {
    var pem = ByteBufAllocator.DEFAULT.directBuffer();
    try {
      for (X509Certificate certificate : chain) {
        put(pem, "CERTIFICATE", certificate.getEncoded());
      }
      return pem;
    } catch (CertificateEncodingException e) {
      pem.release();
      throw new IllegalArgumentException("a certificate that was read can't be written", e);
    }
  }

  private static ByteBuf keyPem(PrivateKey key) {
    var pem = ByteBufAllocator.DEFAULT.directBuffer();
    put(pem, "PRIVATE KEY", key.getEncoded());
    return pem;
  }

  private static void put(ByteBuf pem, String label, byte[] der) {
    pem.writeCharSequence("-----BEGIN " + label + "-----\n", StandardCharsets.US_ASCII);
    pem.writeBytes(BASE64.encode(der));
    pem.writeCharSequence("\n-----END " + label + "-----\n", StandardCharsets.US_ASCII);
  }

  long address() {
    return address;
  }

  @Override
  public void close() {
    try {
      SSLCredential.free(address);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
