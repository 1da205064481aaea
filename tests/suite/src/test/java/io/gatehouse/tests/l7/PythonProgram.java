package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.testkit.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A program of the test's resources that Python runs. Confined to the test's thread. */
final class PythonProgram implements AutoCloseable {
  private static final int TRIAL_SECONDS = 20;

  private final ChildProcess child;
  private final BufferedReader output;

  private PythonProgram(ChildProcess child) {
    this.child = child;
    this.output =
        new BufferedReader(new InputStreamReader(child.process().getInputStream(), UTF_8));
  }

  /**
   * Starts one; the test is skipped where Python or a module that it needs isn't installed.
   *
   * @param directory for its source
   * @param module that it needs
   */
  static PythonProgram start(Path directory, String resource, String module, String... arguments)
      throws IOException, InterruptedException {
    String interpreter = interpreter(module);
    assumeTrue(
        !interpreter.isEmpty(), "python3 with the module %s is not installed".formatted(module));
    var source = directory.resolve(resource);
    try (var text = PythonProgram.class.getResourceAsStream(resource)) {
      Files.write(source, Objects.requireNonNull(text, resource).readAllBytes());
    }
    var command = new ArrayList<>(List.of(interpreter, source.toString()));
    command.addAll(List.of(arguments));
    return new PythonProgram(
        ChildProcess.start(new ProcessBuilder(command).redirectErrorStream(true)));
  }

  /** The first that has the module; the system's may be hidden by another. Empty if none has. */
  private static String interpreter(String module) throws InterruptedException {
    for (String candidate : List.of("python3", "/usr/bin/python3")) {
      try {
        var trial = new ProcessBuilder(candidate, "-c", "import " + module).start();
        if (trial.waitFor(TRIAL_SECONDS, SECONDS) && trial.exitValue() == 0) {
          return candidate;
        }
      } catch (IOException e) {
        // there is no such program
      }
    }
    return "";
  }

  /** The next line that it writes; waits for it. */
  String line() throws IOException {
    return String.valueOf(output.readLine());
  }

  /** All that it still writes, up to its end. */
  String rest() {
    return String.join("\n", output.lines().toList());
  }

  @Override
  public void close() {
    child.close();
  }
}
