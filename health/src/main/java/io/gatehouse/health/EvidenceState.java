package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A whole table of evidence as the ring's shared state: a version byte, the texts that occur, each
 * once, and the records, which name them by number. Numbers are variable-length, seven bits a byte,
 * the lowest first. A record of 10,000 takes about 25 bytes.
 */
final class EvidenceState {
  private static final byte VERSION = 1;
  private static final int MAX_TEXTS = 1 << 17;
  private static final int MAX_RECORDS = 1 << 17;
  private static final int MAX_TEXT_BYTES = 1024;
  private static final int LEAST_RECORD_BYTES = 9;
  private static final Verdict[] VERDICTS = Verdict.values();

  /** The bytes are no table of evidence; the message says where they stop being one. */
  static final class MalformedStateException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedStateException(String message) {
      super(message);
    }
  }

  private EvidenceState() {}

  /**
   * Writes as many records as fit, in their order.
   *
   * @param maxBytes most bytes of the whole
   */
  static byte[] write(Collection<Evidence> table, int maxBytes) {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    ByteBuf texts = Unpooled.buffer();
    ByteBuf records = Unpooled.buffer();
    int count = 0;
    for (var evidence : table) {
      int textsBefore = texts.writerIndex();
      int recordsBefore = records.writerIndex();
      int namesBefore = numbers.size();
      record(evidence, numbers, texts, records);
      if (texts.writerIndex() + records.writerIndex() + 16 > maxBytes || count == MAX_RECORDS) {
        texts.writerIndex(textsBefore);
        records.writerIndex(recordsBefore);
        numbers.values().removeIf(number -> number >= namesBefore);
        break;
      }
      count++;
    }
    ByteBuf whole = Unpooled.buffer(texts.writerIndex() + records.writerIndex() + 16);
    whole.writeByte(VERSION);
    number(whole, numbers.size());
    whole.writeBytes(texts);
    number(whole, count);
    whole.writeBytes(records);
    byte[] bytes = new byte[whole.readableBytes()];
    whole.readBytes(bytes);
    return bytes;
  }

  private static void record(
      Evidence evidence, Map<String, Integer> numbers, ByteBuf texts, ByteBuf records) {
    number(records, text(evidence.observer(), numbers, texts));
    number(records, text(evidence.key().pool(), numbers, texts));
    number(records, text(evidence.key().endpoint(), numbers, texts));
    records.writeByte(evidence.verdict().ordinal());
    records.writeByte(evidence.weightPercent());
    number(records, text(Evidence.plain(evidence.cause()), numbers, texts));
    number(records, evidence.sinceMillis());
    number(records, evidence.epoch());
    number(records, evidence.sequence());
  }

  private static int text(String text, Map<String, Integer> numbers, ByteBuf texts) {
    Integer known = numbers.get(text);
    if (known != null) {
      return known;
    }
    int number = numbers.size();
    numbers.put(text, number);
    byte[] bytes = text.getBytes(UTF_8);
    number(texts, bytes.length);
    texts.writeBytes(bytes);
    return number;
  }

  private static void number(ByteBuf out, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.writeByte((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  /**
   * @throws MalformedStateException if the bytes are not wholly such a table
   */
  static List<Evidence> read(byte[] bytes) throws MalformedStateException {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    if (!in.isReadable() || in.readByte() != VERSION) {
      throw new MalformedStateException("not version " + VERSION);
    }
    int textCount = count(in, MAX_TEXTS, 1);
    var texts = new ArrayList<String>(textCount);
    for (int i = 0; i < textCount; i++) {
      texts.add(readText(in));
    }
    int recordCount = count(in, MAX_RECORDS, LEAST_RECORD_BYTES);
    var table = new ArrayList<Evidence>(recordCount);
    for (int i = 0; i < recordCount; i++) {
      table.add(readRecord(in, texts));
    }
    if (in.isReadable()) {
      throw new MalformedStateException("bytes after the records");
    }
    return table;
  }

  private static Evidence readRecord(ByteBuf in, List<String> texts)
      throws MalformedStateException {
    String observer = name(in, texts);
    var key = new EndpointKey(name(in, texts), name(in, texts));
    int verdict = readByte(in);
    int weight = readByte(in);
    String cause = Evidence.plain(texts.get(index(in, texts)));
    if (verdict >= VERDICTS.length) {
      throw new MalformedStateException("verdict " + verdict);
    }
    var evidence =
        EvidenceText.checked(
            new Evidence(
                observer,
                key,
                VERDICTS[verdict],
                weight,
                cause,
                readNumber(in),
                readNumber(in),
                readNumber(in)));
    if (evidence == null) {
      throw new MalformedStateException("a number out of its range");
    }
    return evidence;
  }

  private static String readText(ByteBuf in) throws MalformedStateException {
    int length = count(in, MAX_TEXT_BYTES, 1);
    return in.readCharSequence(length, UTF_8).toString();
  }

  private static String name(ByteBuf in, List<String> texts) throws MalformedStateException {
    String name = texts.get(index(in, texts));
    if (name.isEmpty() || name.length() > Evidence.MAX_NAME_BYTES) {
      throw new MalformedStateException("a name of %d characters".formatted(name.length()));
    }
    return name;
  }

  private static int index(ByteBuf in, List<String> texts) throws MalformedStateException {
    long index = readNumber(in);
    if (index < 0 || index >= texts.size()) {
      throw new MalformedStateException("text %d of %d".formatted(index, texts.size()));
    }
    return (int) index;
  }

  /** A count of things of which each takes {@code leastBytes} at least. */
  private static int count(ByteBuf in, int most, int leastBytes) throws MalformedStateException {
    long count = readNumber(in);
    if (count < 0 || count > most || count * leastBytes > in.readableBytes()) {
      throw new MalformedStateException("a count of " + count);
    }
    return (int) count;
  }

  private static int readByte(ByteBuf in) throws MalformedStateException {
    if (!in.isReadable()) {
      throw new MalformedStateException("cut short");
    }
    return in.readUnsignedByte();
  }

  private static long readNumber(ByteBuf in) throws MalformedStateException {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int b = readByte(in);
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw new MalformedStateException("a number of more than 63 bits");
  }
}
