package io.gatehouse.appliance.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A client of the demo with an address of its own, which trusts the demo's certificate only. */
final class DemoClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final InetAddress source;
  private final SSLContext tls;
  private final HttpClient keepAlive;

  DemoClient(DemoCertificate certificate) throws IOException {
    source = InetAddress.getByName(DemoTopology.CLIENT_ADDRESS);
    tls = trusting(certificate);
    keepAlive =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .localAddress(source)
            .sslContext(tls)
            .connectTimeout(TIMEOUT)
            .build();
  }

  private static SSLContext trusting(DemoCertificate certificate) throws IOException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry("demo", certificate.certificate());
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot trust the demo's certificate: " + e.getMessage(), e);
    }
  }

  /** GET on a connection that is kept, with an X-Forwarded-For that must not be believed. */
  HttpResponse<byte[]> get(InetSocketAddress entry, String target)
      throws IOException, InterruptedException {
    return keepAlive.send(
        request(entry, target).header("X-Forwarded-For", "192.0.2.66").build(),
        BodyHandlers.ofByteArray());
  }

  /** POST on a connection that is kept; without a Content-Length if {@code chunked}. */
  HttpResponse<byte[]> post(InetSocketAddress entry, String target, byte[] body, boolean chunked)
      throws IOException, InterruptedException {
    BodyPublisher publisher =
        chunked
            ? BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body))
            : BodyPublishers.ofByteArray(body);
    return keepAlive.send(
        request(entry, target).POST(publisher).build(), BodyHandlers.ofByteArray());
  }

  private static HttpRequest.Builder request(InetSocketAddress entry, String target) {
    var uri = "https://%s:%d%s".formatted(entry.getHostString(), entry.getPort(), target);
    return HttpRequest.newBuilder(URI.create(uri)).timeout(TIMEOUT);
  }

  /** GET on a new connection; the status line, or what went wrong. */
  String getOnNewConnection(InetSocketAddress entry, String target) {
    try (Socket socket = connect(entry);
        var secure =
            (SSLSocket)
                tls.getSocketFactory()
                    .createSocket(socket, entry.getHostString(), entry.getPort(), true)) {
      String request =
          "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".formatted(target);
      secure.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(secure.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return answer.lines().findFirst().orElse("closed without an answer");
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Sends bytes on a new plain connection; what came back until it was closed. */
  byte[] sendRaw(InetSocketAddress address, byte[] bytes, Duration timeout) throws IOException {
    try (Socket socket = connect(address)) {
      socket.setSoTimeout((int) timeout.toMillis());
      socket.getOutputStream().write(bytes);
      return socket.getInputStream().readAllBytes();
    }
  }

  private Socket connect(InetSocketAddress address) throws IOException {
    var socket = new Socket();
    try {
      socket.bind(new InetSocketAddress(source, 0));
      socket.setSoTimeout((int) TIMEOUT.toMillis());
      socket.connect(address, (int) TIMEOUT.toMillis());
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** The bytes that {@code /bytes} answers. */
  static byte[] seeded(int length, long seed) {
    var out = new ByteArrayOutputStream(length);
    writeSeeded(out, length, seed);
    return out.toByteArray();
  }

  private static void writeSeeded(OutputStream out, int length, long seed) {
    try {
      DemoBackend.writeSeeded(out, length, seed);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
  }

  @Override
  public void close() {
    keepAlive.shutdownNow();
  }
}
