package io.gatehouse.l7.tls;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An element of DER (X.690): as much of it as OCSP takes. Definite lengths and one-byte tags only;
 * whatever else comes is a fault. Immutable.
 *
 * @param tag the identifier octet
 * @param content without tag and length; not to be changed
 */
record Der(int tag, byte[] content) {
  static final int OCTET_STRING = 0x04;
  static final int OID = 0x06;
  static final int ENUMERATED = 0x0a;
  static final int GENERALIZED_TIME = 0x18;
  static final int SEQUENCE = 0x30;

  private static final int CONSTRUCTED = 0x20;
  private static final int TAG_NUMBER = 0x1f;
  private static final int LONG_LENGTH = 0x80;
  private static final int MAX_LENGTH_BYTES = 3;

  /** The identifier octet of a constructed element with this context-specific tag. */
  static int context(int number) {
    return 0xa0 | number;
  }

  /**
   * Reads one element that fills the bytes.
   *
   * @throws IllegalArgumentException if they are anything else
   */
  static Der read(byte[] bytes) {
    List<Der> elements = readAll(bytes);
    if (elements.size() != 1) {
      throw fault(elements.size() + " elements (expected: 1)");
    }
    return elements.getFirst();
  }

  private static List<Der> readAll(byte[] bytes) {
    List<Der> elements = new ArrayList<>();
    int at = 0;
    while (at < bytes.length) {
      int tag = bytes[at++] & 0xff;
      if ((tag & TAG_NUMBER) == TAG_NUMBER) {
        throw fault("a tag of several bytes");
      }
      int length = at < bytes.length ? bytes[at++] & 0xff : -1;
      if (length >= LONG_LENGTH) {
        int lengthBytes = length & ~LONG_LENGTH;
        if (lengthBytes == 0 || lengthBytes > MAX_LENGTH_BYTES) {
          throw fault("a length of " + lengthBytes + " bytes");
        }
        length = 0;
        for (int i = 0; i < lengthBytes; i++) {
          length = at < bytes.length ? (length << 8) | (bytes[at++] & 0xff) : -1;
          if (length < 0) {
            break;
          }
        }
      }
      if (length < 0 || length > bytes.length - at) {
        throw fault("cut off");
      }
      elements.add(new Der(tag, Arrays.copyOfRange(bytes, at, at + length)));
      at += length;
    }
    return elements;
  }

  /** What a constructed element holds. */
  List<Der> children() {
    if ((tag & CONSTRUCTED) == 0) {
      throw fault("tag 0x%02x holds no elements".formatted(tag));
    }
    return readAll(content);
  }

  /** The first child with this tag. */
  Der child(int childTag) {
    return children().stream()
        .filter(child -> child.tag == childTag)
        .findFirst()
        .orElseThrow(() -> fault("no element with tag 0x%02x".formatted(childTag)));
  }

  /** Writes a constructed element. */
  static byte[] write(int tag, byte[]... children) {
    var content = new ByteArrayOutputStream();
    for (byte[] child : children) {
      content.writeBytes(child);
    }
    return writePrimitive(tag, content.toByteArray());
  }

  /** Writes an element with this content. */
  static byte[] writePrimitive(int tag, byte[] content) {
    var out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.length;
    if (length >= 1 << 8) {
      out.write(LONG_LENGTH | 2);
      out.write(length >> 8);
    } else if (length >= LONG_LENGTH) {
      out.write(LONG_LENGTH | 1);
    }
    out.write(length);
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static IllegalArgumentException fault(String what) {
    return new IllegalArgumentException("DER: " + what);
  }
}
