package io.gatehouse.tests.l4;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.testkit.peer.FreePorts;
import io.gatehouse.testkit.peer.Peer;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * TLS by server name through an L4 node that has no key: nginx terminates it, the JDK and curl ask.
 * One pool is reached over IPv4 behind a PROXY header, one over IPv6, whatever the client came by.
 */
@Timeout(120)
class TlsPassthroughTest {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int BIG_BYTES = 3_000_000;
  private static final String EXACT = "a.example";
  private static final String BELOW = "x.b.example";

  @TempDir Path temp;
  private final int wildcardPort = FreePorts.next();
  private final byte[] big = new byte[BIG_BYTES];
  private @Nullable Peer started;

  @BeforeEach
  void startNginx() throws Exception {
    for (var program : List.of("openssl", "curl")) {
      assumeTrue(Files.isExecutable(Path.of("/usr/bin", program)), program + " is not installed");
    }
    new SplittableRandom(7).nextBytes(big);
    Files.write(temp.resolve("big"), big);
    run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
            + " -subj /CN=a.example -addext subjectAltName=DNS:a.example,DNS:*.b.example"
            + " -keyout %s/key.pem -out %s/chain.pem".formatted(temp, temp));
    started =
        Peer.nginx(
            """
            %3$s
            events {}
            http {
              ${temp_paths}
              ssl_certificate %1$s/chain.pem;
              ssl_certificate_key %1$s/key.pem;
              server {
                listen 127.0.0.1:${port:exact} ssl proxy_protocol;
                location / { return 200 "exact $ssl_server_name $proxy_protocol_addr"; }
                location = /big { root %1$s; }
              }
              server {
                listen [::1]:%2$d ssl;
                location / { return 200 "wildcard $ssl_server_name $remote_addr"; }
                location = /big { root %1$s; }
              }
              server {
                listen 127.0.0.1:${port:own} ssl;
                location / { return 200 "own $ssl_server_name $remote_addr"; }
              }
            }
            """
                .formatted(temp, wildcardPort, isRoot() ? "user root;" : ""));
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  @AfterEach
  void stopNginx() {
    if (started != null) {
      started.close();
    }
  }

  private L4File file(String dataPlane, String otherwise) {
    var nginx = Objects.requireNonNull(started);
    return L4File.ofPools(
        temp,
        dataPlane,
        "",
        """
        services:
          tls:
            listen: ${listen}
            %s
            sni:
              - { names: ["a.example"], toPool: exact, proxyProtocol: v2 }
              - { names: ["*.b.example"], toPool: wildcard }
        pools:
          exact: { endpoints: ["127.0.0.1:%d"], healthCheck: off }
          wildcard: { endpoints: ["[::1]:%d"], healthCheck: off }
          own: { endpoints: ["127.0.0.1:%d"], healthCheck: off }
        """
            .formatted(otherwise, nginx.port("exact"), wildcardPort, nginx.port("own")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void theServerNameChoosesThePool(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file = file(dataPlane, "toPool: own");
    try (var node = L4Node.start(file)) {
      for (var service : List.of(file.ipv4(), file.ipv6())) {
        var client = service.equals(file.ipv4()) ? "127.0.0.1" : "::1";
        assertThat(get(service, EXACT, "/")).asString(UTF_8).isEqualTo("exact a.example " + client);
        assertThat(get(service, BELOW, "/"))
            .asString(UTF_8)
            .as("over IPv6, from the node itself")
            .isEqualTo("wildcard x.b.example ::1");
        assertThat(get(service, "unknown.example", "/"))
            .asString(UTF_8)
            .startsWith("own unknown.example ");
        assertThat(get(service, "", "/")).asString(UTF_8).startsWith("own  ");
        assertThat(curl(service, EXACT, "/")).isEqualTo("exact a.example " + client);
        assertThat(curl(service, BELOW, "/")).isEqualTo("wildcard x.b.example ::1");
        assertThat(curl(service, "b.example", "/")).startsWith("own b.example ");
      }
      assertThat(node.counter("client_hello_not_tls")).isZero();
      assertThat(node.counter("client_hello_timeouts")).isZero();
      assertThat(node.counter("connections_refused")).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void muchComesThroughUnchanged(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file = file(dataPlane, "toPool: own");
    try (var _ = L4Node.start(file)) {
      assertThat(get(file.ipv4(), BELOW, "/big")).isEqualTo(big);
      assertThat(get(file.ipv6(), EXACT, "/big")).isEqualTo(big);
      var copy = temp.resolve("copy");
      curl(file.ipv4(), EXACT, "/big", "-o", copy.toString());
      assertThat(Files.readAllBytes(copy)).isEqualTo(big);
    }
  }

  /** More than one segment each, so that the node sees a part of the hello, again and again. */
  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void aHelloMayComeInManySegments(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file = file(dataPlane, "default: none");
    try (var node = L4Node.start(file);
        var slow = new SplittingSocket(file.ipv4())) {
      assertThat(get(slow, BELOW, "/")).asString(UTF_8).isEqualTo("wildcard x.b.example ::1");
      assertThat(slow.segments).isGreaterThan(100);
      assertThat(node.counter("connections_refused")).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void whatNamesNoRouteIsTurnedAwayWhereThatIsAskedFor(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file = file(dataPlane, "default: none");
    try (var node = L4Node.start(file)) {
      assertThat(get(file.ipv4(), EXACT, "/")).asString(UTF_8).startsWith("exact ");
      assertThatThrownBy(() -> get(file.ipv4(), "unknown.example", "/"))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> get(file.ipv6(), "", "/")).isInstanceOf(IOException.class);
      L4Node.await("both counted", () -> node.refused("server_name") == 2);
      node.awaitLogged("a client was turned away", "\"reason\":\"server_name\"");
      var lines = node.awaitLog(3);
      assertThat(lines.stream().filter(line -> line.flags().equals("NR"))).hasSize(2);
    }
  }

  /** Sends every byte of its first kilobyte by itself. */
  private static final class SplittingSocket extends Socket {
    private static final int SPLIT_BYTES = 1024;
    private int segments;

    SplittingSocket(InetSocketAddress service) throws IOException {
      setTcpNoDelay(true);
      setSoTimeout(TIMEOUT_MILLIS);
      connect(service, TIMEOUT_MILLIS);
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(super.getOutputStream()) {
        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          int single = Math.min(length, Math.max(0, SPLIT_BYTES - segments));
          for (int i = 0; i < single; i++) {
            segments++;
            out.write(bytes, offset + i, 1);
          }
          out.write(bytes, offset + single, length - single);
        }
      };
    }
  }

  private static byte[] get(InetSocketAddress service, String name, String path)
      throws IOException, GeneralSecurityException {
    try (var socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(service, TIMEOUT_MILLIS);
      return get(socket, name, path);
    }
  }

  /** The body of the answer; a server name that is empty is not sent. */
  private static byte[] get(Socket socket, String name, String path)
      throws IOException, GeneralSecurityException {
    var factory = trusting().getSocketFactory();
    try (var tls = (SSLSocket) factory.createSocket(socket, null, socket.getPort(), true)) {
      if (!name.isEmpty()) {
        var parameters = tls.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        tls.setSSLParameters(parameters);
      }
      tls.getOutputStream().write("GET %s HTTP/1.0\r\n\r\n".formatted(path).getBytes(US_ASCII));
      byte[] answer = tls.getInputStream().readAllBytes();
      int end = new String(answer, US_ASCII).indexOf("\r\n\r\n");
      assertThat(end).as("an HTTP answer").isPositive();
      return Arrays.copyOfRange(answer, end + 4, answer.length);
    }
  }

  private static SSLContext trusting() throws GeneralSecurityException {
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustingAll()}, new SecureRandom());
    return context;
  }

  /** The certificate is the test's own, and another test's matter. */
  private static final class TrustingAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private String curl(InetSocketAddress service, String name, String path, String... options)
      throws Exception {
    var host = service.getAddress().getHostAddress();
    var at = host.contains(":") ? "[::1]" : host;
    var port = service.getPort();
    return run(
        "curl -sS --max-time 20 --cacert %s/chain.pem %s --connect-to %s:%d:%s:%d https://%s:%d%s %s"
            .formatted(
                temp,
                name.equals("b.example") ? "-k" : "",
                name,
                port,
                at,
                port,
                name,
                port,
                path,
                String.join(" ", options)));
  }

  /** What a command, which has no quotes, writes; it must succeed. */
  private String run(String command) throws IOException, InterruptedException {
    var process = new ProcessBuilder(command.trim().split(" +")).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(TIMEOUT_MILLIS / 1000, SECONDS)).as(command).isTrue();
    assertThat(process.exitValue()).as("%s: %s", command, said).isZero();
    return said;
  }
}
