package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.Probe.BodyRule;
import io.gatehouse.health.Probe.Healthy;
import io.gatehouse.health.Probe.Request;
import io.gatehouse.health.Probe.Statuses;
import io.gatehouse.health.Probe.Version;
import io.gatehouse.testkit.peer.Peer;
import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Probes beyond TCP and the status line, against scripted servers, nginx and grpc-java. */
@Timeout(60)
class ProbeKindsTest {
  @TempDir private Path folder;

  private final Transport transport = Transport.choose(Transport.Choice.AUTO);
  private final EventLoopGroup group = transport.eventLoops("health", 1);
  private final EventLoop loop = group.next();
  private final LoopCounters<HealthCounter> counters = new LoopCounters<>(HealthCounter.class, 1);

  @AfterEach
  void stop() {
    group.shutdownGracefully(0, 5, SECONDS).syncUninterruptibly();
  }

  private ProbeResult probe(InetSocketAddress address, Probe probe) throws Exception {
    var result = new CompletableFuture<ProbeResult>();
    var check = new HealthCheck(probe, SECONDS.toNanos(1), 0, SECONDS.toNanos(20), 1, 1, false);
    loop.execute(
        () ->
            new Prober(transport, loop, counters.shard(0), Prober::plainLocalHeader, 8)
                .probe(address, check, result::complete));
    return result.get(30, SECONDS);
  }

  private static Probe.Http http(
      Version version, Healthy healthy, boolean report, @Nullable ProbeTls tls) {
    return new Probe.Http(
        version,
        new Request("GET", "/healthz", "app.test", List.of(new Probe.Header("X-Probe", "yes"))),
        healthy,
        report,
        tls);
  }

  private static Healthy body(BodyRule rule, int maxBytes) {
    return new Healthy(List.of(new Statuses(200, 299)), rule, Probe.ANY_LATENCY, maxBytes);
  }

  private static Healthy any() {
    return body(new BodyRule.Any(), 1024);
  }

  private static String words(ProbeResult result) {
    return switch (result) {
      case ProbeResult.Passed passed -> passed.detail();
      case ProbeResult.Failed failed -> failed.counter() + " " + failed.cause();
      case ProbeResult.Inconclusive inconclusive -> inconclusive.cause();
    };
  }

  @Test
  void readsTheBodyWhateverItsFraming() throws Exception {
    for (String answer :
        List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nstate: ready!\n",
            "HTTP/1.1 200 OK\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
                + "8\r\n"
                + "state: r\r\n"
                + "6\r\n"
                + "eady!\n\r\n"
                + "0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nstate: ready!\n")) {
      try (var server = ScriptedServer.answering(answer)) {
        var contains = http(Version.HTTP_1, body(new BodyRule.Contains("ready"), 64), false, null);
        assertThat(words(probe(server.address(), contains))).isEqualTo("HTTP 200");
        assertThat(server.nextHead()).contains("Host: app.test\r\n").contains("X-Probe: yes\r\n");
        var matches =
            http(Version.HTTP_1, body(BodyRule.Matches.of("state: (up|on)"), 64), false, null);
        assertThat(words(probe(server.address(), matches)))
            .isEqualTo("FAILED_BODY the body does not match 'state: (up|on)'");
        var bounded = http(Version.HTTP_1, body(new BodyRule.Contains("ready"), 8), false, null);
        assertThat(words(probe(server.address(), bounded)))
            .isEqualTo("FAILED_BODY the body lacks 'ready'");
      }
    }
  }

  @Test
  void tellsAnswersThatAreNone() throws Exception {
    var contains = http(Version.HTTP_1, body(new BodyRule.Contains("ready"), 64), false, null);
    try (var server = ScriptedServer.answering("SSH-2.0-OpenSSH_9.2\r\n\r\n")) {
      assertThat(words(probe(server.address(), contains)))
          .isEqualTo("FAILED_BAD_ANSWER the answer is not HTTP/1");
    }
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nre")) {
      assertThat(words(probe(server.address(), contains)))
          .isEqualTo("FAILED_CLOSED closed within the answer");
    }
    try (var server = ScriptedServer.answering("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")) {
      assertThat(words(probe(server.address(), contains)))
          .isEqualTo("FAILED_STATUS HTTP 503 (expected 200-299)");
    }
  }

  @Test
  void anAnswerThatIsTooLateHasFailed() throws Exception {
    var quick =
        new Healthy(
            List.of(new Statuses(200, 299)), new BodyRule.Any(), MILLISECONDS.toNanos(1), 64);
    try (var server =
        new ScriptedServer(
            connection -> {
              connection.setSoTimeout(20); // the wait of the script: nothing more comes
              try {
                connection.getInputStream().readNBytes(100_000);
              } catch (IOException e) {
                // as expected
              }
              connection
                  .getOutputStream()
                  .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(UTF_8));
            })) {
      assertThat(words(probe(server.address(), http(Version.HTTP_1, quick, false, null))))
          .isEqualTo("FAILED_SLOW slower than 1 ms");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                            | 100 | false |",
        "{\"weight\": 50}                              |  50 | false |",
        "{\"weight\": 0.2, \"drain\": false}           |   1 | false |",
        "{\"drain\": true, \"x\": {\"weight\": [1,2]}} | 100 | true  |",
        "{\"degraded\": true}                          | 100 | false | it says so",
        "{\"degraded\": \"slow disk\", \"weight\": 10} |  10 | false | slow disk",
      })
  void takesWhatAnEndpointSaysOfItself(
      String json, int weight, boolean drain, @Nullable String degraded) throws Exception {
    assertThat(deep(json))
        .isEqualTo(
            new ProbeResult.Passed(
                "HTTP 200", new Report(weight, drain, degraded == null ? "" : degraded)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]                    | the body is no JSON object",
        "ok                    | the body is no JSON object within bounds",
        "{\"weight\": 101}     | weight is no number from 0 to 100",
        "{\"weight\": \"x\"}   | weight is no number from 0 to 100",
        "{\"drain\": 1}        | drain is neither true nor false",
        "{\"weight\": 1        | the body is no JSON object within bounds",
        "{} {}                 | the body goes on after its JSON object",
      })
  void refusesAReportThatIsNone(String json, String cause) throws Exception {
    assertThat(words(deep(json))).isEqualTo("FAILED_BODY " + cause);
  }

  @Test
  void boundsTheDepthAndTheLengthOfAReport() throws Exception {
    assertThat(words(deep("{\"x\":" + "[".repeat(40) + "]".repeat(40) + "}")))
        .isEqualTo("FAILED_BODY the body is no JSON object within bounds");
    assertThat(words(deep("{\"x\":\"" + "y".repeat(2000) + "\"}")))
        .isEqualTo("FAILED_BODY the body exceeds 1024 bytes");
  }

  private ProbeResult deep(String json) throws Exception {
    try (var server =
        ScriptedServer.answering(
            "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(json.length(), json))) {
      return probe(server.address(), http(Version.HTTP_1, any(), true, null));
    }
  }

  @Test
  void speaksTlsAndHttp2ToNginx() throws Exception {
    var good = TestCertificate.make(folder, "good", Duration.ofDays(1));
    var old = TestCertificate.make(folder, "old", Duration.ofDays(-1));
    try (var nginx =
        Peer.nginx(
            """
            events {}
            http {
              ${temp_paths}
              access_log off;
              server {
                listen 127.0.0.1:${port:tls} ssl http2;
                ssl_certificate %s; ssl_certificate_key %s;
                location / { return 200 "ready by $server_protocol $ssl_server_name"; }
              }
              server {
                listen 127.0.0.1:${port:old} ssl;
                ssl_certificate %s; ssl_certificate_key %s;
                location / { return 200 "ready"; }
              }
              server {
                listen 127.0.0.1:${port:h2c} http2;
                location / { return 200 "ready by $server_protocol"; }
              }
            }
            """
                .formatted(good.chain(), good.key(), old.chain(), old.key()))) {
      var tls = nginx.address("tls");
      var trusted = new ProbeTls(true, "app.test", good.chain(), null);
      assertThat(words(probe(tls, new Probe.Tls(trusted)))).isEqualTo("TLS handshake");
      assertThat(words(probe(tls, new Probe.Tls(ProbeTls.UNVERIFIED)))).isEqualTo("TLS handshake");
      assertThat(words(probe(tls, new Probe.Tls(new ProbeTls(true, "other", good.chain(), null)))))
          .startsWith("FAILED_TLS TLS: the certificate is not trusted");
      assertThat(words(probe(tls, new Probe.Tls(new ProbeTls(true, "app.test", null, null)))))
          .startsWith("FAILED_TLS TLS: the certificate is not trusted");
      assertThat(words(probe(nginx.address("h2c"), new Probe.Tls(trusted))))
          .startsWith("FAILED_TLS");
      var expired = new ProbeTls(true, "app.test", old.chain(), null);
      assertThat(words(probe(nginx.address("old"), new Probe.Tls(expired))))
          .isEqualTo("FAILED_TLS TLS: the certificate has expired");

      var h1 = body(new BodyRule.Contains("ready by HTTP/1.1 app.test"), 1024);
      assertThat(words(probe(tls, http(Version.HTTP_1, h1, false, trusted)))).isEqualTo("HTTP 200");
      var h2 = body(new BodyRule.Contains("ready by HTTP/2.0 app.test"), 1024);
      assertThat(words(probe(tls, http(Version.HTTP_2, h2, false, trusted)))).isEqualTo("HTTP 200");
      var h2c = body(new BodyRule.Contains("ready by HTTP/2.0"), 1024);
      assertThat(words(probe(nginx.address("h2c"), http(Version.HTTP_2, h2c, false, null))))
          .isEqualTo("HTTP 200");
      assertThat(
              words(
                  probe(
                      nginx.address("old"),
                      http(
                          Version.HTTP_2, h2, false, new ProbeTls(false, "app.test", null, null)))))
          .isEqualTo("FAILED_TLS TLS: none of the protocols offered by ALPN is spoken");
      assertThat(
              words(
                  probe(
                      nginx.address("h2c"),
                      http(Version.HTTP_2, Healthy.status(300, 399), false, null))))
          .isEqualTo("FAILED_STATUS HTTP 200 (expected 300-399)");
    }
  }

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  /** The health service: the status is told by the name of the service that is asked about. */
  @Test
  void asksGrpcJavaForItsHealth() throws Exception {
    var method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodType.UNARY)
            .setFullMethodName("grpc.health.v1.Health/Check")
            .setRequestMarshaller(BYTES)
            .setResponseMarshaller(BYTES)
            .build();
    var service =
        ServerServiceDefinition.builder("grpc.health.v1.Health")
            .addMethod(
                method,
                ServerCalls.asyncUnaryCall(
                    (request, observer) -> {
                      // field 1, a string; an empty request asks about the server
                      String asked =
                          request.length == 0 ? "" : new String(request, 2, request[1], UTF_8);
                      switch (asked) {
                        case "" -> observer.onNext(new byte[] {8, 1});
                        case "app.Busy" -> observer.onNext(new byte[] {8, 2});
                        case "app.New" -> observer.onNext(new byte[] {});
                        default -> {
                          observer.onError(Status.NOT_FOUND.asRuntimeException());
                          return;
                        }
                      }
                      observer.onCompleted();
                    }))
            .build();
    var server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(service)
            .build()
            .start();
    try {
      var address = (InetSocketAddress) server.getListenSockets().getFirst();
      assertThat(words(probe(address, new Probe.Grpc("", "", null)))).isEqualTo("gRPC SERVING");
      assertThat(words(probe(address, new Probe.Grpc("app.Busy", "", null))))
          .isEqualTo("FAILED_NOT_SERVING gRPC NOT_SERVING");
      assertThat(words(probe(address, new Probe.Grpc("app.New", "", null))))
          .isEqualTo("FAILED_NOT_SERVING gRPC UNKNOWN");
      assertThat(words(probe(address, new Probe.Grpc("app.None", "", null))))
          .isEqualTo("FAILED_NOT_SERVING grpc-status 5");
    } finally {
      server.shutdownNow().awaitTermination();
    }
  }

  @Test
  void encodesServicesOfAnyLength() {
    assertThat(GrpcHealth.request("")).containsExactly(0, 0, 0, 0, 0);
    assertThat(GrpcHealth.request("ab")).containsExactly(0, 0, 0, 0, 4, 10, 2, 'a', 'b');
    assertThat(GrpcHealth.request("x".repeat(200))).hasSize(5 + 3 + 200).startsWith(0, 0, 0, 0);
    assertThat(GrpcHealth.status(new byte[] {0, 0, 0, 0, 2, 8, 1})).isEqualTo("SERVING");
    assertThat(GrpcHealth.status(new byte[] {0, 0, 0, 0, 9, 8, 1}))
        .isEqualTo("a message of another length");
    assertThat(GrpcHealth.status(new byte[] {0, 0, 0, 0, 2, 8, -1}))
        .isEqualTo("a message cut short");
  }
}
