package io.gatehouse.tests.l4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.testkit.peer.FreePorts;
import io.gatehouse.testkit.product.Product;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gatehouse status}, and what a node without privileges says there. */
class StatusTest {
  private static final Path SETPRIV = Path.of("/usr/bin/setpriv");

  @TempDir Path temp;

  @Test
  void withoutPrivilegesTheRelayRunsAndTheFirstLinesSayWhy() throws Exception {
    assumeTrue(Files.isExecutable(SETPRIV), "no setpriv: util-linux is not installed");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can drop capabilities");
    var file = new L4File(temp, "auto", 1, "healthCheck: off");
    try (var node = Product.startWithoutBpf("run", file.path().toString(), "--node", "l4")) {
      node.awaitLine("\"message\":\"ready\"");
      try (var listener = Joined.listen(file);
          var joined = Joined.open(file.ipv4(), listener)) {
        joined.client().getOutputStream().write('x');
        assertThat(joined.endpoint().getInputStream().read()).isEqualTo('x');
        var status = Product.run("status", file.path().toString(), "--node", "l4");
        assertThat(status.exitCode()).isZero();
        assertThat(status.out().lines().limit(3))
            .anySatisfy(
                line ->
                    assertThat(line).contains("data plane", "relay", "CAP_BPF", "CAP_NET_ADMIN"))
            .anySatisfy(line -> assertThat(line).contains("connections", "1 now", "1 accepted"));
        assertThat(status.out()).contains("service entry", "l7-0", "100.0 %");
      }
    }
  }

  @Test
  void saysWhatToCheckWhenNothingAnswers() {
    var status = Product.run("status", "--admin", "127.0.0.1:" + FreePorts.next());
    assertThat(status.exitCode()).isOne();
    assertThat(status.err()).contains("no answer from http://127.0.0.1:", "admin port");
  }
}
