package io.gatehouse.l7.tls;

import io.gatehouse.l7.TicketSecrets;
import io.netty.internal.tcnative.SessionTicketKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * Keys of session tickets (RFC 5077, RFC 8446 section 4.6.1) out of a secret and the time. Time is
 * cut into windows of equal length since the epoch; each window has its key, which any node that
 * knows the secret derives for itself: HKDF-SHA256 [1] with a fixed salt over the secret, expanded
 * by the number of the window to 48 bytes: 16 name the key, 16 are for HMAC-SHA256, and 16 for
 * AES-128-CBC.
 *
 * <p>Tickets are issued with the key of the window that is now. Those of the window before are
 * accepted, too, so a ticket lives between one and two windows; and those of the window to come,
 * which a node whose clock is ahead may issue.
 *
 * <p>Immutable; any thread may use it.
 *
 * <ol>
 *   <li>RFC 5869
 * </ol>
 */
final class TicketKeys {
  private static final byte[] SALT =
      "gatehouse session tickets 1".getBytes(StandardCharsets.US_ASCII);
  private static final int PART_BYTES = 16;

  private final TicketSecrets secrets;
  private final long windowMillis;

  TicketKeys(TicketSecrets secrets, long windowMillis) {
    if (windowMillis <= 0) {
      throw new IllegalArgumentException(
          "windowMillis: %d (expected: > 0)".formatted(windowMillis));
    }
    this.secrets = secrets;
    this.windowMillis = windowMillis;
  }

  /** The number of a moment's window: the keys change with it. */
  long window(long epochMillis) {
    return Math.floorDiv(epochMillis, windowMillis);
  }

  /** The keys that hold in a window; the first one issues. */
  SessionTicketKey[] keys(long window) {
    List<SessionTicketKey> keys = new ArrayList<>();
    for (byte[] secret : secrets.bytes()) {
      keys.add(derive(secret, window));
      keys.add(derive(secret, window - 1));
      keys.add(derive(secret, window + 1));
    }
    return keys.toArray(SessionTicketKey[]::new);
  }

  private static SessionTicketKey derive(byte[] secret, long window) {
    try {
      byte[] key =
          KDF.getInstance("HKDF-SHA256")
              .deriveData(
                  HKDFParameterSpec.ofExtract()
                      .addIKM(secret)
                      .addSalt(SALT)
                      .thenExpand(
                          ByteBuffer.allocate(Long.BYTES).putLong(0, window).array(),
                          3 * PART_BYTES));
      return new SessionTicketKey(
          Arrays.copyOfRange(key, 0, PART_BYTES),
          Arrays.copyOfRange(key, PART_BYTES, 2 * PART_BYTES),
          Arrays.copyOfRange(key, 2 * PART_BYTES, 3 * PART_BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HKDF-SHA256 is part of this platform", e);
    }
  }
}
