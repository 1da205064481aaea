package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.gatehouse.appliance.demo.DemoCertificate;
import io.gatehouse.testkit.product.Product;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real browser, over HTTP/2. */
class ChromiumTest {
  private static final int TOLD_SECONDS = 90;
  private static final Duration DEMO_STARTS = Duration.ofSeconds(60);
  private static final Pattern URL = Pattern.compile("URL +(https://\\S+)");
  private static final Pattern FILES = Pattern.compile("Files +(\\S+)");

  /** Opens a WebSocket in its own connection, and tells what has come back. */
  private static final String PAGE =
      """
      <!doctype html><title>chat</title>
      <script>
        const socket = new WebSocket("wss://" + location.host + "/ws", "echo");
        const sent = ["hello", "x".repeat(200000), "\\u00e9"];
        const page = performance.getEntriesByType("navigation")[0];
        const tell = text => fetch("/verdict", { method: "POST", body: text });
        let came = 0;
        socket.onopen = () => sent.forEach(text => socket.send(text));
        socket.onmessage = event => {
          if (event.data !== sent[came]) tell("wrong echo " + came);
          else if (++came === sent.length) socket.close(4001, "done");
        };
        socket.onclose = event =>
          tell(page.nextHopProtocol + ": " + came + " echoes, closed with " + event.code);
      </script>
      """;

  @TempDir private Path directory = Path.of("");

  @Test
  void loadsTheDemosPage() throws Exception {
    try (var demo = Product.start(List.of(), "demo", "--free-ports")) {
      var url = URL.matcher(demo.awaitLine(line -> URL.matcher(line).find(), DEMO_STARTS));
      var files = FILES.matcher(demo.awaitLine(line -> FILES.matcher(line).find(), DEMO_STARTS));
      assertThat(url.find() && files.find()).isTrue();
      var dom =
          Chromium.load(directory, url.group(1), certificate(Path.of(files.group(1), "demo.pem")));
      assertThat(dom)
          .contains("14 requests answered by 3 backends, all over h2<")
          .contains("by way of an L4 node");
      demo.signal("TERM");
      demo.awaitExit();
    }
  }

  @Test
  void opensAWebSocketInItsConnectionOfHttp2() throws Exception {
    var certificate =
        DemoCertificate.make(directory, "site", List.of("localhost"), List.of("127.0.0.1"));
    var verdict = new CompletableFuture<String>();
    var pages = pages(verdict);
    try (var echo = PythonProgram.start(directory, "websocket_echo.py", "websockets");
        var node =
            L7Node.start(
                directory,
                """
                listeners:
                  tls: { port: ${port:tls}, tls: { certificates: [site] } }
                certificates:
                  site: { chain: "%s", key: "%s" }
                routes:
                  - { name: chat, path: /ws, pool: chat, upgrade: websocket }
                  - { name: page, pool: pages }
                pools:
                  chat: { endpoints: ["127.0.0.1:%s"], healthCheck: off }
                  pages: { endpoints: ["127.0.0.1:%d"], healthCheck: off }
                """
                    .formatted(
                        certificate.chain(),
                        certificate.key(),
                        echo.line(),
                        pages.getAddress().getPort()))) {
      String url = "https://localhost:%d/".formatted(node.address("tls").getPort());
      try (var _ = Chromium.open(directory, url, certificate.certificate())) {
        assertThat(verdict.get(TOLD_SECONDS, TimeUnit.SECONDS))
            .isEqualTo("h2: 3 echoes, closed with 4001");
        node.awaitCount("tunnels_open", 0);
      }
      assertThat(node.count("tunnels_total")).isEqualTo(1);
      assertThat(Files.readString(node.accessLog()))
          .contains("\"upgrade\":\"websocket\"")
          .doesNotContain("HTTP/1.1");
    } finally {
      pages.stop(0);
    }
  }

  /** Answers with the page, and takes what it has to tell. */
  private static HttpServer pages(CompletableFuture<String> verdict) throws IOException {
    var pages = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    pages.createContext("/", exchange -> answer(exchange, PAGE));
    pages.createContext(
        "/verdict",
        exchange -> {
          verdict.complete(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          answer(exchange, "");
        });
    pages.start();
    return pages;
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
      exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static X509Certificate certificate(Path pem)
      throws IOException, java.security.cert.CertificateException {
    try (var in = Files.newInputStream(pem)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }
}
