package io.gatehouse.l7.http;

import io.netty.buffer.ByteBuf;

/**
 * Writes a header block as an HTTP/1.1 head. Gatehouse always speaks 1.1 outward, whatever version
 * came in (RFC 9110 section 2.5). Neighbouring fields that need no change go as one copy.
 */
public final class HeadWriter {
  private static final byte[] REQUEST_VERSION = Syntax.ascii(" HTTP/1.1\r\n");
  private static final int START_LINE_ROOM = 64;
  private static final int CRLF = '\r' << 8 | '\n';
  private static final int COLON_SPACE = ':' << 8 | ' ';

  private HeadWriter() {}

  /**
   * Writes request line, fields and the empty line.
   *
   * @param out borrowed; grows as needed
   */
  public static void writeRequest(HeaderBlock head, ByteBuf out) {
    out.ensureWritable(head.size() + START_LINE_ROOM + 4 * head.count());
    out.writeBytes(head.bytes(), head.methodStart(), head.methodLength());
    out.writeByte(Syntax.SP);
    out.writeBytes(head.bytes(), head.targetStart(), head.targetLength());
    out.writeBytes(REQUEST_VERSION);
    writeFields(head, out);
  }

  /**
   * Writes status line, fields and the empty line. The reason phrase is the upstream's own if there
   * was one.
   *
   * @param out borrowed; grows as needed
   */
  public static void writeResponse(HeaderBlock head, ByteBuf out) {
    out.ensureWritable(head.size() + START_LINE_ROOM + 4 * head.count());
    if (head.reasonLength() == 0) {
      out.writeBytes(StatusLine.of(head.status()));
    } else {
      out.writeBytes(StatusLine.beforeReason(head.status()));
      out.writeBytes(head.bytes(), head.reasonStart(), head.reasonLength());
      out.writeShort(CRLF);
    }
    writeFields(head, out);
  }

  /** Writes the fields and the empty line. */
  static void writeFields(HeaderBlock head, ByteBuf out) {
    byte[] bytes = head.bytes();
    int runStart = 0;
    int runEnd = 0;
    for (int i = 0; i < head.count(); i++) {
      if (head.isRemoved(i)) {
        continue;
      }
      if (head.isCanonical(i) && head.nameStart(i) == runEnd) {
        runEnd = head.valueStart(i) + head.valueLength(i) + 2;
        continue;
      }
      out.writeBytes(bytes, runStart, runEnd - runStart);
      runStart = head.nameStart(i);
      runEnd = head.valueStart(i) + head.valueLength(i) + 2;
      if (!head.isCanonical(i)) {
        writeField(head, i, out);
        runStart = runEnd;
      }
    }
    out.writeBytes(bytes, runStart, runEnd - runStart);
    out.writeShort(CRLF);
  }

  private static void writeField(HeaderBlock head, int index, ByteBuf out) {
    byte[] bytes = head.bytes();
    out.writeBytes(bytes, head.nameStart(index), head.nameLength(index));
    out.writeShort(COLON_SPACE);
    out.writeBytes(bytes, head.valueStart(index), head.valueLength(index));
    out.writeShort(CRLF);
  }
}
