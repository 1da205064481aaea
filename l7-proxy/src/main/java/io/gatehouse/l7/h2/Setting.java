package io.gatehouse.l7.h2;

/** Identifiers of settings (RFC 9113 section 6.5.2, RFC 8441 section 3) and their bounds. */
public final class Setting {
  public static final int HEADER_TABLE_SIZE = 1;
  public static final int ENABLE_PUSH = 2;
  public static final int MAX_CONCURRENT_STREAMS = 3;
  public static final int INITIAL_WINDOW_SIZE = 4;
  public static final int MAX_FRAME_SIZE = 5;
  public static final int MAX_HEADER_LIST_SIZE = 6;
  public static final int ENABLE_CONNECT_PROTOCOL = 8;

  /** The window of a connection, and of a stream until a setting changes it (section 6.9.2). */
  public static final int DEFAULT_WINDOW_BYTES = 65_535;

  /** The largest window (section 6.9.1). */
  public static final int MAX_WINDOW_BYTES = Integer.MAX_VALUE;

  /** The largest frame payload until a setting changes it, and the smallest such setting. */
  public static final int DEFAULT_FRAME_BYTES = 16_384;

  public static final int MAX_FRAME_BYTES = (1 << 24) - 1;

  /** Size of the compression table until a setting changes it. */
  public static final int DEFAULT_TABLE_BYTES = 4_096;

  private Setting() {}
}
