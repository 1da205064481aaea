package io.gatehouse.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where {@code NOTIFY_SOCKET} points to, as a {@code struct sockaddr_un} (unix(7)). */
final class NotifyAddress {
  private static final Logger log = LoggerFactory.getLogger(NotifyAddress.class);

  private static final int MAX_PATH_BYTES = 107;

  private NotifyAddress() {}

  /** A path, or with a leading {@code @} an abstract name; null if it is unset or neither. */
  static byte @Nullable [] parse(@Nullable String socket) {
    if (socket == null || socket.isEmpty()) {
      return null;
    }
    var path = socket.getBytes(StandardCharsets.UTF_8);
    boolean isAbstract = path[0] == '@';
    if ((!isAbstract && path[0] != '/') || path.length > MAX_PATH_BYTES) {
      log.atWarn()
          .addKeyValue("NOTIFY_SOCKET", socket)
          .log("the service manager cannot be told: expected a path or @name of <= 107 bytes");
      return null;
    }
    // A path ends with a NUL; an abstract name starts with one and ends with the address.
    var address =
        ByteBuffer.allocate(Short.BYTES + path.length + (isAbstract ? 0 : 1))
            .order(ByteOrder.nativeOrder())
            .putShort((short) Libc.AF_UNIX)
            .put(path);
    if (isAbstract) {
      address.put(Short.BYTES, (byte) 0);
    }
    return address.array();
  }
}
