package io.gatehouse.appliance.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.keeper.HeldDescriptors.Outcome;
import io.gatehouse.linux.DescriptorStore.Stored;
import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.SharedMemory;
import io.gatehouse.linux.Sockets;
import io.gatehouse.linux.SpawnedProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeldDescriptorsTest {
  private static final int MAX = 3;

  private final Epoll epoll = open();
  private final HeldDescriptors held = new HeldDescriptors(epoll, MAX);

  private static Epoll open() {
    try {
      return Epoll.open(16);
    } catch (LinuxException e) {
      throw new AssertionError(e);
    }
  }

  @AfterEach
  void close() {
    held.close();
    epoll.close();
  }

  private static boolean isOpen(int fd) {
    return Files.exists(Path.of("/proc/self/fd/" + fd), java.nio.file.LinkOption.NOFOLLOW_LINKS);
  }

  /** Never connected, which epoll reports as a hang-up. */
  private static int socket() {
    int fd = Sockets.tcp(false);
    assertThat(fd).isPositive();
    return fd;
  }

  @Test
  void dropsWhatHangsUp() throws Exception {
    int fd = socket();
    assertThat(held.add("flow", fd, true)).isEqualTo(Outcome.HELD);
    assertThat(epoll.await(TimeUnit.SECONDS.toNanos(10))).isEqualTo(1);
    assertThat(epoll.token(0)).isEqualTo(fd);
    held.drop(fd);
    assertThat(held.size()).isZero();
    assertThat(isOpen(fd)).isFalse();
    assertThat(epoll.await(0)).isZero();
  }

  @Test
  void doesNotWatchWhatIsNotToBeWatched() throws Exception {
    held.add("listener", socket(), false);
    assertThat(epoll.await(0)).isZero();
    assertThat(held.size()).isEqualTo(1);
  }

  @Test
  void holdsWhatCannotBeWatched() throws Exception {
    int fd = SharedMemory.memfd("test", 4096).fd(); // from here on it is the holder's
    assertThat(held.add("memory", fd, true)).isEqualTo(Outcome.HELD);
    held.drop("nothing of that name");
    assertThat(held.all()).containsExactly(new Stored("memory", fd));
    assertThat(epoll.await(0)).isZero();
  }

  @Test
  void refusesMoreThanItsBound() {
    for (int i = 0; i < MAX; i++) {
      assertThat(held.add("flow", socket(), false)).isEqualTo(Outcome.HELD);
    }
    int over = socket();
    assertThat(held.add("flow", over, false)).isEqualTo(Outcome.REFUSED);
    assertThat(isOpen(over)).isFalse();
    held.drop(held.all().getFirst().fd());
    assertThat(held.add("flow", socket(), false)).isEqualTo(Outcome.HELD);
  }

  @Test
  void refusesNamesThatTheEnvironmentCannotHold() {
    try (var many = new HeldDescriptors(epoll, 10_000)) {
      int fit = SpawnedProcess.MAX_NAMES_BYTES / 256;
      for (int i = 0; i < fit; i++) {
        assertThat(many.add("n".repeat(255), socket(), false)).isEqualTo(Outcome.HELD);
      }
      assertThat(many.add("n".repeat(255), socket(), false)).isEqualTo(Outcome.REFUSED);
      many.drop(many.all().getFirst().fd());
      assertThat(many.add("n".repeat(255), socket(), false)).isEqualTo(Outcome.HELD);
    }
  }

  @Test
  void forgetsByName() {
    int kept = socket();
    int first = socket();
    int second = socket();
    held.add("kept", kept, false);
    held.add("flow", first, false);
    held.add("flow", second, false);
    held.drop("flow");
    assertThat(held.all()).containsExactly(new Stored("kept", kept));
    assertThat(isOpen(first)).isFalse();
    assertThat(isOpen(second)).isFalse();
  }
}
