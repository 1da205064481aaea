package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.linux.DescriptorStore.Stored;
import io.gatehouse.linux.NotificationSocket.Notification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The store's client against a receiver of the same protocol. */
class DescriptorStoreTest {
  private static final int EAGAIN = 11;
  private static final int ENOTCONN = 107;
  private static final int ECONNREFUSED = 111;
  private static final long PID = ProcessHandle.current().pid();

  private NotificationSocket receiver = open();
  private final List<Integer> sockets = new ArrayList<>();

  private static NotificationSocket open() {
    try {
      return NotificationSocket.open();
    } catch (LinuxException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void openReceiver() {
    receiver.close();
    receiver = open();
  }

  @AfterEach
  void close() {
    receiver.close();
    sockets.forEach(Libc::close);
  }

  private DescriptorStore store() {
    return DescriptorStore.fromEnvironment(
        Map.of("NOTIFY_SOCKET", receiver.name(), "FDSTORE", "10"), PID);
  }

  private int[] sockets(int count) throws LinuxException {
    int[] fds = new int[count];
    for (int i = 0; i < count; i++) {
      fds[i] = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC);
      sockets.add(fds[i]);
    }
    return fds;
  }

  private Notification received() throws LinuxException {
    Notification message = receiver.receive();
    if (message == null) {
      throw new AssertionError("nothing was received");
    }
    Arrays.stream(message.fds()).forEach(sockets::add);
    return message;
  }

  private static List<String> identities(int[] fds) throws IOException {
    var identities = new ArrayList<String>();
    for (int fd : fds) {
      identities.add(Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString());
    }
    return identities;
  }

  @Test
  void sendsDuplicatesUnderAName() throws Exception {
    int[] fds = sockets(3);
    try (var store = store()) {
      assertThat(store.isAvailable()).isTrue();
      assertThat(store.store("flow", fds, 2)).isZero();
    }
    Notification message = received();
    assertThat(message.pid()).isEqualTo(PID);
    assertThat(message.text()).isEqualTo("FDSTORE=1\nFDNAME=flow");
    assertThat(identities(message.fds())).isEqualTo(identities(fds).subList(0, 2));
    assertThat(receiver.receive()).isNull();
  }

  @Test
  void sendsAsManyAsOneMessageHolds() throws Exception {
    int[] fds = sockets(DescriptorStore.MAX_DESCRIPTORS_PER_CALL + 1);
    try (var store = store()) {
      assertThat(store.store("f", fds, DescriptorStore.MAX_DESCRIPTORS_PER_CALL)).isZero();
      assertThat(identities(received().fds())).isEqualTo(identities(fds).subList(0, 253));
      assertThatThrownBy(() -> store.store("f", fds, fds.length))
          .hasMessage("count: 254 (expected: 1 to 253)");
      assertThatThrownBy(() -> store.store("f", fds, 0))
          .hasMessage("count: 0 (expected: 1 to 253)");
    }
  }

  @Test
  void saysWhatIsNotToBeWatchedAndWhatIsToBeForgotten() throws Exception {
    try (var store = store()) {
      assertThat(store.storeUnpolled("map", sockets(1), 1)).isZero();
      assertThat(store.forget("map")).isZero();
    }
    assertThat(received().text()).isEqualTo("FDSTORE=1\nFDNAME=map\nFDPOLL=0");
    Notification forget = received();
    assertThat(forget.text()).isEqualTo("FDSTOREREMOVE=1\nFDNAME=map");
    assertThat(forget.fds()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a:b", "a\nb", "größe", "\u007f"})
  void refusesANameThatCannotBePassed(String name) throws Exception {
    int[] fds = sockets(1);
    try (var store = store()) {
      assertThatThrownBy(() -> store.store(name, fds, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected: 1 to 255 printable ASCII characters without ':'");
      assertThatThrownBy(() -> store.forget("x".repeat(256)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(store.storeUnpolled("x".repeat(255), fds, 1)).isZero();
    }
    assertThat(received().text()).hasSize(17 + 255 + 9);
  }

  @Test
  void tellsWhenTheReceiverIsBehindAndDoesNotWait() throws Exception {
    int[] fds = sockets(1);
    try (var store = store()) {
      int result = 0;
      for (int i = 0; i < 100_000 && result == 0; i++) {
        result = store.forget("x");
      }
      assertThat(result).isEqualTo(-EAGAIN);
      received();
      assertThat(store.store("x", fds, 1)).isZero();
    }
  }

  @Test
  void tellsWhenTheStoreIsGone() throws Exception {
    int[] fds = sockets(1);
    try (var store = store()) {
      assertThat(store.store("x", fds, 1)).isZero();
      receiver.close();
      assertThat(store.store("x", fds, 1)).isEqualTo(-ECONNREFUSED);
    }
    receiver = open();
  }

  @Test
  void aCopyReachesTheSameStoreAndHasNothingToTake() throws Exception {
    var environment =
        Map.of(
            "NOTIFY_SOCKET",
            receiver.name(),
            "FDSTORE",
            "10",
            "LISTEN_PID",
            Long.toString(PID),
            "LISTEN_FDS",
            "1");
    try (var store = DescriptorStore.fromEnvironment(environment, PID);
        var copy = store.copy()) {
      assertThat(copy.take()).isEmpty();
      assertThat(copy.forget("x")).isZero();
      assertThat(store.take()).hasSize(1);
    }
    received();
  }

  @Test
  void isNotAvailableWhereNothingIsStored() throws Exception {
    int[] fds = sockets(1);
    for (var environment :
        List.of(
            Map.<String, String>of(),
            Map.of("NOTIFY_SOCKET", receiver.name()),
            Map.of("NOTIFY_SOCKET", receiver.name(), "FDSTORE", "0"))) {
      try (var store = DescriptorStore.fromEnvironment(environment, PID)) {
        assertThat(store.isAvailable()).isFalse();
        assertThat(store.store("x", fds, 1)).isEqualTo(-ENOTCONN);
        assertThat(store.take()).isEmpty();
      }
    }
    assertThat(receiver.receive()).isNull();
  }

  @Test
  void givesWhatWasPassedOnceWithItsNames() {
    try (var store = passed("4711", "2", Map.of("LISTEN_FDNAMES", "http:flow"))) {
      assertThat(store.take()).containsExactly(new Stored("http", 3), new Stored("flow", 4));
      assertThat(store.take()).isEmpty();
    }
  }

  @Test
  void takesNothingThatWasPassedToAnother() {
    try (var store = passed("4712", "2", Map.of())) {
      assertThat(store.take()).isEmpty();
    }
  }

  @Test
  void doesWithoutNamesThatAreMissingOrTooFew() {
    for (var names : List.of(Map.<String, String>of(), Map.of("LISTEN_FDNAMES", "one"))) {
      try (var store = passed("4711", "2", names)) {
        assertThat(store.take())
            .containsExactly(new Stored("unknown", 3), new Stored("unknown", 4));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "two", "99999999999"})
  void takesNothingWhenTheirNumberIsNone(String count) {
    try (var store = passed("4711", count, Map.of())) {
      assertThat(store.take()).isEmpty();
    }
  }

  /** As in an environment of process 4711; the JVM has 3 and 4 open, and marks them CLOEXEC. */
  private static DescriptorStore passed(String pid, String count, Map<String, String> more) {
    var environment = new java.util.HashMap<>(more);
    environment.put("LISTEN_PID", pid);
    environment.put("LISTEN_FDS", count);
    return DescriptorStore.fromEnvironment(environment, 4711);
  }
}
