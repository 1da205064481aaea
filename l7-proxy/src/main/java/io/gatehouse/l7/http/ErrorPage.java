package io.gatehouse.l7.http;

import io.netty.buffer.ByteBuf;

/**
 * The answer that Gatehouse gives itself when there is none from upstream: problem details (RFC
 * 9457) with the status, its phrase and the request's identity, and nothing about what lies behind.
 * All pieces are made once.
 */
public final class ErrorPage {
  private static final int MIN_STATUS = 400;
  private static final int MAX_STATUS = 599;
  private static final byte[][] BODY_START = new byte[MAX_STATUS + 1][];
  private static final byte[] BODY_END = Syntax.ascii("\"}\n");

  /** Room that the head takes. */
  public static final int MAX_HEAD_BYTES = 512;

  private static final byte[] PROBLEM = Syntax.ascii("application/problem+json");
  private static final byte[] NO_STORE = Syntax.ascii("no-store");

  private static final byte[] FIELDS =
      Syntax.ascii(
          "content-type: application/problem+json\r\ncache-control: no-store\r\nx-request-id: ");
  private static final byte[] DATE = Syntax.ascii("\r\ndate: ");
  private static final byte[] LENGTH = Syntax.ascii("\r\ncontent-length: ");
  private static final byte[] CLOSE = Syntax.ascii("\r\nconnection: close");
  private static final byte[] END = Syntax.ascii("\r\n\r\n");

  static {
    for (int status = MIN_STATUS; status <= MAX_STATUS; status++) {
      BODY_START[status] =
          Syntax.ascii(
              "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"request_id\":\""
                  .formatted(StatusLine.reason(status), status));
    }
  }

  private ErrorPage() {}

  /**
   * Puts the head of the response into a block, with the length of the body.
   *
   * @param head of room for {@link #MAX_HEAD_BYTES}
   */
  public static void head(HeaderBlock head, int status, RequestId id, byte[] date) {
    head.startResponse(HttpVersion.HTTP_1_1, status);
    head.append(HeaderName.CONTENT_TYPE, PROBLEM);
    head.append(HeaderName.CACHE_CONTROL, NO_STORE);
    id.putInto(head);
    head.append(HeaderName.DATE, date);
    head.appendDecimal(HeaderName.CONTENT_LENGTH, bodyLength(status, id));
  }

  /**
   * Writes the whole response in HTTP/1.1.
   *
   * @param out borrowed; grows as needed
   * @param status 400 to 599
   * @param date value of Date, from {@link DateHeader#at}
   * @param close whether the connection is closed after it
   * @param withBody false in answer to HEAD
   */
  public static void write(
      ByteBuf out, int status, RequestId id, byte[] date, boolean close, boolean withBody) {
    out.writeBytes(StatusLine.of(status));
    out.writeBytes(FIELDS);
    out.writeBytes(id.bytes(), 0, id.length());
    out.writeBytes(DATE);
    out.writeBytes(date);
    out.writeBytes(LENGTH);
    writeDecimal(out, bodyLength(status, id));
    if (close) {
      out.writeBytes(CLOSE);
    }
    out.writeBytes(END);
    if (withBody) {
      writeBody(out, status, id);
    }
  }

  /** Octets of {@link #writeBody}. */
  public static int bodyLength(int status, RequestId id) {
    return BODY_START[status].length + id.length() + BODY_END.length;
  }

  /** Writes the body alone, for a response whose head is written otherwise. */
  public static void writeBody(ByteBuf out, int status, RequestId id) {
    out.writeBytes(BODY_START[status]);
    out.writeBytes(id.bytes(), 0, id.length());
    out.writeBytes(BODY_END);
  }

  private static void writeDecimal(ByteBuf out, int value) {
    int unit = 1;
    while (value / unit >= 10) {
      unit *= 10;
    }
    for (; unit > 0; unit /= 10) {
      out.writeByte('0' + value / unit % 10);
    }
  }
}
