package io.gatehouse.l7;

import java.util.List;

/**
 * What the keys of session tickets are derived from: the cluster's secrets, so that every L7 node
 * arrives at the same keys. Immutable; prints nothing of what it holds.
 */
public final class TicketSecrets {
  /** Shortest secret, in bytes. */
  public static final int MIN_BYTES = 32;

  private final List<byte[]> secrets;

  /**
   * @param secrets the first one issues, any one accepts, so that secrets can be changed without a
   *     gap
   * @throws IllegalArgumentException if there is none, or one is too short
   */
  public TicketSecrets(List<byte[]> secrets) {
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("ticket secrets: none (expected: at least 1)");
    }
    for (byte[] secret : secrets) {
      if (secret.length < MIN_BYTES) {
        throw new IllegalArgumentException(
            "ticket secret: %d bytes (expected: >= %d)".formatted(secret.length, MIN_BYTES));
      }
    }
    this.secrets = secrets.stream().map(byte[]::clone).toList();
  }

  /** The secrets, the one that issues first; not to be changed. */
  public List<byte[]> bytes() {
    return secrets;
  }

  @Override
  public String toString() {
    return "TicketSecrets[" + secrets.size() + "]";
  }
}
