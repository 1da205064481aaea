package io.gatehouse.l4.plane;

import io.gatehouse.linux.Capabilities;
import io.gatehouse.linux.Capabilities.Capability;
import io.gatehouse.linux.KernelVersion;
import java.io.IOException;
import java.util.stream.Stream;

/**
 * Whether the kernel can carry connections, and why not if it cannot.
 *
 * @param offered whether it can
 * @param reason in words, for the log and the status
 */
public record KernelSupport(boolean offered, String reason) {
  /** Looks at privileges and version, and then tries. Takes some milliseconds. */
  public static KernelSupport probe() {
    var capabilities = Capabilities.ofThisProcess();
    var missing =
        Stream.of(Capability.CAP_BPF, Capability.CAP_NET_ADMIN)
            .filter(capability -> !capabilities.has(capability))
            .toList();
    if (!missing.isEmpty()) {
      return new KernelSupport(
          false, "this process lacks %s".formatted(missing.toString().replaceAll("[\\[\\]]", "")));
    }
    var version = KernelVersion.running();
    if (!version.redirectsSoundlyBySockmap()) {
      return new KernelSupport(
          false,
          "Linux %s can duplicate bytes in a sockmap (fixed in 6.1.142, 6.6.94, 6.12.34, 6.15.3)"
              .formatted(version));
    }
    try {
      KernelSelfTest.run();
      return new KernelSupport(
          true, "Linux %s forwards soundly; self-test passed".formatted(version));
    } catch (IOException e) {
      return new KernelSupport(false, String.valueOf(e.getMessage()));
    }
  }
}
