package io.gatehouse.l4;

/**
 * The data plane that runs, and why it does.
 *
 * @param name as {@code /status} shows it
 */
record SelectedDataPlane(DataPlane plane, String name, String reason) {

  /**
   * @throws IllegalStateException if the choice is forced and not to be had
   */
  static SelectedDataPlane select(DataPlane.Choice choice) {
    return switch (choice) {
      case RELAY -> new SelectedDataPlane(new Relay(), Relay.NAME, "forced by the configuration");
      case AUTO ->
          new SelectedDataPlane(
              new Relay(), Relay.NAME, "the kernel data plane is not built into this version");
      case KERNEL ->
          throw new IllegalStateException(
              "the kernel data plane is not built into this version"
                  + " (set the data plane to auto or relay)");
    };
  }
}
