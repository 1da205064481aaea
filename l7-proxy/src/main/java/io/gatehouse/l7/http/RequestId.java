package io.gatehouse.l7.http;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * The identity of one request, as text: 128 random bits in hexadecimal, or what a trusted peer
 * sent. Reused from request to request.
 *
 * <p>Owned by the event loop of its connection; not thread-safe.
 */
public final class RequestId {
  /** Longest identity that is taken over from a peer. */
  public static final int MAX_BYTES = 128;

  private static final int GENERATED_BYTES = 32;
  private static final byte[] HEX = Syntax.ascii("0123456789abcdef");

  private byte[] bytes = new byte[GENERATED_BYTES];
  private int length;

  /**
   * Draws a new identity. It is unique, not secret: a fast generator serves.
   *
   * @param random the event loop's own, seeded from a secure source
   */
  public void draw(SplittableRandom random) {
    putHex(random.nextLong(), 0);
    putHex(random.nextLong(), GENERATED_BYTES / 2);
    length = GENERATED_BYTES;
  }

  /**
   * Takes over the identity that the head carries in X-Request-ID, if it carries one that is safe
   * to log and to quote: at most {@value #MAX_BYTES} letters, digits and {@code -._~:@+/=}.
   *
   * @return whether it did
   */
  public boolean adopt(HeaderBlock head) {
    int index = head.find(HeaderName.X_REQUEST_ID);
    if (index < 0 || head.find(HeaderName.X_REQUEST_ID, index + 1) >= 0) {
      return false;
    }
    int size = head.valueLength(index);
    int start = head.valueStart(index);
    if (size == 0 || size > MAX_BYTES) {
      return false;
    }
    for (int i = start; i < start + size; i++) {
      if (!isIdOctet(head.bytes()[i])) {
        return false;
      }
    }
    if (size > bytes.length) {
      bytes = new byte[MAX_BYTES];
    }
    System.arraycopy(head.bytes(), start, bytes, 0, size);
    length = size;
    return true;
  }

  /** The text's octets, of which {@link #length()} count; borrowed until the next request. */
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  /** Makes it the X-Request-ID of a head, in place of whatever was there. */
  public void putInto(HeaderBlock head) {
    head.removeAll(HeaderName.X_REQUEST_ID);
    head.append(HeaderName.X_REQUEST_ID, bytes, 0, length);
  }

  private static boolean isIdOctet(byte octet) {
    return switch (octet) {
      case ':', '@', '+', '/', '=' -> true;
      default -> Syntax.isUnreserved(octet);
    };
  }

  private void putHex(long value, int at) {
    long rest = value;
    for (int i = at + GENERATED_BYTES / 2 - 1; i >= at; i--) {
      bytes[i] = HEX[(int) rest & 0xF];
      rest >>>= 4;
    }
  }

  /** The identity as text; allocates. */
  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.US_ASCII);
  }
}
