package io.gatehouse.membership;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * What packets and streams are wrapped in on their way between nodes. From the outside in: the
 * label, then encryption, which authenticates the label too. A packet's checksum and compression
 * are further in, for {@link PacketDecoder} to take off. Keys may change at any time; each packet
 * takes them as they are. Owned by the ring's loop.
 */
final class Wire {
  /** Type and length before an encrypted stream. */
  static final int FRAME_HEAD_BYTES = 5;

  /** At some tens of packets in a second, those of the last quarter of an hour. */
  private static final int REPLAY_CAPACITY = 1 << 15;

  private final KeyRing keys;
  private final Label label;
  private final ReplayWindow replays = new ReplayWindow(REPLAY_CAPACITY);
  private final SecureRandom random = new SecureRandom();

  Wire(KeyRing keys, Label label) {
    this.keys = keys;
    this.label = label;
  }

  /** What came of a packet or a stream's frame. */
  sealed interface Opened {
    /** Its content. */
    record Plain(byte[] bytes) implements Opened {}

    /** It is to be dropped. */
    record Refused(RingCounter reason) implements Opened {}
  }

  KeyRing keys() {
    return keys;
  }

  Label label() {
    return label;
  }

  byte[] sealPacket(byte[] packet) {
    return label.putBefore(keys.encrypts() ? seal(packet, label.bytes()) : packet);
  }

  /** Wraps the one message of a stream. */
  byte[] sealStream(byte[] message) {
    if (!keys.encrypts()) {
      return label.putBefore(message);
    }
    byte[] head = frameHead(Sealing.sealedLength(message.length));
    byte[] sealed = seal(message, associated(head));
    byte[] frame = Arrays.copyOf(head, head.length + sealed.length);
    System.arraycopy(sealed, 0, frame, head.length, sealed.length);
    return label.putBefore(frame);
  }

  private byte[] seal(byte[] plain, byte[] associated) {
    byte[] nonce = new byte[Sealing.NONCE_BYTES];
    random.nextBytes(nonce);
    return Sealing.seal(keys.keys().getFirst(), nonce, plain, associated);
  }

  static byte[] frameHead(int sealedLength) {
    return ByteBuffer.allocate(FRAME_HEAD_BYTES)
        .put((byte) MessageType.ENCRYPT)
        .putInt(sealedLength)
        .array();
  }

  static int int32(byte[] in, int at) {
    return ByteBuffer.wrap(in, at, Integer.BYTES).getInt();
  }

  private byte[] associated(byte[] frameHead) {
    byte[] associated = Arrays.copyOf(frameHead, frameHead.length + label.bytes().length);
    System.arraycopy(label.bytes(), 0, associated, frameHead.length, label.bytes().length);
    return associated;
  }

  Opened openPacket(byte[] packet) {
    int taken;
    try {
      taken = Label.lengthAt(packet, packet.length);
    } catch (MalformedMessageException e) {
      return new Opened.Refused(RingCounter.DROPPED_LABEL);
    }
    if (taken < 0 || !label.isAt(packet, taken)) {
      return new Opened.Refused(RingCounter.DROPPED_LABEL);
    }
    byte[] rest = taken == 0 ? packet : Arrays.copyOfRange(packet, taken, packet.length);
    if (!keys.encrypts()) {
      return new Opened.Plain(rest);
    }
    Opened opened = open(rest, label.bytes());
    return opened instanceof Opened.Refused(var reason)
            && reason == RingCounter.DROPPED_KEY
            && looksPlain(rest)
        ? new Opened.Refused(RingCounter.DROPPED_PLAINTEXT)
        : opened;
  }

  /**
   * Whether what no key opens seems not to be encrypted at all: no version, or where the nonce
   * should be, the head of a map and of its first key, as in a ping. Decides what is counted only.
   */
  private static boolean looksPlain(byte[] packet) {
    return !Sealing.isPlausible(packet)
        || ((packet[1] & 0xf0) == 0x80 && (packet[2] & 0xe0) == 0xa0);
  }

  /** Opens a stream's frame, when it is there as a whole. */
  Opened openFrame(byte[] frame) {
    byte[] head = Arrays.copyOf(frame, FRAME_HEAD_BYTES);
    byte[] sealed = Arrays.copyOfRange(frame, FRAME_HEAD_BYTES, frame.length);
    return open(sealed, associated(head));
  }

  private Opened open(byte[] sealed, byte[] associated) {
    byte[] plain = Sealing.open(keys.keys(), sealed, associated);
    if (plain == null) {
      return new Opened.Refused(RingCounter.DROPPED_KEY);
    }
    return replays.isNew(sealed)
        ? new Opened.Plain(plain)
        : new Opened.Refused(RingCounter.DROPPED_REPLAYED);
  }
}
