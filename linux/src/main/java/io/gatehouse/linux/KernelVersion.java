package io.gatehouse.linux;

import java.util.Comparator;
import java.util.regex.Pattern;

/**
 * The release of a kernel, as uname(2) tells it. Distributions patch without raising these numbers:
 * a lower version may still hold a fix, so this decides in doubt against a feature.
 */
public record KernelVersion(int major, int minor, int patch) implements Comparable<KernelVersion> {
  private static final Pattern RELEASE =
      Pattern.compile("(\\d{1,5})\\.(\\d{1,5})(?:\\.(\\d{1,5}))?.*");

  private static final Comparator<KernelVersion> ORDER =
      Comparator.comparingInt(KernelVersion::major)
          .thenComparingInt(KernelVersion::minor)
          .thenComparingInt(KernelVersion::patch);

  /** The kernel that this process runs on. */
  public static KernelVersion running() {
    // On Linux the JDK takes this property from uname(2).
    return parse(System.getProperty("os.version"));
  }

  /**
   * Reads a release such as {@code 6.1.0-32-amd64}; what follows the numbers is ignored, and a
   * missing third number is 0.
   *
   * @throws IllegalArgumentException if it does not start with two numbers
   */
  public static KernelVersion parse(String release) {
    var match = RELEASE.matcher(release);
    if (!match.matches()) {
      throw new IllegalArgumentException(
          "kernel release: %s (expected: such as 6.1.0-32-amd64)".formatted(release));
    }
    var patch = match.group(3);
    return new KernelVersion(
        Integer.parseInt(match.group(1)),
        Integer.parseInt(match.group(2)),
        patch == null ? 0 : Integer.parseInt(patch));
  }

  /** Whether this kernel is of that version or a later one. */
  public boolean isAtLeast(int major, int minor, int patch) {
    return compareTo(new KernelVersion(major, minor, patch)) >= 0;
  }

  /**
   * Whether a sockmap redirects soundly: earlier kernels may deliver bytes twice after a partial
   * send. Fixed in Linux 6.15.3 (commit 3b4f14b79428) and in the long-term series that took the
   * fix.
   */
  public boolean redirectsSoundlyBySockmap() {
    if (major == 6) {
      return switch (minor) {
        case 1 -> patch >= 142;
        case 6 -> patch >= 94;
        case 12 -> patch >= 34;
        default -> isAtLeast(6, 15, 3);
      };
    }
    return major > 6;
  }

  @Override
  public int compareTo(KernelVersion other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
