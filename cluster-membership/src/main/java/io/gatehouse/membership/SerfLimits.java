package io.gatehouse.membership;

/**
 * What the Serf layer may use, whatever its peers send. Each limit that bites is counted and
 * logged.
 *
 * @param sharedBytes largest {@link SharedState} that is sent or taken in; a larger one is left out
 * @param queuedMessages events, intents and queries that wait to be gossiped; beyond it the most
 *     often sent goes first
 * @param events user events remembered, so that each is told once and a push/pull carries them to
 *     whoever missed them; beyond it the oldest are forgotten
 * @param intents joins and leaves remembered of nodes that are not members (yet); beyond it the
 *     oldest is forgotten
 */
public record SerfLimits(int sharedBytes, int queuedMessages, int events, int intents) {
  /** A shared state of 1 MiB, and queues as Serf's agents have them. */
  public static final SerfLimits DEFAULT = new SerfLimits(1 << 20, 4096, 4096, 1024);

  private static final int MAX_SHARED_BYTES = 32 << 20;
  private static final int MAX_COUNT = 1 << 17;

  public SerfLimits {
    within("sharedBytes", sharedBytes, 0, MAX_SHARED_BYTES);
    within("queuedMessages", queuedMessages, 1, MAX_COUNT);
    within("events", events, 1, MAX_COUNT);
    within("intents", intents, 1, MAX_COUNT);
  }

  private static void within(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s: %d (expected: %d to %d)".formatted(field, value, min, max));
    }
  }
}
