package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.linux.DescriptorStore.Stored;
import io.gatehouse.linux.SpawnedProcess.End;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpawnedProcessTest {
  private static final int SIGKILL = 9;

  /** Tells in a file what the shell was given, and which descriptors it has. */
  private static final String TELL =
      "exec >\"$1\"; echo \"$LISTEN_FDS|$LISTEN_PID|$$|$LISTEN_FDNAMES|$EXTRA\"; ls -l /proc/$$/fd";

  @TempDir Path directory;
  private final List<Integer> sockets = new ArrayList<>();

  @AfterEach
  void close() {
    sockets.forEach(Libc::close);
  }

  private Stored stored(String name) throws LinuxException {
    int fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM);
    sockets.add(fd);
    return new Stored(name, fd);
  }

  private static String identity(int fd) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
  }

  private static End run(String script, String argument, List<Stored> passed) throws IOException {
    var process =
        SpawnedProcess.start(
            List.of("/bin/sh", "-c", script, "sh", argument),
            Map.of("PATH", "/usr/bin:/bin", "EXTRA", "kept", "LISTEN_FDS", "99"),
            passed);
    process.awaitEnd();
    return process.reap();
  }

  @Test
  void passesDescriptorsFromThreeOnWithTheirNames() throws Exception {
    var passed = new ArrayList<Stored>();
    Map<String, String> nameOf = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      passed.add(stored("socket-" + i));
      nameOf.put(identity(passed.get(i).fd()), "socket-" + i);
    }
    Path told = directory.resolve("told");
    assertThat(run(TELL, told.toString(), passed)).isEqualTo(new End(0, 0));

    var lines = Files.readAllLines(told);
    var head = lines.getFirst().split("\\|");
    assertThat(head[0]).isEqualTo("300");
    assertThat(head[1]).isEqualTo(head[2]);
    assertThat(head[4]).isEqualTo("kept");
    var names = head[3].split(":");
    var open = new HashMap<Integer, String>();
    var link = Pattern.compile(" (\\d+) -> (.*)");
    for (String line : lines) {
      var found = link.matcher(line);
      if (found.find() && Integer.parseInt(found.group(1)) > 2) {
        open.put(Integer.valueOf(found.group(1)), found.group(2));
      }
    }
    assertThat(open).hasSize(300);
    for (int i = 0; i < 300; i++) {
      assertThat(nameOf.get(open.get(3 + i))).as("descriptor %d", 3 + i).isEqualTo(names[i]);
    }
  }

  @Test
  void passesNothingElse() throws Exception {
    stored("inheritable, but not passed");
    Path told = directory.resolve("told");
    assertThat(run(TELL, told.toString(), List.of()).exitCode()).isZero();
    assertThat(Files.readString(told)).startsWith("||").doesNotContain("socket:", " 3 -> ");
  }

  @Test
  void tellsHowItEnded() throws Exception {
    assertThat(run("exit 7", "", List.of())).isEqualTo(new End(7, 0));
    End killed = run("kill -9 $$", "", List.of());
    assertThat(killed).isEqualTo(new End(0, SIGKILL));
    assertThat(killed.exitCode()).isEqualTo(137);
  }

  @Test
  void isAGroupOfItsOwnAndTakesSignals() throws Exception {
    var process = SpawnedProcess.start(List.of("/bin/sleep", "60"), Map.of(), List.of());
    var stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    assertThat(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[2])
        .isEqualTo(Integer.toString(process.pid()));
    process.signal(SIGKILL);
    process.awaitEnd();
    assertThat(process.reap().signal()).isEqualTo(SIGKILL);
    process.signal(SIGKILL); // its id may be another's by now
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> SpawnedProcess.start(List.of("/no/such"), Map.of(), List.of()))
        .hasMessage("posix_spawn: ENOENT (2)");
  }

  @Test
  void passesAsManyNamesAsItPromises() throws Exception {
    var passed = new ArrayList<Stored>();
    int full = SpawnedProcess.MAX_NAMES_BYTES / 256;
    for (int i = 0; i < full; i++) {
      passed.add(stored("x".repeat(255)));
    }
    assertThat(run("exit 0", "", passed).exitCode()).isZero();
    passed.add(stored("z".repeat(255)));
    assertThatThrownBy(() -> run("exit 0", "", passed)).hasMessageContaining("descriptor names");
  }
}
