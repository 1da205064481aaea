package io.gatehouse.testkit.peer;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.testkit.ChildProcess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A peer as a process of this machine. Thread-safe: it holds no state that changes. */
final class LocalRun implements PeerRun {
  private static final int COMMAND_SECONDS = 15;

  private final ChildProcess child;
  private final Path directory;
  private final Path log;
  private final String description;

  private LocalRun(ChildProcess child, Path directory, Path log, String description) {
    this.child = child;
    this.directory = directory;
    this.log = log;
    this.description = description;
  }

  /** The binary's path, if it is installed. Daemons lie where only root's PATH leads. */
  static Optional<Path> binary(String name) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(
            Stream.of(path.split(File.pathSeparator)),
            Stream.of("/usr/local/sbin", "/usr/sbin", "/sbin"))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts the program.
   *
   * @param binary what {@link #binary} found
   * @param command the program's command, placeholders filled in
   */
  static LocalRun start(PeerProgram program, Path binary, List<String> command, Path directory)
      throws IOException, InterruptedException {
    var log = directory.resolve("peer.log");
    var version = program.version(output(resolve(binary, program.versionCommand()), directory));
    var child =
        ChildProcess.start(
            new ProcessBuilder(resolve(binary, command))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile()));
    return new LocalRun(child, directory, log, "local " + program.name() + " " + version);
  }

  private static List<String> resolve(Path binary, List<String> command) {
    var resolved = new ArrayList<>(command);
    resolved.set(0, binary.toString());
    return resolved;
  }

  private static String output(List<String> command, Path directory)
      throws IOException, InterruptedException {
    var output = Files.createTempFile(directory, "command", ".out");
    var process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    process.getOutputStream().close();
    if (!process.waitFor(COMMAND_SECONDS, SECONDS)) {
      process.destroyForcibly();
      throw new IOException(command + " did not end within " + COMMAND_SECONDS + " s");
    }
    var text = Files.readString(output);
    Files.delete(output);
    return text;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public boolean isRunning() {
    return child.process().isAlive();
  }

  @Override
  public String log() {
    try {
      return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String execute(List<String> command) throws IOException, InterruptedException {
    var binary =
        binary(command.getFirst())
            .orElseThrow(() -> new IOException(command.getFirst() + " is not installed"));
    return output(resolve(binary, command), directory);
  }

  @Override
  public void close() {
    child.close();
  }
}
