package io.gatehouse.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A lab of this test's own: {@code vagrant/lab} with the product that was just built. Closing it
 * takes it down. Used by one thread.
 */
final class Lab implements AutoCloseable {
  private static final Path ROOT = Path.of(System.getProperty("gatehouse.root", ".."));
  private static final Path DIST = ROOT.resolve("appliance/target/dist");
  private static final long UP_SECONDS = 150;
  private static final long COMMAND_SECONDS = 60;
  private static final long FAULT_SECONDS = 300;

  private final Path folder;

  private Lab(Path folder) {
    this.folder = folder;
  }

  /** Starts a lab in a folder, or skips the test with the reason. */
  static Lab up(Path folder) throws IOException, InterruptedException {
    Assumptions.assumeTrue(isRoot(), "network namespaces need root");
    for (var program : List.of("ip", "bird", "birdc", "curl", "openssl", "python3", "iptables")) {
      Assumptions.assumeTrue(isInstalled(program), program + " is not installed");
    }
    assertThat(DIST.resolve("lib"))
        .as("the built product: mvn package makes it")
        .isNotEmptyDirectory();
    var lab = new Lab(folder);
    var up = lab.lab(UP_SECONDS, "up", folder.toString());
    if (up.exit() != 0) {
      lab.close();
      throw new AssertionError("the lab does not come up:\n" + up.text());
    }
    return lab;
  }

  private static boolean isRoot() throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
  }

  private static boolean isInstalled(String program) {
    for (var directory : (System.getenv("PATH") + ":/usr/sbin:/sbin").split(":")) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }

  /**
   * How a command ended.
   *
   * @param text what it wrote, to standard output and error
   */
  record Outcome(int exit, String text) {}

  Path folder() {
    return folder;
  }

  /** Runs {@code vagrant/lab} for this lab; it must succeed. */
  void tell(String... command) throws IOException, InterruptedException {
    var outcome = lab(COMMAND_SECONDS, withLab(command));
    assertThat(outcome.exit()).as("lab %s: %s", List.of(command), outcome.text()).isZero();
  }

  /** Does a fault to it, under traffic, and gives the results as JSON after the progress. */
  Outcome faults(String fault, String holdSeconds) throws IOException, InterruptedException {
    return lab(FAULT_SECONDS, withLab("faults", fault, "--json", "--hold", holdSeconds));
  }

  /** Runs a command on a host. */
  Outcome exec(String host, String... command) throws IOException, InterruptedException {
    var arguments = new ArrayList<>(List.of("exec", host));
    arguments.addAll(List.of(command));
    return lab(COMMAND_SECONDS, withLab(arguments.toArray(String[]::new)));
  }

  private String[] withLab(String... command) {
    var arguments = new ArrayList<>(List.of("--lab", folder.toString()));
    arguments.addAll(List.of(command));
    return arguments.toArray(String[]::new);
  }

  private Outcome lab(long timeoutSeconds, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(ROOT.resolve("vagrant/lab").toString()));
    command.addAll(List.of(arguments));
    var output = Files.createTempFile("lab", ".out");
    try {
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.redirectOutput(output.toFile());
      builder.environment().merge("PATH", ":/usr/sbin:/sbin", String::concat);
      builder.environment().put("GATEHOUSE_NO_BUILD", "1"); // a build is under way: this one
      builder.environment().put("GATEHOUSE_JAVA_HOME", System.getProperty("java.home"));
      var process = builder.start();
      if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
        process.destroy();
        process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS);
        throw new AssertionError(
            "%s: not done in %d s:%n%s".formatted(command, timeoutSeconds, read(output)));
      }
      return new Outcome(process.exitValue(), read(output));
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    try {
      if (Files.exists(folder.resolve("lab.json"))) {
        tell("down");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted: the lab in " + folder + " may still be up", e);
    }
  }
}
