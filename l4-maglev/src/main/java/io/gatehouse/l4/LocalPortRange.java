package io.gatehouse.l4;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ports that the kernel gives to outgoing connections (ip(7), ip_local_port_range).
 *
 * @param low the first
 * @param high the last
 */
record LocalPortRange(int low, int high) {
  /** What the kernel takes if it is not told otherwise: 28,232 ports. */
  static final LocalPortRange DEFAULT = new LocalPortRange(32_768, 60_999);

  private static final Logger log = LoggerFactory.getLogger(LocalPortRange.class);
  private static final int MAX_BYTES = 64;
  private static final Path SETTING = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
  private static final Pattern FORM = Pattern.compile("(\\d{1,5})\\s+(\\d{1,5})\\s*");

  /** The setting of this network namespace; the kernel's default where it cannot be read. */
  static LocalPortRange ofThisHost() {
    // One read of all: the kernel gives such a file in one piece, and nothing after a part of it.
    try (var in = Files.newInputStream(SETTING)) {
      return parse(new String(in.readNBytes(MAX_BYTES), StandardCharsets.US_ASCII));
    } catch (IOException | IllegalArgumentException e) {
      log.atWarn()
          .addKeyValue("file", SETTING)
          .addKeyValue("assumed", DEFAULT)
          .setCause(e)
          .log("the range of local ports cannot be read");
      return DEFAULT;
    }
  }

  /**
   * @throws IllegalArgumentException if the text is no range
   */
  static LocalPortRange parse(String text) {
    var matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "ip_local_port_range: %s (expected: two ports)".formatted(text.strip()));
    }
    int low = Integer.parseInt(matcher.group(1));
    int high = Integer.parseInt(matcher.group(2));
    if (low < 1 || high > 0xffff || low > high) {
      throw new IllegalArgumentException(
          "ip_local_port_range: %d %d (expected: 1 <= low <= high <= 65535)".formatted(low, high));
    }
    return new LocalPortRange(low, high);
  }

  int size() {
    return high - low + 1;
  }
}
