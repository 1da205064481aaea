package io.gatehouse.tests.l7;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What testssl.sh and sslscan say of the default profile: {@code tests/tls/scan} runs them. */
class TlsScanTest {
  private static final Path SCAN =
      Path.of(System.getProperty("gatehouse.root", "../..")).resolve("tests/tls/scan");
  private static final int TOOL_MISSING = 2;

  @TempDir private Path temp = Path.of("");

  @Test
  void findsNothingWorseThanIsKnown() throws Exception {
    var output = new File(temp.toFile(), "output");
    var process =
        new ProcessBuilder(SCAN.toAbsolutePath().toString())
            .redirectErrorStream(true)
            .redirectOutput(output)
            .start();
    try {
      assertThat(process.waitFor(8, MINUTES)).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
    String text = Files.readString(output.toPath(), StandardCharsets.UTF_8);
    assumeTrue(process.exitValue() != TOOL_MISSING, text);
    assertThat(process.exitValue()).as(text).isZero();
    assertThat(text).contains("grade: ");
  }
}
