package io.gatehouse.tests.l7;

import java.util.List;

/**
 * One case of a client that speaks with an echo server.
 *
 * @param section as Autobahn's test suite numbers it
 * @param sends what the client does
 * @param frames that it sends, before the close that ends every case that the server does not end
 * @param chop octets in one write; 0: all at once
 * @param expected what must come back, up to the close
 */
record WebSocketCase(
    String section, String sends, List<WebSocketFrame> frames, int chop, List<String> expected) {
  WebSocketCase {
    frames = List.copyOf(frames);
    expected = List.copyOf(expected);
  }

  WebSocketCase chopped(int octets) {
    return new WebSocketCase(section, sends, frames, octets, expected);
  }

  /** Whether the close that is expected is the answer to one of its own frames, or to a fault. */
  boolean endsByItself() {
    return !expected.getLast().equals(WebSocketCases.NORMAL_END);
  }

  @Override
  public String toString() {
    return section + ": " + sends;
  }
}
