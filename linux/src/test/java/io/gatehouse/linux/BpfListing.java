package io.gatehouse.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Instructions as text, one a line: operation, destination, source, offset and immediate value in
 * hexadecimal, as RFC 9669 lays them out.
 */
final class BpfListing {
  private static final int INSTRUCTION_BYTES = 8;

  private BpfListing() {}

  static String of(byte[] code) {
    var bytes = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
    return IntStream.range(0, code.length / INSTRUCTION_BYTES)
        .mapToObj(i -> line(bytes, i * INSTRUCTION_BYTES))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String line(ByteBuffer bytes, int at) {
    var hex = HexFormat.of();
    int registers = bytes.get(at + 1) & 0xff;
    return "%s %s %s %s %s"
        .formatted(
            hex.toHexDigits(bytes.get(at)),
            Integer.toHexString(registers & 0xf),
            Integer.toHexString(registers >>> 4),
            hex.toHexDigits(bytes.getShort(at + 2)),
            hex.toHexDigits(bytes.getInt(at + 4)));
  }
}
