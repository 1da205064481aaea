package io.gatehouse.membership;

/** What is compared: one state machine, differently configured. */
enum Protocol {
  /** Suspicions of constant length, and nothing that guards against false ones. */
  SWIM(Timing.DEFAULT.with(Guard.SWIM, 1)),
  /** With the three parts of Lifeguard. */
  LIFEGUARD(Timing.DEFAULT.with(Guard.LIFEGUARD, Timing.DEFAULT.suspicionMaxMult())),
  /** As Gatehouse is. */
  OURS(Timing.DEFAULT);

  private final Timing timing;

  Protocol(Timing timing) {
    this.timing = timing;
  }

  Timing timing() {
    return timing;
  }

  /** As the reports name it. */
  String label() {
    return switch (this) {
      case SWIM -> "swim";
      case LIFEGUARD -> "lifeguard";
      case OURS -> "ours";
    };
  }
}
