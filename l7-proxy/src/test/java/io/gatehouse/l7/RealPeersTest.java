package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.health.Verdict;
import io.gatehouse.testkit.peer.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;

/** The tier between programs that others wrote: curl in front, nginx and HAProxy behind. */
class RealPeersTest {
  private final Path directory;

  RealPeersTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @OnEachTransport
  void carriesFilesFromNginxToCurl(TierFixture fixture) throws Exception {
    try (var nginx =
        Peer.nginx(
            """
            events {}
            http {
              ${temp_paths}
              server {
                listen 127.0.0.1:${port:web};
                location /hello { return 200 "hello from nginx"; }
                location /seen {
                  return 200 "$http_x_forwarded_for|$http_x_forwarded_proto|$http_host";
                }
              }
            }
            """)) {
      fixture.endpoint("nginx", nginx.address("web"), Verdict.UP);
      fixture.start();
      assertThat(curl(fixture, "/hello")).isEqualTo("hello from nginx");
      assertThat(curl(fixture, "/seen", "-H", "X-Forwarded-For: 6.6.6.6", "-H", "Host: a.test"))
          .isEqualTo("127.0.0.1|http|a.test");
      assertThat(curl(fixture, "/hello", "-0")).isEqualTo("hello from nginx");
      assertThat(curl(fixture, "/hello", "-I")).contains("200 OK").contains("content-length: 16");
    }
  }

  @OnEachTransport
  void uploadsWithCurlAndExpectation(TierFixture fixture) throws Exception {
    var body = new byte[3 << 20];
    new SplittableRandom(1).nextBytes(body);
    var file = Files.write(directory.resolve("body"), body);
    fixture.backend(
        new RawBackend(
            connection -> {
              while (true) {
                String head = connection.requestHead();
                int length = Integer.parseInt(HttpMessage.field(head, "content-length").get());
                if (HttpMessage.field(head, "expect").isPresent()) {
                  connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                }
                connection.send(RawBackend.ok(sha256(connection.in().readNBytes(length))));
              }
            }));
    fixture.start();
    assertThat(
            curl(
                fixture,
                "/",
                "-H",
                "Expect: 100-continue",
                "--data-binary",
                "@" + file,
                "--expect100-timeout",
                "20"))
        .isEqualTo(sha256(body));
  }

  @OnEachTransport
  void carriesRequestsThroughHaproxy(TierFixture fixture) throws Exception {
    var backend = fixture.backend(RawBackend.answering(r -> RawBackend.ok(r.startLine())));
    try (var haproxy =
        Peer.haproxy(
            """
            defaults
              mode http
              timeout client 5s
              timeout server 5s
              timeout connect 1s
            frontend front
              bind 127.0.0.1:${port:front}
              default_backend back
            backend back
              server one 127.0.0.1:%d
            """
                .formatted(backend.address().getPort()))) {
      fixture.endpoint("b1", haproxy.address("front"), Verdict.UP);
      fixture.start();
      try (var client = fixture.connect()) {
        for (int i = 0; i < 20; i++) {
          assertThat(client.get("/" + i).text()).isEqualTo("GET /" + i + " HTTP/1.1");
        }
      }
    }
  }

  private String curl(TierFixture fixture, String path, String... options) throws Exception {
    assumeTrue(isInstalled("curl"), "curl is not installed");
    var command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20"));
    Collections.addAll(command, options);
    command.add("http://127.0.0.1:" + fixture.address().getPort() + path);
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(25, SECONDS)).isTrue();
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

  private static String sha256(byte[] bytes) throws IOException {
    try {
      return java.util.HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IOException(e);
    }
  }
}
