package io.gatehouse.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A map that BPF programs and processes share. It lives for as long as a descriptor, a program or a
 * mapping refers to it.
 *
 * <p>Keys and values are handed over as numbers: {@link #put}, {@link #get} and {@link #remove} are
 * for maps whose keys and values have 4 or 8 bytes, of which the lower 4 are used where they have
 * 4. Any thread may call; the kernel makes each call whole.
 */
public final class BpfMap implements AutoCloseable {
  /** Kinds of maps, with the numbers that {@code enum bpf_map_type} gives them. */
  public enum Type {
    /** Any keys. */
    HASH(1),
    /** Indices from 0, all present from the start. */
    ARRAY(2),
    /** Sockets by index; read, a value of 8 bytes is the socket's cookie. */
    SOCKMAP(15),
    /** Sockets by key; read, a value of 8 bytes is the socket's cookie. */
    SOCKHASH(18),
    /** A queue from programs to a process; its entries are bytes, a power of 2 of whole pages. */
    RINGBUF(27);

    private final int number;

    Type(int number) {
      this.number = number;
    }

    private static Type of(int number) {
      for (var type : values()) {
        if (type.number == number) {
          return type;
        }
      }
      throw new IllegalArgumentException(
          "BPF map: type %d (expected: 1, 2, 15, 18 or 27)".formatted(number));
    }
  }

  /** A hash map takes its memory when keys come, not at once. */
  public static final int NO_PREALLOC = 1;

  /** An array can be mapped into memory. */
  public static final int MMAPABLE = 1024;

  private static final int ATTRIBUTE_BYTES = 128;

  // Of the commands on elements: descriptor, pointer to the key, pointer to the value, flags. Key
  // and value lie behind them, out of what the kernel reads as attributes.
  private static final int FD_AT = 0;
  private static final int KEY_POINTER_AT = 8;
  private static final int VALUE_POINTER_AT = 16;
  private static final int FLAGS_AT = 24;
  private static final int ELEMENT_ATTRIBUTE_BYTES = 32;
  private static final int KEY_AT = 64;
  private static final int VALUE_AT = 72;

  private static final int INFO_BYTES = 64;

  private final int fd;
  private final Type type;
  private final String name;
  private final int keyBytes;
  private final int valueBytes;
  private final int maxEntries;
  private boolean isOpen = true;

  private BpfMap(int fd, Type type, String name, int keyBytes, int valueBytes, int maxEntries) {
    this.fd = fd;
    this.type = type;
    this.name = name;
    this.keyBytes = keyBytes;
    this.valueBytes = valueBytes;
    this.maxEntries = maxEntries;
  }

  /**
   * Makes a map.
   *
   * @param name for tools; 1 to 15 letters, digits, dots and underscores
   * @param keyBytes 0 for a ring buffer, 4 for what has indices
   * @param flags {@link #NO_PREALLOC}, {@link #MMAPABLE}, or 0
   * @throws LinuxException EPERM without CAP_BPF, EINVAL if the kernel takes no such sizes or flags
   */
  public static BpfMap create(
      Type type, String name, int keyBytes, int valueBytes, int maxEntries, int flags)
      throws LinuxException {
    BpfCall.requireName(name);
    var scratch = CallScratch.ofThisThread();
    scratch.clear(ATTRIBUTE_BYTES);
    scratch.bytes.putInt(0, type.number).putInt(4, keyBytes).putInt(8, valueBytes);
    scratch.bytes.putInt(12, maxEntries).putInt(16, flags);
    scratch.bytes.put(28, name.getBytes(StandardCharsets.US_ASCII));
    int fd = BpfCall.call(BpfCall.MAP_CREATE, scratch.address, ATTRIBUTE_BYTES);
    if (fd < 0) {
      throw new LinuxException("bpf(BPF_MAP_CREATE)", fd);
    }
    return new BpfMap(fd, type, name, keyBytes, valueBytes, maxEntries);
  }

  /**
   * Takes over a descriptor, from a predecessor for instance, and asks the kernel what it is.
   * Closes it if this fails.
   *
   * @throws LinuxException EINVAL if it is no map
   * @throws IllegalArgumentException if it is a map of another type
   */
  public static BpfMap adopt(int fd) throws LinuxException {
    try {
      requireMap(fd);
      return describe(fd);
    } catch (LinuxException | IllegalArgumentException e) {
      Libc.close(fd);
      throw e;
    }
  }

  /** What the kernel tells of a program looks like a map; only the descriptor's name differs. */
  private static void requireMap(int fd) throws LinuxException {
    Path object;
    try {
      object = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd));
    } catch (IOException e) {
      throw new LinuxException("readlink", Errno.EBADF);
    }
    if (!object.endsWith("anon_inode:bpf-map")) {
      throw new LinuxException("bpf(BPF_OBJ_GET_INFO_BY_FD)", Errno.EINVAL);
    }
  }

  private static BpfMap describe(int fd) throws LinuxException {
    var scratch = CallScratch.ofThisThread();
    scratch.clear(CallScratch.BYTES);
    scratch.bytes.putInt(0, fd).putInt(4, INFO_BYTES);
    scratch.bytes.putLong(8, scratch.address + ATTRIBUTE_BYTES);
    int result = BpfCall.call(BpfCall.OBJ_GET_INFO_BY_FD, scratch.address, ATTRIBUTE_BYTES);
    if (result < 0) {
      throw new LinuxException("bpf(BPF_OBJ_GET_INFO_BY_FD)", result);
    }
    var info = scratch.bytes.slice(ATTRIBUTE_BYTES, INFO_BYTES).order(scratch.bytes.order());
    // struct bpf_map_info: type, id, size of keys, of values, entries, flags, name.
    return new BpfMap(
        fd, Type.of(info.getInt(0)), name(info), info.getInt(8), info.getInt(12), info.getInt(16));
  }

  private static String name(ByteBuffer info) {
    var bytes = new byte[BpfCall.NAME_BYTES];
    info.get(24, bytes);
    return new String(bytes, StandardCharsets.US_ASCII).trim();
  }

  /** Its descriptor. */
  public int fd() {
    return fd;
  }

  /** Its kind. */
  public Type type() {
    return type;
  }

  /** The name it was made with. */
  public String name() {
    return name;
  }

  /** The size of a key in bytes. */
  public int keyBytes() {
    return keyBytes;
  }

  /** The size of a value in bytes. */
  public int valueBytes() {
    return valueBytes;
  }

  /** How many entries it takes; of a ring buffer, how many bytes. */
  public int maxEntries() {
    return maxEntries;
  }

  /**
   * Sets a value, whether there was one or not. Where values are sockets it is a descriptor.
   *
   * @return 0 or minus the error number: E2BIG if the map is full; EOPNOTSUPP if the socket is not
   *     established any more
   */
  public int put(long keyOrIndex, long value) {
    var scratch = element(keyOrIndex);
    scratch.bytes.putLong(VALUE_AT, value);
    return BpfCall.call(BpfCall.MAP_UPDATE_ELEM, scratch.address, ELEMENT_ATTRIBUTE_BYTES);
  }

  /**
   * A value; of a value of 4 bytes, without sign.
   *
   * @return it, or minus the error number: ENOENT if there is none
   */
  public long get(long key) {
    var scratch = element(key);
    scratch.bytes.putLong(VALUE_AT, 0);
    int result = BpfCall.call(BpfCall.MAP_LOOKUP_ELEM, scratch.address, ELEMENT_ATTRIBUTE_BYTES);
    return result < 0 ? result : scratch.bytes.getLong(VALUE_AT);
  }

  /** Removes a key; 0 or minus the error number: ENOENT if it was not there. */
  public int remove(long key) {
    var scratch = element(key);
    scratch.bytes.putLong(VALUE_POINTER_AT, 0); // the kernel insists
    return BpfCall.call(BpfCall.MAP_DELETE_ELEM, scratch.address, ELEMENT_ATTRIBUTE_BYTES);
  }

  private CallScratch element(long key) {
    if (!isNumber(keyBytes) || !isNumber(valueBytes)) {
      throw new IllegalStateException(
          "BPF map %s: keys of %d and values of %d bytes (expected: 4 or 8)"
              .formatted(name, keyBytes, valueBytes));
    }
    var scratch = CallScratch.ofThisThread();
    scratch.bytes.putLong(FD_AT, fd);
    scratch.bytes.putLong(KEY_POINTER_AT, scratch.address + KEY_AT);
    scratch.bytes.putLong(VALUE_POINTER_AT, scratch.address + VALUE_AT);
    scratch.bytes.putLong(FLAGS_AT, 0);
    // The machines that Gatehouse runs on are little-endian: the lower 4 bytes come first.
    scratch.bytes.putLong(KEY_AT, key);
    return scratch;
  }

  private static boolean isNumber(int bytes) {
    return bytes == Integer.BYTES || bytes == Long.BYTES;
  }

  /**
   * Maps the values of an array made with {@link #MMAPABLE}: entry i begins at i × the size of a
   * value rounded up to 8. The mapping is closed by itself.
   *
   * @throws LinuxException if it is no such array
   */
  public SharedMemory map() throws LinuxException {
    long strideBytes = (valueBytes + 7L) & -8L;
    return SharedMemory.map(fd, maxEntries * strideBytes);
  }

  @Override
  public void close() {
    if (isOpen) {
      isOpen = false;
      Libc.close(fd);
    }
  }
}
