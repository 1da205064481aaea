package io.gatehouse.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.ssize_t;

/**
 * Messages that carry descriptors and credentials (sendmsg(2), cmsg(3), unix(7)), with the layouts
 * of 64-bit Linux. Memory is passed by address, so that a caller may keep it from call to call.
 *
 * <p>Stateless; any thread may call.
 */
final class MessageCalls {
  static final int SCM_RIGHTS = 1;
  static final int SCM_CREDENTIALS = 2;
  static final int SO_PASSCRED = 16;
  static final int SOCK_NONBLOCK = 0x800;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_CTRUNC = 0x8;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_CMSG_CLOEXEC = 0x40000000;

  /** {@code SCM_MAX_FD} of {@code net/scm.h}. */
  static final int MAX_DESCRIPTORS = 253;

  /** {@code struct msghdr}. */
  static final int HEADER_BYTES = 56;

  /** {@code struct iovec}. */
  static final int VECTOR_BYTES = 16;

  /** {@code struct cmsghdr}, after which its data begin. */
  static final int CONTROL_HEADER_BYTES = 16;

  private static final int NAME_AT = 0;
  private static final int NAME_BYTES_AT = 8;
  private static final int VECTORS_AT = 16;
  private static final int VECTOR_COUNT_AT = 24;
  private static final int CONTROL_AT = 32;
  private static final int CONTROL_BYTES_AT = 40;
  private static final int FLAGS_AT = 48;

  private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
  private static final Runtime RUNTIME = Runtime.getRuntime(CALLS);

  private MessageCalls() {}

  /** As C declares them. */
  public interface Calls {
    @ssize_t
    long sendmsg(int fd, long message, int flags);

    @ssize_t
    long recvmsg(int fd, long message, int flags);

    int bind(int fd, @In byte[] address, int size);

    int getsockname(int fd, @Out byte[] address, int[] size);
  }

  /** Sends; the bytes sent, or the negative error number. */
  static long send(int fd, MemorySegment header, int flags) {
    long sent = CALLS.sendmsg(fd, header.address(), flags);
    return sent < 0 ? -RUNTIME.getLastError() : sent;
  }

  /** Receives one message; its bytes, or the negative error number. */
  static long receive(int fd, MemorySegment header, int flags) {
    long received = CALLS.recvmsg(fd, header.address(), flags);
    return received < 0 ? -RUNTIME.getLastError() : received;
  }

  static void bind(int fd, byte[] address) throws LinuxException {
    if (CALLS.bind(fd, address, address.length) < 0) {
      throw new LinuxException("bind", RUNTIME.getLastError());
    }
  }

  /** Fills {@code address} and returns how many bytes of it are meant. */
  static int socketName(int fd, byte[] address) throws LinuxException {
    int[] size = {address.length};
    if (CALLS.getsockname(fd, address, size) < 0) {
      throw new LinuxException("getsockname", RUNTIME.getLastError());
    }
    return size[0];
  }

  /** Bytes of a control message with so much data, padded as CMSG_SPACE pads it. */
  static int controlSpace(int dataBytes) {
    return CONTROL_HEADER_BYTES + ((dataBytes + 7) & ~7);
  }

  static void setName(MemorySegment header, MemorySegment name) {
    header.set(ValueLayout.JAVA_LONG, NAME_AT, name.address());
    header.set(ValueLayout.JAVA_INT, NAME_BYTES_AT, (int) name.byteSize());
  }

  /** Points the message to its one vector, and that to {@code length} bytes of data. */
  static void setData(MemorySegment header, MemorySegment vector, MemorySegment data, long length) {
    vector.set(ValueLayout.JAVA_LONG, 0, data.address());
    vector.set(ValueLayout.JAVA_LONG, 8, length);
    header.set(ValueLayout.JAVA_LONG, VECTORS_AT, vector.address());
    header.set(ValueLayout.JAVA_LONG, VECTOR_COUNT_AT, 1);
  }

  static void setControl(MemorySegment header, MemorySegment control, long length) {
    header.set(ValueLayout.JAVA_LONG, CONTROL_AT, length == 0 ? 0 : control.address());
    header.set(ValueLayout.JAVA_LONG, CONTROL_BYTES_AT, length);
  }

  static long controlBytes(MemorySegment header) {
    return header.get(ValueLayout.JAVA_LONG, CONTROL_BYTES_AT);
  }

  static int flags(MemorySegment header) {
    return header.get(ValueLayout.JAVA_INT, FLAGS_AT);
  }

  /** Writes the head of a control message with so much data; its data follow. */
  static void putControlHeader(MemorySegment control, int dataBytes, int type) {
    control.set(ValueLayout.JAVA_LONG, 0, CONTROL_HEADER_BYTES + dataBytes);
    control.set(ValueLayout.JAVA_INT, 8, Libc.SOL_SOCKET);
    control.set(ValueLayout.JAVA_INT, 12, type);
  }
}
