package io.gatehouse.membership;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.msgpack.core.MessageFormat;
import org.msgpack.core.MessageInsufficientBufferException;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePacker;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.value.ValueType;

/**
 * The dialect of msgpack that memberlist speaks: Go's codec before the str8 and bin types were
 * added, so that strings and bytes alike are "raw". Reading trusts no length: nothing is allocated
 * that the input does not hold.
 */
final class Msgpack {
  /** Of the size of most messages; longer ones take several. */
  private static final int BUFFER_BYTES = 512;

  private static final MessagePack.PackerConfig OLD_RAW =
      new MessagePack.PackerConfig().withStr8FormatSupport(false).withBufferSize(BUFFER_BYTES);

  private Msgpack() {}

  /** Writes one value after a message type byte. Memory only, so it does not fail. */
  interface Body {
    void writeTo(MessagePacker packer) throws IOException;
  }

  /** Reads one value of a map; the key is known already. */
  interface Field {
    void read(String key, Reader value) throws IOException, MalformedMessageException;
  }

  /** Reads one element of an array. */
  interface Element {
    void read(Reader value) throws IOException, MalformedMessageException;
  }

  static byte[] encode(Body body) {
    try (var packer = OLD_RAW.newBufferPacker()) {
      body.writeTo(packer);
      return packer.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
  }

  static byte[] encode(int type, Body body) {
    return encode(
        packer -> {
          packer.addPayload(new byte[] {(byte) type});
          body.writeTo(packer);
        });
  }

  static void packString(MessagePacker packer, String key, String value) throws IOException {
    packRaw(packer, key, value.getBytes(StandardCharsets.UTF_8));
  }

  static void packRaw(MessagePacker packer, String key, byte[] value) throws IOException {
    packKey(packer, key);
    packRaw(packer, value);
  }

  static void packRaw(MessagePacker packer, byte[] value) throws IOException {
    packer.packRawStringHeader(value.length);
    packer.addPayload(value);
  }

  static void packLong(MessagePacker packer, String key, long value) throws IOException {
    packKey(packer, key);
    packer.packLong(value);
  }

  static void packBoolean(MessagePacker packer, String key, boolean value) throws IOException {
    packKey(packer, key);
    packer.packBoolean(value);
  }

  static void packKey(MessagePacker packer, String key) throws IOException {
    packRaw(packer, key.getBytes(StandardCharsets.UTF_8));
  }

  /** Reads a part of an array. Not for use by more than one thread. */
  static final class Reader {
    private static final int MAX_KEY_BYTES = 64;
    private static final int MAX_MAP_ENTRIES = 1024;
    private static final byte[] NOTHING = new byte[0];

    private final MessageUnpacker unpacker;
    private final int length;

    Reader(byte[] bytes, int offset, int length) {
      this.unpacker = MessagePack.newDefaultUnpacker(ByteBuffer.wrap(bytes, offset, length));
      this.length = length;
    }

    /** Bytes read so far. */
    int position() {
      return (int) unpacker.getTotalReadBytes();
    }

    /** Reads a map, giving each value to {@code field}, which must read or {@link #skip} it. */
    void map(Field field) throws IOException, MalformedMessageException {
      map(MAX_MAP_ENTRIES, MAX_KEY_BYTES, field);
    }

    /** Reads a map of up to so many entries. */
    void map(int maxEntries, int maxKeyBytes, Field field)
        throws IOException, MalformedMessageException {
      int entries = unpacker.unpackMapHeader();
      if (entries < 0 || entries > maxEntries) {
        throw new MalformedMessageException("map of " + entries + " entries");
      }
      for (int i = 0; i < entries; i++) {
        field.read(string(maxKeyBytes), this);
      }
    }

    /** Reads an array of up to so many elements. */
    void array(int maxElements, Element element) throws IOException, MalformedMessageException {
      int elements = unpacker.unpackArrayHeader();
      if (elements < 0 || elements > maxElements) {
        throw new MalformedMessageException("array of " + elements + " elements");
      }
      for (int i = 0; i < elements; i++) {
        element.read(this);
      }
    }

    /** Whether nil comes next, as Go writes an empty map or slice; then it is read. */
    boolean skipNil() throws IOException {
      return unpacker.tryUnpackNil();
    }

    /** Reads the head of a map that has exactly {@code entries}. */
    void expectMap(int entries) throws IOException, MalformedMessageException {
      int found = unpacker.unpackMapHeader();
      if (found != entries) {
        throw new MalformedMessageException("map of " + found + " entries");
      }
    }

    /** Reads a key, which has to be this one. */
    void expectKey(String key) throws IOException, MalformedMessageException {
      String found = string(MAX_KEY_BYTES);
      if (!found.equals(key)) {
        throw new MalformedMessageException("a field that is not " + key);
      }
    }

    void skip() throws IOException {
      unpacker.skipValue();
    }

    boolean bool() throws IOException {
      return unpacker.unpackBoolean();
    }

    /** An unsigned number of 32 bits. */
    long uint32() throws IOException, MalformedMessageException {
      return number(0xffff_ffffL);
    }

    /** A number from 0 to {@code max}. */
    long number(long max) throws IOException, MalformedMessageException {
      long value = unpacker.unpackLong();
      if (value < 0 || value > max) {
        throw new MalformedMessageException("number " + value);
      }
      return value;
    }

    String string(int maxBytes) throws IOException, MalformedMessageException {
      return text(bytes(maxBytes));
    }

    /** What the bytes say in UTF-8. */
    static String text(byte[] bytes) throws MalformedMessageException {
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(ByteBuffer.wrap(bytes))
            .toString();
      } catch (CharacterCodingException e) {
        throw new MalformedMessageException("a string is not UTF-8");
      }
    }

    /** Raw bytes; Go writes a nil slice as nil, and some writers a byte slice as an array. */
    byte[] bytes(int maxBytes) throws IOException, MalformedMessageException {
      if (skipNil()) {
        return NOTHING;
      }
      MessageFormat format = unpacker.getNextFormat();
      if (format.getValueType() == ValueType.ARRAY) {
        return byteArray(maxBytes);
      }
      int size = rawSize(maxBytes);
      checkThere(size);
      return unpacker.readPayload(size);
    }

    /** Reads the head of raw bytes, which need not be there: how many they are. */
    int rawSize(int maxBytes) throws IOException, MalformedMessageException {
      int size =
          unpacker.getNextFormat().getValueType() == ValueType.BINARY
              ? unpacker.unpackBinaryHeader()
              : unpacker.unpackRawStringHeader();
      checkSize(size, maxBytes);
      return size;
    }

    private byte[] byteArray(int maxBytes) throws IOException, MalformedMessageException {
      int size = unpacker.unpackArrayHeader();
      checkSize(size, maxBytes);
      checkThere(size);
      byte[] bytes = new byte[size];
      for (int i = 0; i < size; i++) {
        bytes[i] = (byte) number(0xff);
      }
      return bytes;
    }

    private static void checkSize(int size, int maxBytes) throws MalformedMessageException {
      if (size < 0 || size > maxBytes) {
        throw new MalformedMessageException("value of " + size + " bytes");
      }
    }

    private void checkThere(int size) throws IOException {
      if (size > length - position()) {
        throw new MessageInsufficientBufferException();
      }
    }
  }
}
