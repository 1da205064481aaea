package io.gatehouse.tests;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The virtual machines' description is one that Vagrant takes, and covers the lab's hosts. */
class VagrantfileTest {
  private static final Path VAGRANT =
      Path.of(System.getProperty("gatehouse.root", "..")).resolve("vagrant");

  @TempDir private Path home = Path.of("");

  private String vagrant(String... arguments) throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        List.of("/usr/bin/vagrant", "/usr/local/bin/vagrant", "/opt/vagrant/bin/vagrant").stream()
            .anyMatch(path -> Files.isExecutable(Path.of(path))),
        "vagrant is not installed");
    var output = home.resolve("output");
    var builder = new ProcessBuilder("vagrant").redirectErrorStream(true);
    builder.command().addAll(List.of(arguments));
    builder.directory(VAGRANT.toFile()).redirectOutput(output.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "VAGRANT_HOME", home.resolve("home").toString(),
                "VAGRANT_DOTFILE_PATH", home.resolve("dot").toString(),
                "VAGRANT_CHECKPOINT_DISABLE", "1"));
    var process = builder.start();
    if (!process.waitFor(120, SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("vagrant takes longer than two minutes");
    }
    var text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  @Test
  void isValidWhateverTheProvider() throws Exception {
    assertThat(vagrant("validate", "--ignore-provider")).contains("validated successfully");
  }
}
