package io.gatehouse.testkit.peer;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.testkit.FailureReports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real program that a test speaks with.
 *
 * <pre>{@code
 * try (var haproxy = Peer.haproxy("""
 *     defaults
 *       mode tcp
 *       timeout client 5s
 *       timeout server 5s
 *       timeout connect 1s
 *     listen front
 *       bind 127.0.0.1:${port:front}
 *       server one 127.0.0.1:%d send-proxy-v2
 *     """.formatted(backendPort))) {
 *   connectTo(haproxy.address("front"));
 * }
 * }</pre>
 *
 * <p>It runs as a local binary where one is installed, else as a container, else the test is
 * skipped with the reason. {@code -Dgatehouse.peers=local} or {@code container} forces one way.
 * When the test fails, its log is printed. Closing kills the program and deletes its directory.
 *
 * <p>Thread-safe once started.
 */
public final class Peer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Peer.class);
  private static final String WAY_PROPERTY = "gatehouse.peers";

  private static final long READY_TIMEOUT_NANOS = SECONDS.toNanos(20);
  private static final long POLL_NANOS = MILLISECONDS.toNanos(10);
  private static final int CONNECT_TIMEOUT_MILLIS = 1_000;

  /** Starts anew, with other ports, when one was taken by another process in between. */
  private static final int MAX_STARTS = 3;

  private static final Pattern PORT_TAKEN =
      Pattern.compile("address (is )?already in use|cannot bind", Pattern.CASE_INSENSITIVE);
  private static final Pattern PORT = Pattern.compile("\\$\\{(port|udp):([\\w-]+)}");

  /** Which way to run a peer. */
  public enum Way {
    /** As a binary of this machine, or not at all. */
    LOCAL,
    /** As a container, or not at all. */
    CONTAINER,
    /** As a binary if there is one, else as a container. */
    AUTO
  }

  private final PeerRun run;
  private final Path directory;
  private final Map<String, Integer> ports;
  private final UnaryOperator<String> placeholders;

  private Peer(
      PeerRun run, Path directory, Map<String, Integer> ports, UnaryOperator<String> placeholders) {
    this.run = run;
    this.directory = directory;
    this.ports = Map.copyOf(ports);
    this.placeholders = placeholders;
  }

  /** Starts HAProxy; see {@link PeerProgram#HAPROXY}. */
  public static Peer haproxy(String config) {
    return start(PeerProgram.HAPROXY, config);
  }

  /** Starts nginx; see {@link PeerProgram#NGINX}. */
  public static Peer nginx(String config) {
    return start(PeerProgram.NGINX, config);
  }

  /** Starts Redis on port {@code redis}, keeping nothing on disk. */
  public static Peer redis() {
    return redis("");
  }

  /** Starts Redis on port {@code redis}, with further directives. */
  public static Peer redis(String config) {
    return start(
        PeerProgram.REDIS,
        """
        bind 127.0.0.1
        port ${port:redis}
        dir ${dir}
        save ""
        """
            + config);
  }

  /** Starts a Serf agent from a JSON configuration; see {@link PeerProgram#SERF}. */
  public static Peer serf(String config) {
    return start(PeerProgram.SERF, config);
  }

  /** Starts a program the way that {@code -Dgatehouse.peers} asks for, {@link Way#AUTO} if none. */
  public static Peer start(PeerProgram program, String config) {
    var way = System.getProperty(WAY_PROPERTY, Way.AUTO.name()).toUpperCase(Locale.ROOT);
    return start(program, config, Way.valueOf(way));
  }

  /**
   * Starts a program and waits until each of its TCP ports answers.
   *
   * @throws AssertionError with the program's log, if it ends or does not answer in time
   */
  public static Peer start(PeerProgram program, String config, Way way) {
    for (int started = 1; ; started++) {
      try {
        return new Starter(program, config, way).start();
      } catch (PortTakenException e) {
        if (started == MAX_STARTS) {
          throw new AssertionError(e.getMessage(), e);
        }
        log.atInfo().addKeyValue("peer", program.name()).log("a port was taken: starting anew");
      }
    }
  }

  /** How it runs: {@code local haproxy 2.6.12}. */
  public String description() {
    return run.description();
  }

  /** The port that stands for <code>${port:NAME}</code> or <code>${udp:NAME}</code>. */
  public int port(String name) {
    var port = ports.get(name);
    if (port == null) {
      throw new IllegalArgumentException("port: %s (expected: one of %s)".formatted(name, ports));
    }
    return port;
  }

  /** 127.0.0.1 and the port of this name. */
  public InetSocketAddress address(String name) {
    return new InetSocketAddress("127.0.0.1", port(name));
  }

  /** Its own directory, deleted on close; <code>${dir}</code> in the configuration. */
  public Path directory() {
    return directory;
  }

  /** Whether the program still runs. */
  public boolean isRunning() {
    return run.isRunning();
  }

  /** What the program has written so far, standard output and error together. */
  public String log() {
    return run.log();
  }

  /**
   * Runs a command where the program runs (its control tool, for instance); placeholders are filled
   * in.
   *
   * @return its standard output and error
   */
  public String execute(String... command) throws IOException, InterruptedException {
    return run.execute(Stream.of(command).map(placeholders).toList());
  }

  @Override
  public void close() {
    FailureReports.closing(this);
    run.close();
    deleteTree(directory);
  }

  private static void deleteTree(Path directory) {
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class PortTakenException extends Exception {
    private static final long serialVersionUID = 1;

    PortTakenException(String message) {
      super(message);
    }
  }

  /** One try to start a program. Confined to the test's thread. */
  private static final class Starter {
    private final PeerProgram program;
    private final String config;
    private final Way way;
    private final Path directory;
    private final Map<String, Integer> ports = new HashMap<>();
    private final List<Integer> answering = new ArrayList<>();

    Starter(PeerProgram program, String config, Way way) {
      this.program = program;
      this.config = config;
      this.way = way;
      try {
        this.directory = Files.createTempDirectory("gatehouse-" + program.name()).toRealPath();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Peer start() throws PortTakenException {
      Peer peer = null;
      boolean ready = false;
      try {
        var configFile = directory.resolve(program.configFile());
        Files.writeString(configFile, fill(config));
        var command = program.command().stream().map(this::fill).toList();
        peer = new Peer(launch(command), directory, ports, this::fill);
        var started = peer;
        FailureReports.watch(peer, peer.description(), () -> started.log().lines().toList());
        awaitReady(peer);
        ready = true;
        log.atInfo().addKeyValue("ports", ports).log("peer: {}", peer.description());
        return peer;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while " + program.name() + " was starting", e);
      } finally {
        if (peer == null) {
          deleteTree(directory);
        } else if (!ready) {
          peer.close();
        }
      }
    }

    private PeerRun launch(List<String> command) throws IOException, InterruptedException {
      var binary = LocalRun.binary(program.name());
      if (way != Way.CONTAINER && binary.isPresent()) {
        return LocalRun.start(program, binary.get(), command, directory);
      }
      if (way == Way.LOCAL) {
        return Assumptions.abort(program.name() + " is not installed");
      }
      var obstacle = ContainerRun.obstacle(program);
      if (obstacle.isPresent()) {
        var reason = program.name() + " in a container: " + obstacle.get();
        return Assumptions.abort(
            binary.isPresent() ? reason : program.name() + " is not installed; " + reason);
      }
      return ContainerRun.start(program, command, directory);
    }

    private String fill(String text) {
      for (var snippet : program.snippets().entrySet()) {
        text = text.replace("${" + snippet.getKey() + "}", snippet.getValue());
      }
      text =
          text.replace("${dir}", directory.toString())
              .replace("${config}", directory.resolve(program.configFile()).toString());
      return PORT.matcher(text)
          .replaceAll(
              match ->
                  Integer.toString(
                      ports.computeIfAbsent(
                          match.group(2),
                          name -> {
                            int port = FreePorts.next();
                            if (match.group(1).equals("port")) {
                              answering.add(port);
                            }
                            return port;
                          })));
    }

    private void awaitReady(Peer peer) throws PortTakenException {
      long deadline = System.nanoTime() + READY_TIMEOUT_NANOS;
      for (int port : answering) {
        while (!answers(port)) {
          failIfEnded(peer);
          if (System.nanoTime() - deadline > 0) {
            throw new AssertionError(
                "%s does not answer on port %d:%n%s".formatted(program.name(), port, peer.log()));
          }
          LockSupport.parkNanos(POLL_NANOS);
        }
      }
      failIfEnded(peer); // another program may have answered in its place
    }

    private void failIfEnded(Peer peer) throws PortTakenException {
      if (peer.isRunning()) {
        return;
      }
      var message = program.name() + " has ended:\n" + peer.log();
      if (PORT_TAKEN.matcher(message).find()) {
        throw new PortTakenException(message);
      }
      throw new AssertionError(message);
    }

    private static boolean answers(int port) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), CONNECT_TIMEOUT_MILLIS);
        return true;
      } catch (IOException e) {
        return false;
      }
    }
  }
}
