package io.gatehouse.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's first command, as a user runs it: the built product, in processes of its own. */
class DemoTest {
  private static final Path ROOT = Path.of(System.getProperty("gatehouse.root"));
  private static final long TIMEOUT_SECONDS = 120;

  @TempDir Path temp;

  @Test
  void passesItsOwnCheckFromAFolderWithASpaceAndWithAnOldJavaFirstOnThePath() throws Exception {
    Path folder = installInto(temp.resolve("a folder with a space"));
    Path old = oldJava(temp.resolve("old"));
    Path output = temp.resolve("output");
    var builder = new ProcessBuilder("./gatehouse", "demo", "--check");
    builder.directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().merge("PATH", "", (path, none) -> old + ":" + path);
    builder.environment().remove("JAVA_HOME");
    Process demo = builder.start();
    try {
      assertThat(demo.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).as("ended in time").isTrue();
      String text = Files.readString(output);
      assertThat(demo.exitValue()).as(text).isZero();
      assertThat(text).contains("all checks passed").doesNotContain("FAILED", "WARNING");
    } finally {
      demo.destroyForcibly();
    }
  }

  @Test
  void saysWhatIsWrongWithEveryMistakeOfAFileAndExitsWithTwo() throws Exception {
    Path folder = installInto(temp.resolve("installed"));
    Path file = temp.resolve("broken.yaml");
    Files.writeString(
        file,
        """
        nodes:
          l4-1: { role: l4, adress: 192.0.2.10 }
          l7-1: { role: l7, address: 192.0.2.20 }
        services:
          https: { port: 443000, to: wbe }
        listeners:
          web: { port: 8443, timeouts: { head: 10 } }
        routes:
          - { name: app, pool: ap }
        pools:
          app: { endpoints: ["192.0.2.30:8080"] }
        """);
    Path output = temp.resolve("output");
    var builder = new ProcessBuilder("./gatehouse", "run", file.toString(), "--node", "l7-1");
    builder.directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output.toFile());
    Process run = builder.start();
    assertThat(run.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(output);
    assertThat(run.exitValue()).as(text).isEqualTo(2);
    assertThat(text)
        .contains("broken.yaml:2:", "did you mean 'address'?")
        .contains("broken.yaml:5:18:", "did you mean 'web'?")
        .contains("broken.yaml:7:", "did you mean 'app'?")
        .contains("broken.yaml:9:");
  }

  /** What a package would install: the launcher and the built product, without sources. */
  private static Path installInto(Path folder) throws IOException {
    Path dist = folder.resolve("appliance/target/dist");
    Files.createDirectories(dist.resolve("lib"));
    Files.copy(ROOT.resolve("gatehouse"), folder.resolve("gatehouse"));
    Path built = ROOT.resolve("appliance/target/dist");
    for (String options : List.of("jvm.options", "keeper.options")) {
      Files.copy(built.resolve(options), dist.resolve(options));
    }
    List<Path> jars;
    try (Stream<Path> list = Files.list(built.resolve("lib"))) {
      jars = list.toList();
    }
    assertThat(jars).as("the product is built before this test runs").isNotEmpty();
    for (Path jar : jars) {
      Files.createSymbolicLink(dist.resolve("lib").resolve(jar.getFileName()), jar);
    }
    return folder;
  }

  private static Path oldJava(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path java = folder.resolve("java");
    Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"17.0.15\"' >&2\nexit 1\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    return folder;
  }
}
