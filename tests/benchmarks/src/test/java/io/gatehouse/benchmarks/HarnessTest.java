package io.gatehouse.benchmarks;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tests of the harness itself, which is in Python: files that others read must not drift. */
class HarnessTest {
  private static final Path BENCHMARKS =
      Path.of(System.getProperty("gatehouse.root", "../..")).resolve("tests/benchmarks");

  @TempDir private Path temp = Path.of("");

  @Test
  void itsOwnTestsPass() throws Exception {
    Assumptions.assumeTrue(isInstalled("python3"), "python3 is not installed");
    var output = temp.resolve("output");
    var builder =
        new ProcessBuilder("python3", "-B", "-m", "unittest", "discover", "-p", "test_*.py")
            .directory(BENCHMARKS.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    var process = builder.start();
    if (!process.waitFor(120, SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the tests take longer than two minutes");
    }
    var text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(text).isZero();
    assertThat(text).doesNotContain("Ran 0 tests");
  }

  private static boolean isInstalled(String command) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
  }
}
