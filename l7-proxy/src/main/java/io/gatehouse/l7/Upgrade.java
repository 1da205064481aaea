package io.gatehouse.l7;

import java.util.Locale;

/**
 * What a request may turn its connection, or its stream, into. Once the backend has agreed, bytes
 * run both ways until each side has ended: a tunnel.
 */
public enum Upgrade {
  /** RFC 6455, and over HTTP/2 RFC 8441. */
  WEBSOCKET,
  /** A request with the method CONNECT (RFC 9110 section 9.3.6). */
  CONNECT;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** In the configuration and the log, such as {@code websocket}. */
  public String label() {
    return label;
  }
}
