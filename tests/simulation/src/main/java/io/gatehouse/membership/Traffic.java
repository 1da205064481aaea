package io.gatehouse.membership;

/**
 * What was sent since it was last cleared. Bytes are the payload of UDP packets and of streams,
 * without the headers below them. Used by one thread.
 */
final class Traffic {
  private long packets;
  private long packetBytes;
  private long streams;
  private long streamBytes;

  void packet(int bytes) {
    packets++;
    packetBytes += bytes;
  }

  void stream() {
    streams++;
  }

  void streamBytes(int bytes) {
    streamBytes += bytes;
  }

  long packets() {
    return packets;
  }

  long packetBytes() {
    return packetBytes;
  }

  long streams() {
    return streams;
  }

  long streamBytes() {
    return streamBytes;
  }

  void clear() {
    packets = 0;
    packetBytes = 0;
    streams = 0;
    streamBytes = 0;
  }
}
