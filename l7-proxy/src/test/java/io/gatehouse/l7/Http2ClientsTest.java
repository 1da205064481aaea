package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/2 with programs that others wrote: curl, nghttp, h2load and the JDK's client. */
class Http2ClientsTest {
  private final Path directory;
  private final TestCertificates certificates;

  Http2ClientsTest(@TempDir Path directory) {
    this.directory = directory;
    this.certificates = new TestCertificates(directory);
  }

  private void secured(TierFixture fixture) throws Exception {
    fixture.tls =
        new ListenerConfig.Tls(
            List.of(certificates.make("default", "default.test")), SECONDS.toNanos(10));
    fixture.http2 = Http2Config.DEFAULT;
  }

  private static void plain(TierFixture fixture) {
    fixture.http2 = Http2Config.DEFAULT;
  }

  @OnEachTransport
  void curlChoosesHttp2ByAlpn(TierFixture fixture) throws Exception {
    secured(fixture);
    fixture.backend(RawBackend.answering(r -> RawBackend.ok(r.head())));
    fixture.start();
    String url = "https://127.0.0.1:" + fixture.address().getPort() + "/";
    assertThat(run("curl", "-sSk", "--http2", "-w", "%{http_version}", url))
        .contains("GET / HTTP/1.1", "x-forwarded-proto: https")
        .endsWith("2");
    assertThat(run("curl", "-sSk", "--http1.1", "-w", "%{http_version}", url)).endsWith("1.1");
    assertThat(fixture.recordings.next().protocol()).isEqualTo("HTTP/2.0");
  }

  @OnEachTransport
  void curlUploadsAndDownloads(TierFixture fixture) throws Exception {
    secured(fixture);
    fixture.backend(RawBackend.answering(r -> RawBackend.ok(r.text())));
    fixture.start();
    var body = new byte[5 << 20];
    new SplittableRandom(1).nextBytes(body);
    var file = Files.write(directory.resolve("body"), body);
    var back = directory.resolve("back");
    String url = "https://127.0.0.1:" + fixture.address().getPort() + "/";
    run("curl", "-sSk", "--http2", "--data-binary", "@" + file, "-o", back.toString(), url);
    assertThat(Files.readAllBytes(back)).isEqualTo(body);
  }

  @OnEachTransport
  void curlKnowsBeforehand(TierFixture fixture) throws Exception {
    plain(fixture);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    String url = "http://127.0.0.1:" + fixture.address().getPort() + "/";
    assertThat(run("curl", "-sS", "--http2-prior-knowledge", "-w", "%{http_version}", url))
        .isEqualTo("hi2");
    // An upgrade from HTTP/1.1 is not taken (RFC 9113 has none), and does no harm.
    assertThat(run("curl", "-sS", "--http2", "-w", "%{http_version}", url)).isEqualTo("hi1.1");
  }

  @OnEachTransport
  void nghttpAsksForManyThingsAtOnce(TierFixture fixture) throws Exception {
    secured(fixture);
    fixture.backend(RawBackend.saying("x".repeat(100_000)));
    fixture.start();
    var command = new ArrayList<>(List.of("nghttp", "-ns", "-w", "14", "-m", "20"));
    command.add("https://127.0.0.1:" + fixture.address().getPort() + "/");
    String statistics = run(command.toArray(String[]::new));
    assertThat(statistics).contains(" 200 ").doesNotContain("ERROR");
    for (int i = 0; i < 20; i++) {
      assertThat(fixture.recordings.next().responseBodyBytes()).isEqualTo(100_000);
    }
  }

  @OnEachTransport
  void h2loadLosesNoRequest(TierFixture fixture) throws Exception {
    secured(fixture);
    fixture.loops = 2;
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    String url = "https://127.0.0.1:" + fixture.address().getPort() + "/";
    assertThat(run("h2load", "-c", "10", "-m", "20", "-n", "5000", url))
        .contains("5000 succeeded, 0 failed, 0 errored")
        .contains("5000 2xx");
  }

  @OnEachTransport
  void theJdksClientSpeaksIt(TierFixture fixture) throws Exception {
    plain(fixture);
    fixture.backend(RawBackend.answering(r -> RawBackend.ok(r.startLine() + r.text())));
    fixture.start();
    var base = "http://127.0.0.1:" + fixture.address().getPort();
    try (var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      // Without TLS it asks for an upgrade and goes on with HTTP/1.1.
      var answer = client.send(request(base + "/a", "x"), HttpResponse.BodyHandlers.ofString());
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(answer.body()).isEqualTo("POST /a HTTP/1.1x");
    }
  }

  @OnEachTransport
  void theJdksClientSpeaksItOverTls(TierFixture fixture) throws Exception {
    secured(fixture);
    fixture.backend(RawBackend.answering(r -> RawBackend.ok(r.startLine() + r.text())));
    fixture.start();
    var base = "https://127.0.0.1:" + fixture.address().getPort();
    try (var client = trustingClient()) {
      var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
      for (int i = 0; i < 50; i++) {
        answers.add(
            client.sendAsync(
                request(base + "/" + i, "body" + i), HttpResponse.BodyHandlers.ofString()));
      }
      for (int i = 0; i < 50; i++) {
        var answer = answers.get(i).get(10, SECONDS);
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(answer.body()).isEqualTo("POST /" + i + " HTTP/1.1body" + i);
      }
    }
  }

  private static HttpRequest request(String url, String body) {
    return HttpRequest.newBuilder(URI.create(url))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static HttpClient trustingClient() throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustingAll()}, null);
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(context).build();
  }

  private static String run(String... command) throws Exception {
    assumeTrue(isInstalled(command[0]), command[0] + " is not installed");
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, SECONDS)).isTrue();
    return output;
  }

  private static boolean isInstalled(String program) {
    for (String folder : System.getenv("PATH").split(":")) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  /** The engine's form, so that no name is compared either. */
  private static final class TrustingAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
