package io.gatehouse.l7.h2;

/** Types and flags of frames (RFC 9113 section 6), and the layout of their header. */
public final class FrameType {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PUSH_PROMISE = 5;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 0x1;
  public static final int ACK = 0x1;
  public static final int END_HEADERS = 0x4;
  public static final int PADDED = 0x8;
  public static final int PRIORITY_PRESENT = 0x20;

  /** Octets of a frame's header (section 4.1). */
  public static final int HEADER_BYTES = 9;

  /** The largest stream identifier. */
  public static final int MAX_STREAM_ID = Integer.MAX_VALUE;

  private FrameType() {}
}
