package io.gatehouse.proxyprotocol;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;

/**
 * A server behind a proxy that reads the header of each connection and then one word. It never asks
 * its socket for more bytes than the decoder says are missing, so a decoder that asks for too many
 * would swallow the word or wait for ever.
 *
 * <p>One thread accepts and reads, one connection after the other; the test's thread takes from the
 * queue.
 */
final class HeaderServer implements AutoCloseable {
  private static final byte[] WORD = "word".getBytes(StandardCharsets.US_ASCII);
  private static final int TIMEOUT_MILLIS = 10_000;

  private final ServerSocket server;
  private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();

  HeaderServer() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    Thread.ofPlatform().daemon().name("header-server").start(this::acceptAll);
  }

  private record Received(ProxyHeader header, boolean withWord) {}

  int port() {
    return server.getLocalPort();
  }

  /** Sends the word over the client's connection and returns the header that came before it. */
  ProxyHeader headerOf(Socket client) throws Exception {
    client.getOutputStream().write(WORD);
    client.getOutputStream().flush();
    return next(Received::withWord);
  }

  /** The next header that is as wanted. */
  ProxyHeader nextHeader(Predicate<ProxyHeader> wanted) throws Exception {
    return next(connection -> wanted.test(connection.header));
  }

  private ProxyHeader next(Predicate<Received> wanted) throws Exception {
    while (true) {
      // Connections of readiness probes and health checks come in between.
      var next = received.poll(TIMEOUT_MILLIS / 1000, SECONDS);
      if (next == null) {
        throw new AssertionError("no such header in time");
      }
      if (wanted.test(next)) {
        return next.header;
      }
    }
  }

  private void acceptAll() {
    while (!server.isClosed()) {
      try (var socket = server.accept()) {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        var header = readHeader(socket.getInputStream());
        received.add(new Received(header, hasWord(socket.getInputStream())));
      } catch (IOException e) {
        // A connection without a whole header counts for nothing: the test waits for the next.
      }
    }
  }

  private static boolean hasWord(InputStream in) {
    try {
      return Arrays.equals(in.readNBytes(WORD.length), WORD);
    } catch (IOException e) {
      return false; // a health check ends with a reset
    }
  }

  private static ProxyHeader readHeader(InputStream in) throws IOException {
    var decoder = new ProxyHeaderDecoder();
    var gathered = Unpooled.buffer();
    while (true) {
      switch (decoder.decode(gathered)) {
        case Decoding.Complete(var header, var length) -> {
          return header;
        }
        case Decoding.NeedMore(int missing) -> {
          var bytes = in.readNBytes(missing);
          if (bytes.length < missing) {
            throw new IOException("closed within the header");
          }
          gathered.writeBytes(bytes);
        }
        case Decoding.Rejected rejected -> throw new IOException(rejected.toString());
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
