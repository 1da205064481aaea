package io.gatehouse.l4;

import io.gatehouse.l4.plane.KernelSupport;

/**
 * The data plane that runs, and why it does.
 *
 * @param name as {@code /status} shows it
 */
record SelectedDataPlane(String name, String reason) {
  private static final String KERNEL = "kernel";
  private static final String RELAY = "relay";

  /**
   * @throws IllegalStateException if the kernel's is asked for and not to be had
   */
  static SelectedDataPlane select(DataPlaneChoice choice) {
    if (choice == DataPlaneChoice.RELAY) {
      return new SelectedDataPlane(RELAY, "forced by the configuration");
    }
    var support = KernelSupport.probe();
    if (support.offered()) {
      return new SelectedDataPlane(KERNEL, support.reason());
    }
    if (choice == DataPlaneChoice.KERNEL) {
      throw new IllegalStateException(
          "the kernel data plane is not to be had: %s (set dataPlane to auto or relay)"
              .formatted(support.reason()));
    }
    return new SelectedDataPlane(
        RELAY, "the kernel data plane is not to be had: " + support.reason());
  }

  boolean isKernel() {
    return name.equals(KERNEL);
  }
}
