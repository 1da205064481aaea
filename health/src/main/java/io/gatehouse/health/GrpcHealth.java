package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The two messages of grpc.health.v1.Health/Check [1], encoded by hand: each has one field. A
 * message of gRPC is preceded by a byte that says whether it is compressed and its length in four
 * [2].
 *
 * <ol>
 *   <li>github.com/grpc/grpc/blob/master/doc/health-checking.md
 *   <li>github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * </ol>
 */
final class GrpcHealth {
  static final String PATH = "/grpc.health.v1.Health/Check";
  private static final int PREFIX_BYTES = 5;
  private static final int SERVICE_TAG = (1 << 3) | 2;
  private static final int STATUS_TAG = 1 << 3;
  private static final int MAX_VARINT_BYTES = 10;
  private static final int SERVING = 1;

  private GrpcHealth() {}

  /** HealthCheckRequest with its prefix; a service that is empty is left out. */
  static byte[] request(String service) {
    byte[] name = service.getBytes(UTF_8);
    int lengthBytes = name.length < 0x80 ? 1 : 2;
    int length = name.length == 0 ? 0 : 1 + lengthBytes + name.length;
    byte[] message = new byte[PREFIX_BYTES + length];
    message[3] = (byte) (length >>> 8);
    message[4] = (byte) length;
    if (length > 0) {
      int at = PREFIX_BYTES;
      message[at++] = SERVICE_TAG;
      if (lengthBytes == 1) {
        message[at++] = (byte) name.length;
      } else {
        message[at++] = (byte) ((name.length & 0x7f) | 0x80);
        message[at++] = (byte) (name.length >>> 7);
      }
      System.arraycopy(name, 0, message, at, name.length);
    }
    return message;
  }

  /**
   * What a HealthCheckResponse with its prefix says: the name of its status, or what is wrong with
   * it.
   */
  static String status(byte[] message) {
    if (message.length < PREFIX_BYTES) {
      return "no message";
    }
    if (message[0] != 0) {
      return "a compressed message";
    }
    int length =
        ((message[1] & 0xff) << 24)
            | ((message[2] & 0xff) << 16)
            | ((message[3] & 0xff) << 8)
            | (message[4] & 0xff);
    if (length != message.length - PREFIX_BYTES) {
      return "a message of another length";
    }
    return field(message);
  }

  /** The last value of field 1 counts; without any it is 0 (Protocol Buffers, encoding). */
  private static String field(byte[] message) {
    long status = 0;
    int at = PREFIX_BYTES;
    while (at < message.length) {
      if (message[at++] != STATUS_TAG) {
        return "a message with other fields";
      }
      status = 0;
      int read = 0;
      byte b;
      do {
        if (at == message.length || read == MAX_VARINT_BYTES) {
          return "a message cut short";
        }
        b = message[at++];
        status |= (long) (b & 0x7f) << (7 * read++);
      } while (b < 0);
    }
    return name(status);
  }

  private static String name(long status) {
    if (status == SERVING) {
      return "SERVING";
    }
    if (status == 0) {
      return "UNKNOWN";
    }
    if (status == 2) {
      return "NOT_SERVING";
    }
    return status == 3 ? "SERVICE_UNKNOWN" : "status " + status;
  }

  static boolean isServing(String status) {
    return "SERVING".equals(status);
  }
}
