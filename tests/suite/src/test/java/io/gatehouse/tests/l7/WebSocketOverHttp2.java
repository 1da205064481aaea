package io.gatehouse.tests.l7;

import io.gatehouse.testkit.h2.Frame;
import io.gatehouse.testkit.h2.FrameClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A WebSocket in a stream of HTTP/2 (RFC 8441) that keeps to the windows of both sides. Its own
 * thread reads frames; what is shared is guarded by {@code this}.
 */
final class WebSocketOverHttp2 implements WebSocketCarrier {
  private static final int STREAM = 1;
  private static final int INITIAL_WINDOW = 65_535;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int MAX_DATA_BYTES = 16_384;

  private final FrameClient client;
  private final PipedOutputStream arriving = new PipedOutputStream();
  private final PipedInputStream in = new PipedInputStream(arriving, 1 << 20);
  private final OutputStream out = new Out();
  private int connectionWindow = INITIAL_WINDOW;
  private int streamWindow = INITIAL_WINDOW;
  private int initialWindow = INITIAL_WINDOW;
  private boolean ended;

  private WebSocketOverHttp2(FrameClient client) throws IOException {
    this.client = client;
  }

  static WebSocketOverHttp2 open(InetSocketAddress server) throws IOException {
    var carrier = new WebSocketOverHttp2(FrameClient.connect(server));
    carrier.client.preface().settings();
    carrier.client.headers(
        STREAM,
        false,
        ":method",
        "CONNECT",
        ":protocol",
        "websocket",
        ":scheme",
        "http",
        ":authority",
        "a.example",
        ":path",
        "/ws",
        "sec-websocket-version",
        "13");
    Frame head = null;
    while (head == null) {
      var frame = carrier.client.next();
      carrier.takeControl(frame);
      head = frame.type() == Frame.HEADERS ? frame : null;
    }
    if (head.status() != 200) {
      throw new IOException("no WebSocket: " + head);
    }
    Thread.ofVirtual().start(carrier::readFrames);
    return carrier;
  }

  private synchronized void send(int type, int flags, int stream, byte... payload)
      throws IOException {
    client.frame(type, flags, stream, payload);
  }

  private void readFrames() {
    try {
      while (true) {
        var frame = client.next();
        takeControl(frame);
        if (frame.type() == Frame.DATA) {
          arriving.write(frame.payload());
          arriving.flush();
          if (frame.payload().length > 0) {
            send(Frame.WINDOW_UPDATE, 0, 0, FrameClient.number(frame.payload().length));
            send(Frame.WINDOW_UPDATE, 0, STREAM, FrameClient.number(frame.payload().length));
          }
        }
        if (frame.type() == Frame.RST_STREAM
            || (frame.type() == Frame.DATA && frame.endsStream())) {
          arriving.close();
          end();
        }
      }
    } catch (IOException e) {
      end(); // the connection is gone
      closeQuietly();
    }
  }

  private void closeQuietly() {
    try {
      arriving.close();
    } catch (IOException e) {
      // nobody reads any more
    }
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  private synchronized void takeControl(Frame frame) throws IOException {
    switch (frame.type()) {
      case Frame.SETTINGS -> {
        if (!frame.isAck()) {
          takeSettings(ByteBuffer.wrap(frame.payload()));
          client.frame(Frame.SETTINGS, Frame.ACK, 0);
        }
      }
      case Frame.WINDOW_UPDATE -> {
        int increment = ByteBuffer.wrap(frame.payload()).getInt();
        if (frame.streamId() == 0) {
          connectionWindow += increment;
        } else {
          streamWindow += increment;
        }
      }
      default -> {}
    }
    notifyAll();
  }

  private void takeSettings(ByteBuffer settings) {
    while (settings.hasRemaining()) {
      int id = settings.getShort();
      int value = settings.getInt();
      if (id == INITIAL_WINDOW_SIZE) {
        streamWindow += value - initialWindow;
        initialWindow = value;
      }
    }
  }

  private final class Out extends OutputStream {
    @Override
    public void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int offset, int length) throws IOException {
      for (int at = 0; at < length; ) {
        int some = reserve(length - at);
        int start = offset + at;
        send(Frame.DATA, 0, STREAM, Arrays.copyOfRange(octets, start, start + some));
        at += some;
      }
    }
  }

  /** Waits until the windows let something be sent; says how much. */
  private synchronized int reserve(int wanted) throws IOException {
    try {
      while (Math.min(connectionWindow, streamWindow) <= 0 && !ended) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (ended) {
      throw new IOException("the stream has ended");
    }
    int some = Math.min(Math.min(wanted, MAX_DATA_BYTES), Math.min(connectionWindow, streamWindow));
    connectionWindow -= some;
    streamWindow -= some;
    return some;
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public void endOutput() throws IOException {
    send(Frame.DATA, Frame.END_STREAM, STREAM);
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
