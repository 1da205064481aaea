package io.gatehouse.testkit.peer;

import static java.util.Objects.requireNonNull;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Bind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.StartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * A peer as a container, from the Dockerfile under {@code tests/images/NAME}. Thread-safe: it holds
 * no state that changes.
 *
 * <p>It shares the host's network, and sees its directory under the same path and as the same user:
 * so a configuration means the same either way, and 127.0.0.1 is where the test is.
 */
final class ContainerRun implements PeerRun {
  private static final String BASE_IMAGE = "debian:trixie-slim";
  private static final Duration BUILD_TIMEOUT = Duration.ofMinutes(5);

  /** Images by name: built once a run, and from the engine's cache in the next one. */
  private static final ConcurrentMap<String, ImageFromDockerfile> IMAGES =
      new ConcurrentHashMap<>();

  private final GenericContainer<?> container;
  private final String description;

  private ContainerRun(GenericContainer<?> container, String description) {
    this.container = container;
    this.description = description;
  }

  /** Why containers cannot be used for this program here; empty if they can. */
  static Optional<String> obstacle(PeerProgram program) {
    if (!Files.isRegularFile(dockerfile(program))) {
      return Optional.of("there is no tests/images/" + program.name() + "/Dockerfile");
    }
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      return Optional.of("no container engine answers");
    }
    try {
      DockerClientFactory.instance().client().inspectImageCmd(BASE_IMAGE).exec();
      return Optional.empty();
    } catch (NotFoundException e) {
      return Optional.of("image " + BASE_IMAGE + " is missing (tests/images/base makes it)");
    }
  }

  private static Path dockerfile(PeerProgram program) {
    var root = System.getProperty("gatehouse.root", ".");
    return Path.of(root, "tests", "images", program.name(), "Dockerfile").toAbsolutePath();
  }

  /**
   * Builds the image if need be and starts the program in it.
   *
   * @param command the program's command, placeholders filled in
   */
  @SuppressWarnings("resource") // PeerRun closes the container
  static ContainerRun start(PeerProgram program, List<String> command, Path directory)
      throws IOException, InterruptedException {
    var image =
        IMAGES.computeIfAbsent(
            program.name(),
            name ->
                new ImageFromDockerfile("gatehouse-test/" + name, false)
                    .withDockerfile(dockerfile(program))
                    .withBuildImageCmdModifier(build -> build.withNetworkMode("host")));
    int uid = (Integer) Files.getAttribute(directory, "unix:uid");
    int gid = (Integer) Files.getAttribute(directory, "unix:gid");
    var container =
        new GenericContainer<>(image)
            .withNetworkMode("host")
            .withWorkingDirectory(directory.toString())
            .withCreateContainerCmdModifier(
                create -> {
                  create.withUser(uid + ":" + gid);
                  requireNonNull(create.getHostConfig())
                      .withBinds(Bind.parse(directory + ":" + directory));
                })
            .withCommand(command.toArray(String[]::new))
            .withStartupTimeout(BUILD_TIMEOUT)
            .withStartupCheckStrategy(new StartedIsEnough())
            .waitingFor(new ReadyWhenPeerSaysSo());
    container.start();
    return new ContainerRun(
        container, "container " + program.name() + " " + version(program, container));
  }

  private static String version(PeerProgram program, GenericContainer<?> container)
      throws IOException, InterruptedException {
    try {
      return program.version(
          container.execInContainer(program.versionCommand().toArray(String[]::new)).toString());
    } catch (RuntimeException e) {
      return program.version(""); // it has ended already: its log says more than this would
    }
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public boolean isRunning() {
    return container.isRunning();
  }

  @Override
  public String log() {
    return container.getLogs();
  }

  @Override
  public String execute(List<String> command) throws IOException, InterruptedException {
    var result = container.execInContainer(command.toArray(String[]::new));
    return result.getStdout() + result.getStderr();
  }

  @Override
  public void close() {
    container.stop();
  }

  /** A program that ends at once has said why: {@link Peer} finds out and shows its log. */
  private static final class StartedIsEnough extends StartupCheckStrategy {
    @Override
    public StartupStatus checkStartupState(DockerClient client, String containerId) {
      return StartupStatus.SUCCESSFUL;
    }
  }

  /** {@link Peer} waits for the ports itself, the same for both ways. */
  private static final class ReadyWhenPeerSaysSo extends AbstractWaitStrategy {
    @Override
    protected void waitUntilReady() {}
  }
}
