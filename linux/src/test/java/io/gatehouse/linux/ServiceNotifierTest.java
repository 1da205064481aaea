package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceNotifierTest {
  private static final long PID = 4711;

  @TempDir Path directory;

  @Test
  void tellsAReceiverAtAPath() throws Exception {
    var path = directory.resolve("notify").toString();
    int receiver = BlockingSockets.bindUnixDatagram(path.getBytes(StandardCharsets.UTF_8));
    try {
      assertAllMessagesArrive(receiver, notifier(path));
    } finally {
      Libc.close(receiver);
    }
  }

  @Test
  void tellsAReceiverWithAnAbstractName() throws Exception {
    var name = "gatehouse-test-" + ProcessHandle.current().pid();
    int receiver = BlockingSockets.bindUnixDatagram(("\0" + name).getBytes(StandardCharsets.UTF_8));
    try {
      assertAllMessagesArrive(receiver, notifier("@" + name));
    } finally {
      Libc.close(receiver);
    }
  }

  private static void assertAllMessagesArrive(int receiver, ServiceNotifier notifier) {
    assertThat(notifier.isActive()).isTrue();
    assertThat(notifier.ready()).isTrue();
    assertThat(notifier.status("3 of 3 endpoints\nare up, größer")).isTrue();
    assertThat(notifier.watchdog()).isTrue();
    assertThat(notifier.stopping()).isTrue();
    assertThat(received(receiver)).isEqualTo("READY=1");
    assertThat(received(receiver)).isEqualTo("STATUS=3 of 3 endpoints are up, größer");
    assertThat(received(receiver)).isEqualTo("WATCHDOG=1");
    assertThat(received(receiver)).isEqualTo("STOPPING=1");
  }

  private static String received(int receiver) {
    var buffer = new byte[256];
    int length = BlockingSockets.receive(receiver, buffer, Libc.MSG_DONTWAIT);
    assertThat(length).isPositive();
    return new String(buffer, 0, length, StandardCharsets.UTF_8);
  }

  @Test
  void doesNothingWithoutAServiceManager() {
    var notifier = ServiceNotifier.fromEnvironment(Map.of(), PID);
    assertThat(notifier.isActive()).isFalse();
    assertThat(notifier.ready()).isTrue();
    assertThat(notifier.watchdogIntervalNanos()).isEmpty();
  }

  @Test
  void saysSoWhenNobodyListensAndCarriesOn() {
    assertThat(notifier(directory.resolve("gone").toString()).ready()).isFalse();
  }

  @Test
  void givesUpOnAReceiverThatDoesNotRead() throws Exception {
    var path = directory.resolve("stuck").toString();
    int receiver = BlockingSockets.bindUnixDatagram(path.getBytes(StandardCharsets.UTF_8));
    try {
      var notifier = notifier(path);
      int told = 0;
      // Linux queues net.unix.max_dgram_qlen messages, some hundreds at most.
      while (told < 100_000 && notifier.watchdog()) {
        told++;
      }
      assertThat(told).isBetween(1, 99_999);
    } finally {
      Libc.close(receiver);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"relative/path", "vsock:2:1234", "/"})
  void isNoFatalMatterWhenTheAddressIsNone(String socket) {
    var notifier = notifier(socket.equals("/") ? "/" + "x".repeat(107) : socket);
    assertThat(notifier.isActive()).isFalse();
    assertThat(notifier.ready()).isTrue();
  }

  @Test
  void leavesNoDescriptorBehind() throws Exception {
    var notifier = notifier(directory.resolve("gone").toString());
    notifier.ready();
    long before = openDescriptors();
    for (int i = 0; i < 50; i++) {
      notifier.ready();
    }
    assertThat(openDescriptors()).isLessThan(before + 50);
  }

  private static long openDescriptors() throws Exception {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    }
  }

  @Test
  void knowsHowOftenTheWatchdogWantsASign() {
    var environment = Map.of("WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "4711");
    assertThat(ServiceNotifier.fromEnvironment(environment, PID).watchdogIntervalNanos())
        .hasValue(3_000_000_000L);
    assertThat(ServiceNotifier.fromEnvironment(environment, PID + 1).watchdogIntervalNanos())
        .isEmpty();
    assertThat(
            ServiceNotifier.fromEnvironment(Map.of("WATCHDOG_USEC", "3s"), PID)
                .watchdogIntervalNanos())
        .isEmpty();
  }

  private static ServiceNotifier notifier(String socket) {
    return ServiceNotifier.fromEnvironment(Map.of("NOTIFY_SOCKET", socket), PID);
  }
}
