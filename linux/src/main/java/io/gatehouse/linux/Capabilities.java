package io.gatehouse.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the kernel lets a process do (capabilities(7)).
 *
 * @param effective bit set of the effective capabilities, by their numbers
 */
public record Capabilities(long effective) {

  /** The capabilities that Gatehouse asks about. */
  public enum Capability {
    /** Listen on ports below 1024. */
    CAP_NET_BIND_SERVICE(10),
    /** Configure the network; attach BPF programs to sockets. */
    CAP_NET_ADMIN(12),
    /** Much; before Linux 5.8 also BPF. */
    CAP_SYS_ADMIN(21),
    /** Exceed resource limits, such as that of open descriptors. */
    CAP_SYS_RESOURCE(24),
    /** Load BPF programs and make maps. */
    CAP_BPF(39);

    private final int number;

    Capability(int number) {
      this.number = number;
    }
  }

  private static final String LINE = "CapEff:";

  /**
   * Those of this process, of the thread that started it.
   *
   * @throws UncheckedIOException if /proc is not mounted
   */
  public static Capabilities ofThisProcess() {
    try {
      return parse(Files.readString(Path.of("/proc/self/status"), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("capabilities: /proc/self/status is not readable", e);
    }
  }

  /** Reads the text of {@code /proc/PID/status}. */
  static Capabilities parse(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith(LINE))
        .findFirst()
        .map(
            line ->
                new Capabilities(Long.parseUnsignedLong(line.substring(LINE.length()).trim(), 16)))
        .orElseThrow(() -> new IllegalArgumentException("process status: no CapEff line"));
  }

  /** Whether the process has this capability in effect. */
  public boolean has(Capability capability) {
    return (effective >>> capability.number & 1) != 0;
  }
}
