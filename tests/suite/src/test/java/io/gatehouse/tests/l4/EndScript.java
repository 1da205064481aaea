package io.gatehouse.tests.l4;

import java.util.List;

/**
 * What one end of a connection does. It reads and writes at the same time, each at its own pace.
 *
 * @param stream what it sends
 * @param bytes how many of it, if no reset comes first
 * @param beginAfter bytes it receives before it sends the first
 * @param maxWrite most bytes of one write
 * @param pauses of the writer
 * @param maxRead most bytes of one read
 * @param stalls of the reader, during which the other end may push
 * @param bufferBytes SO_RCVBUF and SO_SNDBUF; 0 leaves them to the kernel
 * @param finish how it ends its direction
 */
record EndScript(
    ByteStream stream,
    int bytes,
    int beginAfter,
    int maxWrite,
    List<Pause> pauses,
    int maxRead,
    List<Pause> stalls,
    int bufferBytes,
    Finish finish) {

  /** A wait before this byte. */
  record Pause(int atByte, int millis) {}

  /** How an end ends. */
  sealed interface Finish {}

  /**
   * A FIN behind the last byte.
   *
   * @param last whether it waits for the peer's FIN
   */
  record Fin(boolean last) implements Finish {}

  /** A reset, once so much has been sent and so much received. */
  record Reset(int afterSent, int afterReceived) implements Finish {}

  EndScript with(Finish other) {
    return new EndScript(
        stream, bytes, beginAfter, maxWrite, pauses, maxRead, stalls, bufferBytes, other);
  }

  boolean resets() {
    return finish instanceof Reset;
  }

  /** Bytes it sends: all, or those before its reset. */
  int bytesToSend() {
    return finish instanceof Reset(int afterSent, int _) ? afterSent : bytes;
  }
}
