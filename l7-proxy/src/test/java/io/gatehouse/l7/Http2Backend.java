package io.gatehouse.l7;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The frames of an HTTP/2 connection as a scripted backend sees and sends them. */
final class Http2Backend {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;

  /** {@code :status: 200}, by the static table. */
  static final byte[] OK = {(byte) 0x88};

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final RawBackend.Connection connection;
  private final DataInputStream in;

  /** A frame, whatever its type. */
  record Frame(int type, int flags, int stream, byte[] payload) {
    boolean endsStream() {
      return (flags & END_STREAM) != 0;
    }

    int number() {
      return ByteBuffer.wrap(payload).getInt();
    }
  }

  /** What it does with one connection, whose preface it has read and whose settings it has sent. */
  @FunctionalInterface
  interface Script {
    void serve(Http2Backend backend, int connection) throws Exception;
  }

  private Http2Backend(RawBackend.Connection connection) {
    this.connection = connection;
    this.in = new DataInputStream(connection.in());
  }

  /** A backend that runs this script after the preface; settings are pairs of id and value. */
  static RawBackend running(Script script, int... settings) throws IOException {
    return new RawBackend(
        connection -> {
          var backend = new Http2Backend(connection);
          byte[] preface = backend.in.readNBytes(PREFACE.length());
          if (!new String(preface, StandardCharsets.US_ASCII).equals(PREFACE)) {
            throw new IOException("no preface");
          }
          var payload = ByteBuffer.allocate(settings.length * 3);
          for (int i = 0; i < settings.length; i += 2) {
            payload.putShort((short) settings[i]).putInt(settings[i + 1]);
          }
          backend.send(SETTINGS, 0, 0, payload.array());
          script.serve(backend, connection.number());
        });
  }

  void send(int type, int flags, int stream, byte... payload) throws IOException {
    connection.send(frame(type, flags, stream, payload));
  }

  void sendNumber(int type, int stream, int... numbers) throws IOException {
    var payload = ByteBuffer.allocate(numbers.length * 4);
    for (int number : numbers) {
      payload.putInt(number);
    }
    send(type, 0, stream, payload.array());
  }

  /** One frame many times, in one write. */
  void flood(int times, int type, int flags, int stream, byte... payload) throws IOException {
    var bytes = new ByteArrayOutputStream();
    byte[] frame = frame(type, flags, stream, payload);
    for (int i = 0; i < times; i++) {
      bytes.write(frame);
    }
    connection.send(bytes.toByteArray());
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** Answers 200 with this text. */
  void answer(int stream, String text) throws IOException {
    send(HEADERS, END_HEADERS, stream, OK);
    send(DATA, END_STREAM, stream, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The next frame of this type; settings and pings are answered meanwhile. */
  Frame await(int type) throws IOException {
    while (true) {
      var frame = next();
      if (frame.type() == type) {
        return frame;
      }
    }
  }

  /** The next frame; settings and pings are answered. */
  Frame next() throws IOException {
    var frame = read();
    if (frame.type() == SETTINGS && frame.flags() != ACK) {
      send(SETTINGS, ACK, 0);
    } else if (frame.type() == PING && frame.flags() != ACK) {
      send(PING, ACK, 0, frame.payload());
    }
    return frame;
  }

  /** The next frame, unanswered. */
  Frame read() throws IOException {
    int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException();
    }
    return new Frame(type, flags, stream, payload);
  }

  /** Reads on, answering nothing, until the other side closes. */
  void awaitClose() throws IOException {
    connection.awaitClose();
  }
}
