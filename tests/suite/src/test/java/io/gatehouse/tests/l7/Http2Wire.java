package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A client that puts any frame on the wire, whatever the rules say, and looks for what comes back.
 * Confined to the test's thread.
 */
final class Http2Wire implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int ACK = 0x1;
  static final int END_STREAM = 0x1;
  static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;
  static final int WITH_PRIORITY = 0x20;

  static final int PROTOCOL_ERROR = 1;
  static final int FLOW_CONTROL_ERROR = 3;
  static final int STREAM_CLOSED = 5;
  static final int FRAME_SIZE_ERROR = 6;
  static final int REFUSED_STREAM = 7;
  static final int COMPRESSION_ERROR = 9;

  static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(ISO_8859_1);

  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int STATUS_200 = 0x88;

  /** One that has come. */
  record Frame(int type, int flags, int stream, byte[] payload) {
    boolean is(int wanted, int onStream) {
      return type == wanted && stream == onStream;
    }

    /** Four octets, such as an error code. */
    int number(int offset) {
      return ByteBuffer.wrap(payload).getInt(offset);
    }

    @Override
    public String toString() {
      return "[type %d flags %d stream %d, %d octets]"
          .formatted(type, flags, stream, payload.length);
    }
  }

  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final DataOutputStream out;
  private final List<Frame> came = new ArrayList<>();

  /** Connects and sends nothing. */
  Http2Wire(InetSocketAddress server) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.connect(server, TIMEOUT_MILLIS);
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
  }

  /** Connects, exchanges prefaces and settings. */
  static Http2Wire open(InetSocketAddress server, int... settings) throws IOException {
    var wire = new Http2Wire(server);
    wire.write(PREFACE);
    wire.settings(settings);
    wire.awaitFrame(frame -> frame.is(SETTINGS, 0) && frame.flags() == ACK, "SETTINGS ACK");
    wire.frame(SETTINGS, ACK, 0);
    return wire;
  }

  /** Another connection to the same server, on which nothing has been sent. */
  Http2Wire bare() throws IOException {
    return new Http2Wire((InetSocketAddress) socket.getRemoteSocketAddress());
  }

  // Sending

  /** Octets as they are. */
  void write(byte[] octets) throws IOException {
    try {
      out.write(octets);
    } catch (SocketException e) {
      // closed on us: what has come is still to be read
    }
  }

  void frame(int type, int flags, int stream, byte[]... payload) throws IOException {
    byte[] whole = join(payload);
    write(
        join(number(whole.length, 3), new byte[] {(byte) type, (byte) flags}, int4(stream), whole));
  }

  void settings(int... idsAndValues) throws IOException {
    var payload = new ByteArrayOutputStream();
    for (int i = 0; i < idsAndValues.length; i += 2) {
      payload.writeBytes(number(idsAndValues[i], 2));
      payload.writeBytes(int4(idsAndValues[i + 1]));
    }
    frame(SETTINGS, 0, 0, payload.toByteArray());
  }

  /** HEADERS of a whole request without a body. */
  void get(int stream, String path) throws IOException {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, request("GET", path));
  }

  /** HEADERS of a request that goes on. */
  void post(int stream, String path, byte[]... fields) throws IOException {
    frame(HEADERS, END_HEADERS, stream, request("POST", path), join(fields));
  }

  void windowUpdate(int stream, int increment) throws IOException {
    frame(WINDOW_UPDATE, 0, stream, int4(increment));
  }

  void reset(int stream) throws IOException {
    frame(RST_STREAM, 0, stream, int4(8));
  }

  void priority(int stream, int dependency, int weight) throws IOException {
    frame(PRIORITY, 0, stream, int4(dependency), new byte[] {(byte) (weight - 1)});
  }

  // Field sections

  static byte[] request(String method, String path) {
    return join(
        field(":method", method),
        field(":scheme", "http"),
        field(":path", path),
        field(":authority", "a.test"));
  }

  /** A literal without indexing, with a new name (RFC 7541 section 6.2.2). */
  static byte[] field(String name, String value) {
    return join(new byte[] {0}, string(name), string(value));
  }

  static byte[] string(String text) {
    assertThat(text.length()).isLessThan(127);
    return join(new byte[] {(byte) text.length()}, text.getBytes(ISO_8859_1));
  }

  static byte[] octets(int... octets) {
    byte[] bytes = new byte[octets.length];
    for (int i = 0; i < octets.length; i++) {
      bytes[i] = (byte) octets[i];
    }
    return bytes;
  }

  static byte[] int4(int value) {
    return number(value, 4);
  }

  private static byte[] number(int value, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (value >>> (8 * (length - 1 - i)));
    }
    return bytes;
  }

  static byte[] join(byte[]... parts) {
    var joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  // What comes back

  /** The next frame; null at the end of the connection. */
  @Nullable Frame next() throws IOException {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt() & 0x7FFFFFFF;
      var frame = new Frame(type, flags, stream, in.readNBytes(length));
      came.add(frame);
      return frame;
    } catch (EOFException | SocketException e) {
      return null;
    }
  }

  Frame awaitFrame(Predicate<Frame> wanted, String what) throws IOException {
    for (var frame = next(); frame != null; frame = next()) {
      if (wanted.test(frame)) {
        return frame;
      }
    }
    throw new AssertionError("closed without " + what + "; came: " + came);
  }

  /** An answer 200. */
  void expectAnswer(int stream) throws IOException {
    var head =
        awaitFrame(frame -> frame.is(HEADERS, stream) || isError(frame), "an answer on " + stream);
    assertThat(head.type()).as("an answer, not %s %s", head, came).isEqualTo(HEADERS);
    assertThat(head.payload()[0] & 0xFF).as("status 200").isEqualTo(STATUS_200);
  }

  private static boolean isError(Frame frame) {
    return frame.type() == GOAWAY || frame.type() == RST_STREAM;
  }

  /** An answer to its end. */
  void expectWholeAnswer(int stream) throws IOException {
    expectAnswer(stream);
    expectEnd(stream);
  }

  /** DATA that ends the stream. */
  void expectEnd(int stream) throws IOException {
    awaitFrame(frame -> frame.is(DATA, stream) && (frame.flags() & END_STREAM) != 0, "END_STREAM");
  }

  /** DATA of this length. */
  void expectData(int stream, int length) throws IOException {
    assertThat(awaitFrame(frame -> frame.is(DATA, stream), "DATA").payload()).hasSize(length);
  }

  /** A stream or a connection error of one of these codes. */
  void expectStreamError(int stream, Integer... codes) throws IOException {
    var error =
        awaitFrame(
            frame -> frame.is(RST_STREAM, stream) || frame.type() == GOAWAY, "an error of streams");
    assertThat(error.number(error.type() == GOAWAY ? 4 : 0)).isIn((Object[]) codes);
  }

  /** A connection error of one of these codes, and the end of the connection. */
  void expectConnectionError(Integer... codes) throws IOException {
    var error = awaitFrame(frame -> frame.type() == GOAWAY, "GOAWAY");
    assertThat(error.number(4)).isIn((Object[]) codes);
    expectClosed();
  }

  void expectClosed() throws IOException {
    while (next() != null) {
      // what was under way
    }
  }

  /** The connection ends in good order, or works. */
  void expectClosedOrPong() throws IOException {
    frame(PING, 0, 0, new byte[8]);
    for (var frame = next(); frame != null; frame = next()) {
      if (frame.is(PING, 0)) {
        return;
      }
      assertThat(frame.type() == GOAWAY && frame.number(4) != 0).as("no error").isFalse();
    }
  }

  /** The connection still works. */
  void expectPong() throws IOException {
    byte[] payload = "h2 pings".getBytes(ISO_8859_1);
    frame(PING, 0, 0, payload);
    var pong =
        awaitFrame(
            frame -> frame.type() == GOAWAY || Arrays.equals(frame.payload(), payload), "PING ACK");
    assertThat(pong.is(PING, 0)).as("PING, not %s", pong).isTrue();
    assertThat(pong.flags()).isEqualTo(ACK);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
