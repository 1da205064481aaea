package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.Verdict;
import io.gatehouse.l7.PoolConfig.Http2;
import io.gatehouse.l7.PoolConfig.Lifetime;
import io.gatehouse.l7.PoolConfig.Protocol;
import io.gatehouse.l7.PoolConfig.TlsVersion;
import io.gatehouse.testkit.peer.Peer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** HTTP/2 to backends that others wrote: nginx and HAProxy. */
class Http2PeersTest {
  private final TestCertificates certificates;

  Http2PeersTest(@TempDir Path directory) {
    this.certificates = new TestCertificates(directory);
  }

  private static PoolConfig.Connections speaking(Protocol protocol, PoolConfig.@Nullable Tls tls) {
    return new PoolConfig.Connections(protocol, tls, Http2.DEFAULT, Lifetime.DEFAULT);
  }

  private static String nginx(String listen, String more) {
    return """
    events {}
    http {
      ${temp_paths}
      client_max_body_size 0;
      server {
        listen 127.0.0.1:${port:web} %s;
        %s
        location / { return 200 "$server_protocol $request_method $host $request_uri"; }
      }
    }
    """
        .formatted(listen, more);
  }

  @OnEachTransport
  void speaksInTheClearToNginx(TierFixture fixture) throws Exception {
    try (var nginx = Peer.nginx(nginx("http2", ""))) {
      fixture.connections = speaking(Protocol.H2C, null);
      fixture.endpoint("nginx", nginx.address("web"), Verdict.UP);
      fixture.start();
      try (var client = fixture.connect()) {
        assertThat(client.get("/a?b=c").text()).isEqualTo("HTTP/2.0 GET example.test /a?b=c");
        client.send("HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.responseTo("HEAD").status()).isEqualTo(200);
        assertThat(client.get("/again").text()).isEqualTo("HTTP/2.0 GET example.test /again");
      }
    }
  }

  @OnEachTransport
  void followsNginxThroughItsGoaways(TierFixture fixture) throws Exception {
    try (var nginx = Peer.nginx(nginx("http2", "keepalive_requests 7;"))) {
      fixture.connections = speaking(Protocol.H2C, null);
      fixture.endpoint("nginx", nginx.address("web"), Verdict.UP);
      fixture.start();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var results = new java.util.ArrayList<Future<Integer>>();
        for (int t = 0; t < 8; t++) {
          results.add(
              threads.submit(
                  () -> {
                    int good = 0;
                    try (var client = fixture.connect()) {
                      for (int i = 0; i < 50; i++) {
                        good += client.get("/").status() == 200 ? 1 : 0;
                      }
                    }
                    return good;
                  }));
        }
        for (var result : results) {
          assertThat(result.get(30, SECONDS)).isEqualTo(50);
        }
      }
      assertThat(fixture.count(L7Counter.UPSTREAM_GOAWAY)).isPositive();
    }
  }

  @OnEachTransport
  void carriesLargeBodiesBothWaysThroughHaproxy(TierFixture fixture) throws Exception {
    var echo = RawBackend.answering(request -> RawBackend.ok(request.text()));
    try (echo;
        var haproxy =
            Peer.haproxy(
                """
                defaults
                  mode http
                  timeout client 10s
                  timeout server 10s
                  timeout connect 1s
                frontend front
                  bind 127.0.0.1:${port:front} proto h2
                  default_backend back
                backend back
                  server one 127.0.0.1:%d
                """
                    .formatted(echo.address().getPort()))) {
      fixture.connections = speaking(Protocol.H2C, null);
      fixture.endpoint("haproxy", haproxy.address("front"), Verdict.UP);
      fixture.start();
      var random = new SplittableRandom(7);
      for (int size : new int[] {1, 1_000, 65_535, 65_536, 300_000, 3_000_000}) {
        var body = new StringBuilder(size);
        for (int i = 0; i < size; i++) {
          body.append((char) random.nextInt('a', 'z' + 1));
        }
        assertThat(echoed(fixture, body.toString())).isEqualTo(body.toString());
      }
    }
  }

  private static String echoed(TierFixture fixture, String body) throws Exception {
    try (var client = fixture.connect();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var sending =
          threads.submit(
              () ->
                  client.send(
                      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
                          .formatted(body.length(), body)));
      String text = client.response().text();
      sending.get(10, SECONDS);
      return text;
    }
  }

  @OnEachTransport
  void takesHttp2WhereNginxChoosesIt(TierFixture fixture) throws Exception {
    assertThat(overTls(fixture, Protocol.AUTO, "ssl http2")).isEqualTo("HTTP/2.0 GET a.test /");
  }

  @OnEachTransport
  void takesHttp1WhereNginxChoosesIt(TierFixture fixture) throws Exception {
    assertThat(overTls(fixture, Protocol.AUTO, "ssl")).isEqualTo("HTTP/1.1 GET a.test /");
  }

  @OnEachTransport
  void insistsOnHttp2WhereItIsToldTo(TierFixture fixture) throws Exception {
    assertThat(overTls(fixture, Protocol.H2, "ssl http2")).isEqualTo("HTTP/2.0 GET a.test /");
  }

  @OnEachTransport
  void refusesABackendWithoutHttp2WhereItInsists(TierFixture fixture) throws Exception {
    overTls(fixture, Protocol.H2, "ssl");
    assertThat(fixture.recordings.next().reason()).isEqualTo("upstream_tls_failed");
  }

  private String overTls(TierFixture fixture, Protocol protocol, String listen) throws Exception {
    var issued = certificates.issue("backend", "app.internal");
    var certificate = issued.certificate();
    String files =
        "ssl_certificate %s; ssl_certificate_key %s;"
            .formatted(certificate.chain(), certificate.key());
    try (var nginx = Peer.nginx(nginx(listen, files))) {
      fixture.connections =
          speaking(
              protocol,
              new PoolConfig.Tls(
                  true, "app.internal", issued.authority(), null, TlsVersion.TLS_1_2));
      fixture.endpoint("nginx", nginx.address("web"), Verdict.UP);
      fixture.start();
      String text = "";
      try (var client = fixture.connect()) {
        for (int i = 0; i < 3; i++) {
          text = client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").response().text();
        }
      }
      if (fixture.count(L7Counter.UPSTREAM_TLS_FAILED) == 0) {
        assertThat(fixture.count(L7Counter.UPSTREAM_CONNECTIONS)).isEqualTo(1);
      }
      return text;
    }
  }
}
