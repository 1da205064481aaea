package io.gatehouse.appliance.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.linux.ServiceNotifier;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keeper with real children: shells, and {@link KeptNode} where descriptors are stored. */
class KeeperTest {
  private static final long TIMEOUT_SECONDS = 60;

  @TempDir Path directory;
  private @Nullable Keeper keeper;
  private @Nullable CompletableFuture<Integer> exit;

  @AfterEach
  void stop() throws Exception {
    if (keeper != null && exit != null) {
      keeper.stop();
      exit.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      keeper.close();
    }
  }

  private CompletableFuture<Integer> keep(int max, List<String> command) throws Exception {
    return keep(max, command, false);
  }

  private CompletableFuture<Integer> keep(int max, List<String> command, boolean understudy)
      throws Exception {
    var opened =
        Keeper.open(
            new Keeper.Settings(
                command, "standby", Map.of("PATH", "/usr/bin:/bin"), max, understudy),
            ServiceNotifier.fromEnvironment(),
            System::nanoTime);
    keeper = opened;
    var exited = new CompletableFuture<Integer>();
    exit = exited;
    Thread.ofPlatform()
        .name("keeper")
        .start(
            () -> {
              try {
                exited.complete(opened.run());
              } catch (Exception e) {
                exited.completeExceptionally(e);
              }
            });
    return exited;
  }

  private CompletableFuture<Integer> shell(String script) throws Exception {
    return keep(10, List.of("/bin/sh", "-c", script, "sh", directory.resolve("told").toString()));
  }

  private static List<String> java(String mode, Path told) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-Xmx64m",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        KeptNode.class.getName(),
        mode,
        told.toString());
  }

  private static int codeOf(CompletableFuture<Integer> exit) throws Exception {
    return exit.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  private String told() throws Exception {
    Path told = directory.resolve("told");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (!Files.exists(told)) {
      assertThat(System.nanoTime()).as("the child tells in time").isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
    return Files.readString(told);
  }

  private void await(String file) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (!Files.exists(directory.resolve(file))) {
      assertThat(System.nanoTime()).as("%s in time", file).isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Test
  void givesASuccessorWhatAKilledNodeHadStored() throws Exception {
    assertThat(codeOf(keep(10, java("store", directory.resolve("told"))))).isZero();
    assertThat(told().lines()).hasSize(3);
    assertThat(Files.readString(directory.resolve("passed"))).isEqualTo(told());
  }

  @Test
  void refusesDescriptorsOverItsBound() throws Exception {
    assertThat(codeOf(keep(2, java("store", directory.resolve("told"))))).isZero();
    assertThat(told()).startsWith(Files.readString(directory.resolve("passed")));
    assertThat(Files.readString(directory.resolve("passed")).lines()).hasSize(2);
  }

  @Test
  void refusesDescriptorsOfAnotherProcess() throws Exception {
    List<String> child = new ArrayList<>();
    child.addAll(
        List.of(
            "/bin/sh",
            "-c",
            "[ -e \"$0\" ] && { echo \"<$LISTEN_FDS>\" >\"$0\"; exit 0; }; \"$@\"; kill -9 $$",
            directory.resolve("told").toString()));
    child.addAll(java("store", directory.resolve("told")));
    assertThat(codeOf(keep(10, child))).isZero();
    assertThat(told()).isEqualTo("<>\n");
  }

  @Test
  void aStoredListenerQueuesWhileItsNodeIsDeadAndTheSuccessorAccepts() throws Exception {
    var exit = keep(10, java("listen", directory.resolve("told")));
    String[] pidAndPort = told().split(" ");
    ProcessHandle.of(Long.parseLong(pidAndPort[0])).orElseThrow().destroyForcibly();
    try (var client =
        new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(pidAndPort[1]))) {
      client.setSoTimeout((int) TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS));
      assertThat(client.getInputStream().read()).isEqualTo('!');
    }
    assertThat(codeOf(exit)).isZero();
  }

  @Test
  void startsASuccessorAtOnceAndMoreSlowlyWhenThatDiesToo() throws Exception {
    long start = System.nanoTime();
    assertThat(codeOf(shell("echo >>\"$1\"; [ $(wc -l <\"$1\") = 3 ] && exit 0; kill -9 $$")))
        .isZero();
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(RestartDelay.FIRST_NANOS);
    assertThat(told()).hasSize(3);
  }

  @Test
  void endsWithANodeThatCannotStart() throws Exception {
    assertThat(codeOf(shell("exit 2"))).isEqualTo(2);
  }

  @Test
  void endsWithANodeThatEndsInGoodOrder() throws Exception {
    assertThat(codeOf(shell("exit 0"))).isZero();
  }

  @Test
  void startsASuccessorOfANodeThatHandsOver() throws Exception {
    assertThat(codeOf(shell("[ -e \"$1\" ] && exit 0; echo >\"$1\"; exit 85"))).isZero();
    assertThat(told()).isEqualTo("\n");
  }

  @Test
  void passesAStopOnAndEndsWithTheNodesCode() throws Exception {
    var exit = shell("trap 'exit 9' TERM; echo >\"$1\"; while :; do sleep 0.05; done");
    told();
    requireKeeper().stop();
    assertThat(codeOf(exit)).isEqualTo(9);
  }

  @Test
  void passesASecondStopOn() throws Exception {
    var exit =
        shell(
            "trap 'trap \"exit 3\" TERM; echo 1 >\"$1.first\"' TERM; echo >\"$1\";"
                + " while :; do sleep 0.05; done");
    told();
    requireKeeper().stop();
    while (!Files.exists(directory.resolve("told.first"))) {
      LockSupport.parkNanos(5_000_000);
    }
    requireKeeper().stop();
    assertThat(codeOf(exit)).isEqualTo(3);
  }

  @Test
  void tellsANodeThatIsKilledAfterAStopFromOneThatDied() throws Exception {
    var exit = shell("trap 'kill -9 $$' TERM; echo >\"$1\"; while :; do sleep 0.05; done");
    told();
    requireKeeper().stop();
    assertThat(codeOf(exit)).isEqualTo(137);
  }

  @Test
  void aPreparedSuccessorTakesWhatAKilledNodeHadStored() throws Exception {
    var exit = keep(1_000, java("outlive", directory.resolve("told")), true);
    long node = Long.parseLong(told());
    await("standby");
    ProcessHandle.of(node).orElseThrow().destroyForcibly();
    assertThat(codeOf(exit)).isZero();
    assertThat(Files.readString(directory.resolve("passed")))
        .isEqualTo(Files.readString(directory.resolve("stored")));
    assertThat(told()).as("no other node was started").isEqualTo(Long.toString(node));
  }

  @Test
  void aNodeHandsOverOnceASuccessorIsPrepared() throws Exception {
    var exit = keep(1_000, java("outlive", directory.resolve("told")));
    told();
    requireKeeper().handOver();
    assertThat(codeOf(exit)).isZero();
    assertThat(directory.resolve("standby")).exists();
    assertThat(Files.readString(directory.resolve("passed")))
        .isEqualTo(Files.readString(directory.resolve("stored")));
  }

  @Test
  void aNodeServesOnWhenNoSuccessorCanBePrepared() throws Exception {
    Path broken = Files.createFile(directory.resolve("broken"));
    var exit = keep(1_000, java("outlive", directory.resolve("told")));
    long node = Long.parseLong(told());
    requireKeeper().handOver();
    await("came"); // and went
    assertThat(ProcessHandle.of(node)).isPresent();
    Files.delete(broken);
    requireKeeper().handOver();
    assertThat(codeOf(exit)).isZero();
  }

  private Keeper requireKeeper() {
    if (keeper == null) {
      throw new AssertionError("nothing is kept");
    }
    return keeper;
  }
}
