package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatehouse.testkit.h2.Frame;
import io.gatehouse.testkit.h2.FrameClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.SplittableRandom;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One client of the soak: it comes as far as its phase and then goes away, by an end, by a reset,
 * or by saying and taking nothing more until the node loses patience. Everything follows from its
 * random source. Confined to one thread.
 */
final class SoakClient {
  /** How far it comes. */
  enum Phase {
    CONNECTED,
    /** Within the TLS handshake, or within the first octets of a plain connection. */
    HELLO,
    HEAD,
    /** The request is whole, and nothing has been read. */
    REQUEST,
    BODY,
    ANSWER,
    TUNNEL,
    /** One or several requests have been answered. */
    ANSWERED
  }

  /** How it goes. */
  private enum Exit {
    END,
    RESET,
    SILENCE
  }

  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int UPLOAD_BYTES = 200_000;
  private static final String[] KINDS = {
    "quick", "large", "dribble", "upload", "early", "hang", "gone", "reset", "cut"
  };

  private final SplittableRandom random;
  private final InetSocketAddress server;
  private final SSLSocketFactory tls;
  private final boolean secure;
  private final boolean http2;
  private final Phase phase;
  private final Exit exit;
  private final String prefix;
  private final Socket plain = new Socket();
  private Socket socket = plain;

  /**
   * @param plainServer where the node takes connections without TLS
   * @param tlsServer and with it
   * @param tls believes the node
   */
  SoakClient(
      SplittableRandom random,
      InetSocketAddress plainServer,
      InetSocketAddress tlsServer,
      SSLSocketFactory tls) {
    this.random = random;
    this.secure = random.nextBoolean();
    this.server = secure ? tlsServer : plainServer;
    this.tls = tls;
    this.http2 = random.nextBoolean();
    this.phase = Phase.values()[random.nextInt(Phase.values().length)];
    this.exit = Exit.values()[random.nextInt(Exit.values().length)];
    this.prefix = random.nextInt(3) == 0 ? "/h2/" : "/";
  }

  Phase phase() {
    return phase;
  }

  /** Does it all; what the node answers to abuse is its matter. */
  void run() {
    try (plain) {
      plain.setSoTimeout(TIMEOUT_MILLIS);
      plain.setTcpNoDelay(true);
      plain.connect(server, TIMEOUT_MILLIS);
      comeAsFarAsItGets();
      goAway();
    } catch (IOException e) {
      // the node or its backend has broken it off
    }
  }

  private void comeAsFarAsItGets() throws IOException {
    if (phase == Phase.CONNECTED) {
      return;
    }
    if (phase == Phase.HELLO) {
      write(secure ? "\26\3\1\2\0\1\0\1" : http2 ? "PRI * HTT" : "GE");
      return;
    }
    if (secure) {
      handshake();
    }
    if (http2) {
      http2();
    } else {
      http1();
    }
  }

  private void handshake() throws IOException {
    var secured =
        (SSLSocket) tls.createSocket(plain, server.getHostString(), server.getPort(), false);
    var parameters = secured.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {http2 ? "h2" : "http/1.1"});
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    socket = secured;
  }

  private String path() {
    return prefix + KINDS[random.nextInt(KINDS.length)];
  }

  private void write(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  // HTTP/1.1

  private void http1() throws IOException {
    switch (phase) {
      case HEAD -> write("GET " + path() + " HTTP/1.1\r\nHost: soak.exa");
      case REQUEST -> write("GET " + path() + " HTTP/1.1\r\nHost: a\r\n\r\n");
      case BODY -> {
        write("POST " + path() + " HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
        socket.getOutputStream().write(new byte[random.nextInt(UPLOAD_BYTES)]);
      }
      case ANSWER -> {
        write("GET " + prefix + "large HTTP/1.1\r\nHost: a\r\n\r\n");
        socket.getInputStream().readNBytes(random.nextInt(SoakBackend.LARGE_BYTES));
      }
      case TUNNEL -> {
        write(
            "GET /ws HTTP/1.1\r\n"
                + "Host: a\r\n"
                + "Connection: Upgrade\r\n"
                + "Upgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        socket.getInputStream().readNBytes(100);
        socket.getOutputStream().write(new byte[random.nextInt(100_000)]);
      }
      case ANSWERED -> {
        for (int i = random.nextInt(5); i >= 0; i--) {
          write("GET " + prefix + "quick HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        socket.getInputStream().read();
      }
      case CONNECTED, HELLO -> {}
    }
  }

  // HTTP/2

  private void http2() throws IOException {
    var client = new FrameClient(socket).begin();
    switch (phase) {
      case HEAD ->
          client.frame(
              Frame.HEADERS, 0, 1, FrameClient.section(FrameClient.request("GET", path())));
      case REQUEST -> {
        for (int i = 0; i <= random.nextInt(10); i++) {
          client.get(2 * i + 1, path());
        }
        if (random.nextBoolean()) {
          client.reset(1, 8);
        }
      }
      case BODY -> {
        client.post(1, path());
        client.data(1, false, "x".repeat(random.nextInt(16_384)));
      }
      case ANSWER -> {
        client.get(1, prefix + "large").get(3, prefix + "large");
        client.await(Frame.DATA);
        if (random.nextBoolean()) {
          client.windowUpdate(0, 1_000_000).windowUpdate(1, 1_000_000);
        }
        client.await(Frame.DATA);
      }
      case TUNNEL -> {
        client.headers(
            1,
            false,
            ":method",
            "CONNECT",
            ":protocol",
            "websocket",
            ":scheme",
            "https",
            ":authority",
            "a",
            ":path",
            "/ws",
            "sec-websocket-version",
            "13");
        client.data(1, false, "x".repeat(random.nextInt(10_000)));
        client.await(Frame.HEADERS);
      }
      case ANSWERED -> {
        for (int i = 0; i <= random.nextInt(5); i++) {
          client.get(2 * i + 1, prefix + "quick");
          client.await(f -> f.type() == Frame.DATA && f.endsStream());
        }
      }
      case CONNECTED, HELLO -> {}
    }
  }

  // Its end

  private void goAway() throws IOException {
    switch (exit) {
      case END -> socket.close();
      case RESET -> {
        plain.setSoLinger(true, 0);
        plain.close();
      }
      case SILENCE -> {
        // Whether it takes what still comes is up to chance; then the node has to end it.
        if (random.nextBoolean()) {
          socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        } else {
          awaitReset();
        }
      }
    }
  }

  /** Takes nothing until the connection is gone, which shows when something is sent on it. */
  private void awaitReset() throws IOException {
    long deadline = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
    while (System.nanoTime() < deadline) {
      java.util.concurrent.locks.LockSupport.parkNanos(200_000_000);
      plain.sendUrgentData(0); // fails once the other side has gone
    }
  }
}
