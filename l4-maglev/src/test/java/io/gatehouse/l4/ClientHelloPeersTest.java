package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.l4.ClientHello.Hello;
import io.gatehouse.l4.ClientHello.NeedMore;
import io.gatehouse.testkit.ChildProcess;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The hellos of clients that are in use, from their own programs. */
class ClientHelloPeersTest {
  private static final int WAIT_MILLIS = (int) SECONDS.toMillis(20);

  @Test
  void readsWhatOpensslSends() throws Exception {
    assertThat(
            hello(
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:PORT",
                "-servername",
                "App.example.com",
                "-alpn",
                "h2,http/1.1"))
        .isEqualTo(new Hello("app.example.com", List.of("h2", "http/1.1")));
  }

  @Test
  void readsWhatOpensslSendsForTls12WithoutAName() throws Exception {
    assertThat(
            hello("openssl", "s_client", "-connect", "127.0.0.1:PORT", "-tls1_2", "-noservername"))
        .isEqualTo(new Hello(null, List.of()));
  }

  @Test
  void readsWhatCurlSends() throws Exception {
    var hello =
        hello(
            "curl",
            "--silent",
            "--insecure",
            "--http1.1",
            "--resolve",
            "app.example.com:PORT:127.0.0.1",
            "https://app.example.com:PORT/");
    assertThat(hello).isEqualTo(new Hello("app.example.com", List.of("http/1.1")));
  }

  private static ClientHello.Result hello(String... command) throws IOException {
    assumeTrue(isInstalled(command[0]), command[0] + " is not installed");
    try (var server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      server.setSoTimeout(WAIT_MILLIS);
      String port = String.valueOf(server.getLocalPort());
      var builder =
          new ProcessBuilder(Stream.of(command).map(w -> w.replace("PORT", port)).toList())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD);
      try (var client = ChildProcess.start(builder);
          var accepted = server.accept()) {
        assertThat(client.process().pid()).isPositive();
        accepted.setSoTimeout(WAIT_MILLIS);
        var stream = new byte[ClientHello.MAX_BYTES];
        int length = 0;
        ClientHello.Result result;
        do {
          int read = accepted.getInputStream().read(stream, length, stream.length - length);
          assertThat(read).as("bytes after %d", length).isPositive();
          length += read;
          result = ClientHello.parse(ByteBuffer.wrap(stream, 0, length));
        } while (result instanceof NeedMore);
        return result;
      }
    }
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
