package io.gatehouse.linux;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Memory for one datagram between UNIX sockets, which may carry descriptors and tell who sent it
 * (sendmsg(2), cmsg(3), unix(7)), in the layouts of 64-bit Linux. Used again for each message.
 *
 * <p>Owned by one thread; nothing allocates but {@link #fds} and {@link #text}.
 */
final class DescriptorMessage {
  /** {@code SCM_MAX_FD} of {@code net/scm.h}. */
  static final int MAX_DESCRIPTORS = 253;

  private static final int SCM_RIGHTS = 1;
  private static final int SCM_CREDENTIALS = 2;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  // struct msghdr
  private static final int HEADER_BYTES = 56;
  private static final int NAME_AT = 0;
  private static final int NAME_BYTES_AT = 8;
  private static final int VECTORS_AT = 16;
  private static final int VECTOR_COUNT_AT = 24;
  private static final int CONTROL_AT = 32;
  private static final int CONTROL_BYTES_AT = 40;
  private static final int FLAGS_AT = 48;

  // struct iovec
  private static final int VECTOR_BYTES = 16;
  private static final int VECTOR_LENGTH_AT = 8;

  // struct cmsghdr; struct ucred begins with the process id
  private static final int CONTROL_HEADER_BYTES = 16;
  private static final int CONTROL_LEVEL_AT = 8;
  private static final int CONTROL_TYPE_AT = 12;
  private static final int CREDENTIALS_BYTES = 12;

  private static final int MAX_CONTROL_BYTES =
      controlSpace(CREDENTIALS_BYTES) + controlSpace(Integer.BYTES * MAX_DESCRIPTORS);

  private final NativeBuffer textMemory;
  private final NativeBuffer controlMemory = NativeBuffer.collected(MAX_CONTROL_BYTES);
  private final NativeBuffer headerMemory = NativeBuffer.collected(HEADER_BYTES);
  private final NativeBuffer vectorMemory = NativeBuffer.collected(VECTOR_BYTES);
  private final @Nullable NativeBuffer nameMemory;
  private final ByteBuffer textBytes;
  private final ByteBuffer control = controlMemory.bytes();
  private final ByteBuffer header = headerMemory.bytes();
  private final ByteBuffer vector = vectorMemory.bytes();

  /**
   * @param maxTextBytes room for text
   * @param to where it is sent, as {@code struct sockaddr_un}; null to receive, and to send on a
   *     connection
   */
  DescriptorMessage(int maxTextBytes, byte @Nullable [] to) {
    textMemory = NativeBuffer.collected(maxTextBytes);
    textBytes = textMemory.bytes();
    vector.putLong(0, textMemory.address());
    header.putLong(VECTORS_AT, vectorMemory.address()).putLong(VECTOR_COUNT_AT, 1);
    nameMemory = to == null ? null : NativeBuffer.collected(to.length);
    if (to != null && nameMemory != null) {
      nameMemory.bytes().put(to);
      header.putLong(NAME_AT, nameMemory.address()).putInt(NAME_BYTES_AT, to.length);
    }
  }

  /** The text, to be written by absolute index. */
  ByteBuffer textBytes() {
    return textBytes;
  }

  /** Sends so much of the text and the first so many of the descriptors; 0 or minus the error. */
  int send(int socket, int length, int[] fds, int count) {
    if (count > 0) {
      int dataBytes = Integer.BYTES * count;
      control.putLong(0, CONTROL_HEADER_BYTES + dataBytes);
      control.putInt(CONTROL_LEVEL_AT, Libc.SOL_SOCKET).putInt(CONTROL_TYPE_AT, SCM_RIGHTS);
      for (int i = 0; i < count; i++) {
        control.putInt(CONTROL_HEADER_BYTES + Integer.BYTES * i, fds[i]);
      }
    }
    setLengths(length, count == 0 ? 0 : controlSpace(Integer.BYTES * count));
    long sent = Libc.orError(Libc.CALLS.sendmsg(socket, headerMemory.address(), Libc.MSG_NOSIGNAL));
    return (int) Math.min(sent, 0);
  }

  /** Receives with the flags of recvmsg(2): bytes of text, or minus the error. */
  int receive(int socket, int flags) {
    setLengths(textMemory.size(), MAX_CONTROL_BYTES);
    return (int)
        Libc.orError(Libc.CALLS.recvmsg(socket, headerMemory.address(), flags | MSG_CMSG_CLOEXEC));
  }

  private void setLengths(int textLength, int controlLength) {
    vector.putLong(VECTOR_LENGTH_AT, textLength);
    header.putLong(CONTROL_AT, controlLength == 0 ? 0 : controlMemory.address());
    header.putLong(CONTROL_BYTES_AT, controlLength);
  }

  /** The text received, of which there are so many bytes; empty if there was more than room. */
  byte[] text(int length) {
    boolean cut = (header.getInt(FLAGS_AT) & Libc.MSG_TRUNC) != 0;
    var text = new byte[cut ? 0 : length];
    textBytes.get(0, text);
    return text;
  }

  /** The process id of the sender of what was received; 0 if it was not told. */
  int senderPid() {
    int at = find(SCM_CREDENTIALS);
    return at < 0 ? 0 : control.getInt(at + CONTROL_HEADER_BYTES);
  }

  /** The descriptors received, which the caller owns. */
  int[] fds() {
    int at = find(SCM_RIGHTS);
    if (at < 0) {
      return new int[0];
    }
    var fds = new int[((int) control.getLong(at) - CONTROL_HEADER_BYTES) / Integer.BYTES];
    for (int i = 0; i < fds.length; i++) {
      fds[i] = control.getInt(at + CONTROL_HEADER_BYTES + Integer.BYTES * i);
    }
    return fds;
  }

  /** Where the control message of a type begins, or -1. */
  private int find(int type) {
    int end = (int) header.getLong(CONTROL_BYTES_AT);
    for (int at = 0; at + CONTROL_HEADER_BYTES <= end; ) {
      if (control.getInt(at + CONTROL_LEVEL_AT) == Libc.SOL_SOCKET
          && control.getInt(at + CONTROL_TYPE_AT) == type) {
        return at;
      }
      at += controlSpace((int) control.getLong(at) - CONTROL_HEADER_BYTES);
    }
    return -1;
  }

  /** As CMSG_SPACE: header, data, padding. */
  private static int controlSpace(int dataBytes) {
    return CONTROL_HEADER_BYTES + ((dataBytes + Long.BYTES - 1) & -Long.BYTES);
  }
}
