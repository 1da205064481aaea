package io.gatehouse.l7.http;

/** Decimal numbers as octets, without text between. */
final class Decimal {
  /** Digits of {@link Long#MAX_VALUE}. */
  static final int MAX_DIGITS = 19;

  private Decimal() {}

  /** Writes a number of at least 0 and returns how many digits it took. */
  static int put(byte[] into, int at, long value) {
    int digits = digits(value);
    long rest = value;
    for (int i = at + digits - 1; i >= at; i--) {
      into[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return digits;
  }

  static int digits(long value) {
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    return digits;
  }
}
