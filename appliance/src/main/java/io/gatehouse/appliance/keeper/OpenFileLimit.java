package io.gatehouse.appliance.keeper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How many descriptors a process may have open (getrlimit(2), RLIMIT_NOFILE).
 *
 * @param soft what counts; a JVM raises it to the hard limit when it starts
 */
public record OpenFileLimit(int soft) {
  private static final String LINE = "Max open files";

  /** What keeper and node need for themselves, on top of what is held. */
  private static final int RESERVE = 1024;

  /**
   * That of this process.
   *
   * @throws UncheckedIOException if /proc is not mounted
   */
  public static OpenFileLimit ofThisProcess() {
    try {
      return parse(Files.readString(Path.of("/proc/self/limits"), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("open file limit: /proc/self/limits is not readable", e);
    }
  }

  /** Reads the text of {@code /proc/PID/limits}. */
  static OpenFileLimit parse(String limits) {
    String soft =
        limits
            .lines()
            .filter(line -> line.startsWith(LINE))
            .findFirst()
            .map(line -> line.substring(LINE.length()).strip().split("\\s+")[0])
            .orElseThrow(() -> new IllegalArgumentException("process limits: no " + LINE));
    return new OpenFileLimit(
        soft.equals("unlimited")
            ? Integer.MAX_VALUE
            : (int) Math.min(Long.parseLong(soft), Integer.MAX_VALUE));
  }

  /** How many may be held: the limit less a reserve of 1024, or a quarter where that is less. */
  public int mostHeld() {
    return soft - Math.min(RESERVE, soft / 4);
  }
}
