package io.gatehouse.testkit.peer;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A peer as a process of this machine. Thread-safe: it holds no state that changes. */
final class LocalRun implements PeerRun {
  private static final int COMMAND_SECONDS = 15;
  private static final int EXIT_SECONDS = 10;

  private final Process process;
  private final Thread killAtExit;
  private final Path directory;
  private final Path log;
  private final String description;

  private LocalRun(Process process, Path directory, Path log, String description) {
    this.process = process;
    this.directory = directory;
    this.log = log;
    this.description = description;
    this.killAtExit = new Thread(this::kill, "kill-" + process.pid());
    Runtime.getRuntime().addShutdownHook(killAtExit);
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
    var process =
        new ProcessBuilder(resolve(binary, command))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    process.getOutputStream().close();
    return new LocalRun(process, directory, log, "local " + program.name() + " " + version);
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
    return process.isAlive();
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
    kill();
    try {
      process.onExit().get(EXIT_SECONDS, SECONDS);
      Runtime.getRuntime().removeShutdownHook(killAtExit);
    } catch (IllegalStateException e) {
      // the JVM is going down: the hook does the same work
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(description + " does not die", e);
    }
  }

  /** Workers first: a master would start them again. */
  private void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
