package io.gatehouse.testkit.h2;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A client of HTTP/2 that sends just the frames it is told to, valid or not, and reads whatever
 * comes. Field sections are sent as literals without a table; those of the server are decoded by
 * Netty.
 */
public final class FrameClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
  private final ByteArrayOutputStream section = new ByteArrayOutputStream();

  /**
   * @param socket connected; closed with the client
   */
  public FrameClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    this.out = socket.getOutputStream();
  }

  /** Connects without TLS; nothing is sent. */
  public static FrameClient connect(InetSocketAddress address) throws IOException {
    var socket = new Socket();
    socket.connect(address, TIMEOUT_MILLIS);
    return new FrameClient(socket);
  }

  /** Sends the preface with an empty SETTINGS frame, and acknowledges the server's. */
  public FrameClient begin() throws IOException {
    raw(PREFACE).settings();
    await(Frame.SETTINGS);
    return frame(Frame.SETTINGS, Frame.ACK, 0);
  }

  // Sending

  public FrameClient raw(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** Sends the octets that every connection begins with. */
  public FrameClient preface() throws IOException {
    return raw(PREFACE);
  }

  public FrameClient frame(int type, int flags, int streamId, byte... payload) throws IOException {
    return raw(bytes(type, flags, streamId, payload));
  }

  /** Sends this many frames that are all the same, a lot at a time. */
  public FrameClient frames(int count, int type, int flags, int streamId, byte... payload)
      throws IOException {
    byte[] one = bytes(type, flags, streamId, payload);
    var many = ByteBuffer.allocate(one.length * count);
    for (int i = 0; i < count; i++) {
      many.put(one);
    }
    return raw(many.array());
  }

  /** A frame as it goes over the wire. */
  public static byte[] bytes(int type, int flags, int streamId, byte... payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(streamId)
        .put(payload)
        .array();
  }

  /**
   * Sends SETTINGS.
   *
   * @param idsAndValues one after the other
   */
  public FrameClient settings(int... idsAndValues) throws IOException {
    var payload = ByteBuffer.allocate(idsAndValues.length * 3);
    for (int i = 0; i < idsAndValues.length; i += 2) {
      payload.putShort((short) idsAndValues[i]).putInt(idsAndValues[i + 1]);
    }
    return frame(Frame.SETTINGS, 0, 0, payload.array());
  }

  /** Sends a request without a body. */
  public FrameClient get(int streamId, String path) throws IOException {
    return headers(streamId, true, request("GET", path));
  }

  /** Sends the head of a request whose body follows. */
  public FrameClient post(int streamId, String path, String... more) throws IOException {
    return headers(streamId, false, request("POST", path, more));
  }

  /** The fields of a request. */
  public static String[] request(String method, String path, String... more) {
    var fields =
        new ArrayList<>(
            List.of(
                ":method", method, ":scheme", "http", ":authority", "example.test", ":path", path));
    fields.addAll(List.of(more));
    return fields.toArray(String[]::new);
  }

  public FrameClient headers(int streamId, boolean endStream, String... namesAndValues)
      throws IOException {
    int flags = Frame.END_HEADERS | (endStream ? Frame.END_STREAM : 0);
    return frame(Frame.HEADERS, flags, streamId, section(namesAndValues));
  }

  public FrameClient data(int streamId, boolean endStream, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return frame(Frame.DATA, endStream ? Frame.END_STREAM : 0, streamId, bytes);
  }

  public FrameClient reset(int streamId, int errorCode) throws IOException {
    return frame(Frame.RST_STREAM, 0, streamId, number(errorCode));
  }

  public FrameClient windowUpdate(int streamId, int increment) throws IOException {
    return frame(Frame.WINDOW_UPDATE, 0, streamId, number(increment));
  }

  public FrameClient ping(long opaque) throws IOException {
    return frame(Frame.PING, 0, 0, ByteBuffer.allocate(8).putLong(opaque).array());
  }

  /** A 32-bit number as a payload. */
  public static byte[] number(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /** A field section of literals (RFC 7541 section 6.2.2). */
  public static byte[] section(String... namesAndValues) {
    var bytes = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      bytes.write(0);
      string(bytes, namesAndValues[i]);
      string(bytes, namesAndValues[i + 1]);
    }
    return bytes.toByteArray();
  }

  private static void string(ByteArrayOutputStream to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length < 0x7F) {
      to.write(bytes.length);
    } else {
      to.write(0x7F);
      int rest = bytes.length - 0x7F;
      for (; rest >= 0x80; rest >>>= 7) {
        to.write((rest & 0x7F) | 0x80);
      }
      to.write(rest);
    }
    to.writeBytes(bytes);
  }

  // Reading

  /**
   * The next frame; waits for it. A head in pieces comes as its last piece.
   *
   * @throws EOFException if the server has closed
   */
  public Frame next() throws IOException {
    int head = in.readInt();
    int type = head & 0xFF;
    int flags = in.readUnsignedByte();
    int streamId = in.readInt();
    byte[] payload = new byte[head >>> 8];
    in.readFully(payload);
    if (type != Frame.HEADERS && type != Frame.CONTINUATION) {
      return new Frame(type, flags, streamId, payload, List.of());
    }
    section.writeBytes(payload);
    if ((flags & Frame.END_HEADERS) == 0) {
      var rest = next();
      int ends = flags & Frame.END_STREAM;
      return new Frame(type, rest.flags() | ends, streamId, payload, rest.fields());
    }
    return new Frame(type, flags, streamId, payload, decoded());
  }

  private List<String> decoded() throws IOException {
    try {
      var fields = new ArrayList<String>();
      var bytes = Unpooled.wrappedBuffer(section.toByteArray());
      section.reset();
      for (var field : decoder.decodeHeaders(1, bytes)) {
        fields.add(field.getKey() + ": " + field.getValue());
      }
      return fields;
    } catch (Http2Exception e) {
      throw new IOException("a head that can't be decoded", e);
    }
  }

  /** The next frame of this type; others are passed over. */
  public Frame await(int type) throws IOException {
    return await(frame -> frame.type() == type);
  }

  /** The next frame that is so; others are passed over. */
  public Frame await(Predicate<Frame> condition) throws IOException {
    while (true) {
      var frame = next();
      if (condition.test(frame)) {
        return frame;
      }
    }
  }

  /** The next frame of a stream that isn't WINDOW_UPDATE. */
  public Frame awaitStream(int streamId) throws IOException {
    return await(f -> f.streamId() == streamId && f.type() != Frame.WINDOW_UPDATE);
  }

  /** The error of the GOAWAY that is awaited. */
  public int awaitGoAway() throws IOException {
    return await(Frame.GOAWAY).errorCode();
  }

  /** The error of the RST_STREAM that is awaited for a stream. */
  public int awaitReset(int streamId) throws IOException {
    return await(f -> f.type() == Frame.RST_STREAM && f.streamId() == streamId).errorCode();
  }

  /** A whole answer; windows of the client are not widened for it. */
  public Answer answer(int streamId) throws IOException {
    Frame head = await(f -> f.type() == Frame.HEADERS && f.streamId() == streamId);
    var body = new ByteArrayOutputStream();
    List<String> trailers = List.of();
    for (Frame last = head; !last.endsStream(); ) {
      last = awaitStream(streamId);
      switch (last.type()) {
        case Frame.DATA -> body.writeBytes(last.payload());
        case Frame.HEADERS -> trailers = last.fields();
        default -> throw new IOException("in an answer: " + last);
      }
    }
    return new Answer(
        head.status(), head.fields(), body.toString(StandardCharsets.ISO_8859_1), trailers);
  }

  /** A whole answer. */
  public record Answer(int status, List<String> fields, String text, List<String> trailers) {}

  /** Whether the server closes; frames before that are passed over. */
  public boolean isClosedByPeer() throws IOException {
    try {
      while (true) {
        next();
      }
    } catch (EOFException | SocketException e) {
      return true;
    }
  }

  public Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
