package io.gatehouse.proxyprotocol;

/** Constants of the binary format (PROXY protocol, section 2.2). */
final class V2Layout {
  /** Signature, version and command, family and protocol, length. */
  static final int FIXED_BYTES = 16;

  static final int VERSION_AND_COMMAND = 12;
  static final int FAMILY_AND_PROTOCOL = 13;
  static final int LENGTH = 14;

  static final int VERSION = 2;
  static final int LOCAL = 0;
  static final int PROXY = 1;

  static final int UNSPECIFIED = 0x00;
  static final int INET = 1;
  static final int INET6 = 2;
  static final int UNIX = 3;
  static final int STREAM = 1;
  static final int DGRAM = 2;

  static final int MAX_LENGTH = 0xffff;
  static final int TLV_HEAD_BYTES = 3;
  static final int CHECKSUM_BYTES = 4;

  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };

  private V2Layout() {}

  static byte signatureByte(int index) {
    return SIGNATURE[index];
  }

  static int signatureLength() {
    return SIGNATURE.length;
  }

  /** Length of the address block, in bytes, or -1 if the family or the protocol is not defined. */
  static int addressBytes(int familyAndProtocol) {
    return switch (familyAndProtocol) {
      case UNSPECIFIED -> 0;
      case 0x11, 0x12 -> 12;
      case 0x21, 0x22 -> 36;
      case 0x31, 0x32 -> 2 * Addresses.Unix.MAX_PATH_BYTES;
      default -> -1;
    };
  }
}
