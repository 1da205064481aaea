package io.gatehouse.appliance.demo;

import io.gatehouse.appliance.keeper.ProductJvm;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A node of the demo in a JVM of its own, so that it can be killed as a host can. Its standard
 * input is held open by this process: should this one die, the node sees the end and stops. Owned
 * by one thread.
 */
final class NodeProcess implements AutoCloseable {
  private static final long TERM_TIMEOUT_SECONDS = 10;

  /** Four nodes and the demo share a laptop: small heaps, and the quick compiler only. */
  private static final List<String> SMALL_JVM =
      List.of("-Xmx192m", "-Xms32m", "-XX:TieredStopAtLevel=1");

  private final String name;
  private final Path accessLog;
  private final Path log;
  private final InetSocketAddress admin;
  private final Process process;

  private NodeProcess(
      String name, Path accessLog, Path log, InetSocketAddress admin, Process process) {
    this.name = name;
    this.accessLog = accessLog;
    this.log = log;
    this.admin = admin;
    this.process = process;
  }

  /**
   * Starts a node.
   *
   * @param configuration the front door's file
   * @param directory where its logs go
   * @throws IOException if the product that this JVM runs from cannot be found or started
   */
  static NodeProcess start(String name, Path configuration, Path directory, InetSocketAddress admin)
      throws IOException {
    Path accessLog = directory.resolve(name + ".access.log");
    Path log = directory.resolve(name + ".log");
    var builder = new ProcessBuilder(command(configuration, name));
    builder.environment().put("GATEHOUSE_JAVA_OPTS", String.join(" ", SMALL_JVM));
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(accessLog.toFile()));
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return new NodeProcess(name, accessLog, log, admin, builder.start());
  }

  /** L4 nodes are kept, so that their connections survive them. */
  private static boolean isKept(String name) {
    return DemoTopology.L4_NODES.contains(name);
  }

  private static List<String> command(Path configuration, String name) throws IOException {
    String file = configuration.toString();
    // Four nodes share a laptop: no room for successors in waiting.
    return isKept(name)
        ? ProductJvm.command(
            List.of("keeper.options"),
            List.of(),
            List.of("keep", file, "--node", name, "--no-understudy", "--stop-on-eof"))
        : ProductJvm.command(
            List.of(), SMALL_JVM, List.of("run", file, "--node", name, "--stop-on-eof"));
  }

  String name() {
    return name;
  }

  Path accessLog() {
    return accessLog;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Whether {@code /readyz} answers 200. */
  boolean isReady() {
    return process.isAlive() && AdminClient.status(admin, "/readyz") == 200;
  }

  /** Why the node did not come up, for a person. */
  String lastWords() {
    try {
      List<String> lines = Files.readAllLines(log);
      return lines.isEmpty() ? "it said nothing" : lines.getLast();
    } catch (IOException e) {
      return "its log " + log + " cannot be read";
    }
  }

  /** SIGKILL, as a crash or the loss of a host would end it. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Asks to stop; {@link #close} waits for it. */
  void terminate() {
    try {
      process.getOutputStream().close(); // the end of its input means: stop now
    } catch (IOException e) {
      process.destroy();
    }
  }

  @Override
  public void close() {
    terminate();
    try {
      if (!process.waitFor(TERM_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
