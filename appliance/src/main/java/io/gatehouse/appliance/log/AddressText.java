package io.gatehouse.appliance.log;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * An address as {@link InetAddress#getHostAddress} has it, without an object for each of IPv4.
 * Owned by one thread.
 */
final class AddressText implements CharSequence {
  private static final int MOST_OF_IPV4 = "255.255.255.255".length();

  private final char[] digits = new char[MOST_OF_IPV4];
  private int length;

  /** This text, or another, for that address; good until the next call. */
  CharSequence of(InetAddress address) {
    if (!(address instanceof Inet4Address)) {
      return address.getHostAddress();
    }
    length = 0;
    for (byte octet : address.getAddress()) {
      if (length > 0) {
        digits[length++] = '.';
      }
      decimal(octet & 0xFF);
    }
    return this;
  }

  private void decimal(int octet) {
    if (octet >= 100) {
      digits[length++] = (char) ('0' + octet / 100);
    }
    if (octet >= 10) {
      digits[length++] = (char) ('0' + octet / 10 % 10);
    }
    digits[length++] = (char) ('0' + octet % 10);
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public char charAt(int index) {
    return digits[index];
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return toString().subSequence(start, end);
  }

  @Override
  public String toString() {
    return new String(digits, 0, length);
  }
}
