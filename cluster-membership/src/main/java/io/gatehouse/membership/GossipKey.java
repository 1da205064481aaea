package io.gatehouse.membership;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key of the ring, for AES-128, AES-192 or AES-256. Shows itself by a fingerprint only, so that
 * no log line gives it away. Immutable.
 */
public final class GossipKey {
  private static final int FINGERPRINT_BYTES = 4;

  private final byte[] bytes;

  private GossipKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * @throws IllegalArgumentException if there are not 16, 24 or 32 bytes
   */
  public static GossipKey of(byte[] bytes) {
    if (bytes.length != 16 && bytes.length != 24 && bytes.length != 32) {
      throw new IllegalArgumentException(
          "key size: %d (expected: 16, 24 or 32 bytes)".formatted(bytes.length));
    }
    return new GossipKey(bytes.clone());
  }

  /**
   * Reads a key as {@code serf keygen} and {@code openssl rand -base64 32} write them.
   *
   * @throws IllegalArgumentException if it is not Base64 of 16, 24 or 32 bytes
   */
  public static GossipKey parse(String base64) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64.strip());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("key: not Base64", e);
    }
    return of(bytes);
  }

  /** The key itself, as Serf's commands and files have it. Secret. */
  public String base64() {
    return Base64.getEncoder().encodeToString(bytes);
  }

  SecretKey secretKey() {
    return new SecretKeySpec(bytes, "AES");
  }

  /** The start of the key's SHA-256: tells keys apart, and gives nothing away. */
  public String fingerprint() {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GossipKey key && MessageDigest.isEqual(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "key " + fingerprint();
  }
}
