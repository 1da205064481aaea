package io.gatehouse.proxyprotocol;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proves that a header comes from a node that holds the key of the cluster: a peer's address alone
 * says little in a network where others can take that address. The proof is a TLV of the custom
 * range, type 0xE7, 25 bytes:
 *
 * <pre>
 *   1 byte    format, 1
 *   8 bytes   time of signing, ms since the epoch, big-endian
 *   16 bytes  HMAC-SHA256, first half
 * </pre>
 *
 * <p>The HMAC covers the label {@code gatehouse signed origin 1} and a NUL, the time, and the v2
 * header as it would be without this TLV and without a CRC32C: command, family, addresses, and
 * every other TLV in its order, with them the unique id of the connection. So nothing of a header
 * can be changed on the way, nor moved to another header. Who can both read the traffic between the
 * tiers and connect from a trusted address can replay a header unchanged for as long as the clock
 * skew allows; that is what the bound is for.
 *
 * <p>Immutable; any thread may use it.
 */
public final class SignedOrigin {
  /** Type of the TLV that holds the signature. */
  public static final int TLV_TYPE = 0xe7;

  /** Shortest key, in bytes: the strength of the HMAC (RFC 2104 section 3). */
  public static final int MIN_KEY_BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";
  private static final byte FORMAT = 1;
  private static final int MAC_BYTES = 16;
  private static final int TIME_AT = 1;
  private static final int MAC_AT = TIME_AT + Long.BYTES;
  private static final int VALUE_BYTES = MAC_AT + MAC_BYTES;
  private static final byte[] LABEL = ByteString.utf8("gatehouse signed origin 1\0").toByteArray();

  /** What a header's signature is worth. */
  public enum Verdict {
    /** Signed with a key of the cluster, at about this time. */
    VALID,
    /** No signature. */
    MISSING,
    /** A signature of an unknown format or length, or more than one. */
    MALFORMED,
    /** Not signed with any of the keys, or changed since. */
    FORGED,
    /**
     * Rightly signed, but earlier or later than the clock skew allows: replayed, or a wrong clock.
     */
    OUTSIDE_CLOCK_SKEW
  }

  // Initialised with its key, never fed: each use works on a clone.
  private final List<Mac> macs;
  private final long maxClockSkewMillis;

  /**
   * @param keys the first one signs, any one verifies, so that keys can be changed without a gap;
   *     at least 32 random bytes each
   * @param maxClockSkewMillis how far the time of signing may lie from the verifier's clock, in
   *     either direction
   * @throws IllegalArgumentException if there is no key or one is too short, or the skew is
   *     negative
   */
  public SignedOrigin(List<byte[]> keys, long maxClockSkewMillis) {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("cluster keys: none (expected: at least 1)");
    }
    if (maxClockSkewMillis < 0) {
      throw new IllegalArgumentException(
          "maxClockSkewMillis: %d (expected: >= 0)".formatted(maxClockSkewMillis));
    }
    this.macs = keys.stream().map(SignedOrigin::mac).toList();
    this.maxClockSkewMillis = maxClockSkewMillis;
  }

  private static Mac mac(byte[] key) {
    if (key.length < MIN_KEY_BYTES) {
      throw new IllegalArgumentException(
          "cluster key: %d bytes (expected: >= %d)".formatted(key.length, MIN_KEY_BYTES));
    }
    try {
      var mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(ALGORITHM + " is required of every Java platform", e);
    }
  }

  /**
   * The header with a signature as its last TLV; one that it carried before is replaced.
   *
   * @param nowMillis since the epoch
   * @throws IllegalArgumentException if it is a v1 header, which cannot carry one
   */
  public ProxyHeader sign(ProxyHeader header, long nowMillis) {
    var tlvs = new ArrayList<>(header.tlvs());
    tlvs.removeIf(SignedOrigin::isSignature);
    var value =
        ByteBuffer.allocate(VALUE_BYTES)
            .put(FORMAT)
            .putLong(nowMillis)
            .put(authenticate(macs.getFirst(), header, nowMillis));
    tlvs.add(new Tlv.Other(TLV_TYPE, ByteString.of(value.array())));
    return header.withTlvs(tlvs);
  }

  /**
   * Checks a decoded header.
   *
   * @param nowMillis since the epoch
   */
  public Verdict verify(ProxyHeader header, long nowMillis) {
    var signatures = header.tlvs().stream().filter(SignedOrigin::isSignature).toList();
    if (signatures.isEmpty()) {
      return Verdict.MISSING;
    }
    if (signatures.size() > 1
        || !(signatures.getFirst() instanceof Tlv.Other(var type, var value))
        || value.length() != VALUE_BYTES
        || value.at(0) != FORMAT) {
      return Verdict.MALFORMED;
    }
    long timeMillis = value.asByteBuffer().getLong(TIME_AT);
    var found = new byte[MAC_BYTES];
    value.asByteBuffer().get(MAC_AT, found);
    if (!isAuthentic(found, header, timeMillis)) {
      return Verdict.FORGED;
    }
    return timeMillis < nowMillis - maxClockSkewMillis
            || timeMillis > nowMillis + maxClockSkewMillis
        ? Verdict.OUTSIDE_CLOCK_SKEW
        : Verdict.VALID;
  }

  private boolean isAuthentic(byte[] found, ProxyHeader header, long timeMillis) {
    for (Mac mac : macs) {
      if (MessageDigest.isEqual(found, authenticate(mac, header, timeMillis))) {
        return true;
      }
    }
    return false;
  }

  private static byte[] authenticate(Mac prototype, ProxyHeader header, long timeMillis) {
    var covered = new ArrayList<>(header.tlvs());
    covered.removeIf(tlv -> tlv instanceof Tlv.Crc32c || isSignature(tlv));
    var encoded =
        ProxyHeaderEncoder.encode(header.withTlvs(covered), UnpooledByteBufAllocator.DEFAULT);
    try {
      var mac = (Mac) prototype.clone();
      mac.update(LABEL);
      mac.update(ByteBuffer.allocate(Long.BYTES).putLong(0, timeMillis));
      mac.update(encoded.nioBuffer());
      return Arrays.copyOf(mac.doFinal(), MAC_BYTES);
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(ALGORITHM + " of this platform cannot be cloned", e);
    } finally {
      encoded.release();
    }
  }

  private static boolean isSignature(Tlv tlv) {
    return tlv.type() == TLV_TYPE;
  }
}
