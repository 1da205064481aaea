package io.gatehouse.membership;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * How wary the ring is of false deaths. The first two are Lifeguard's (Dadgar, Phillips, Currey,
 * 2018; its third part, suspicion that shortens as others confirm, is {@link
 * Timing#suspicionMaxMult}); the others go further. None of it changes what travels, so nodes with
 * other values and Serf agents may be members of the same ring. docs/membership.md compares all of
 * them together with SWIM and with Lifeguard.
 *
 * @param maxLocalHealth greatest score of this node's own health; a node with score s probes {@code
 *     s + 1} times slower. Raise it to trust a struggling node less, 0 turns it off
 * @param buddy whether a suspect that is probed is told of the suspicion in the same packet, ahead
 *     of the ping, so that its ack already carries the refutation
 * @param silentProbes how often a probe is repeated when neither the member nor any of the helpers
 *     was heard: that says more of this node than of the member. 0 believes the first
 * @param ownSuspicions suspicions of this node's own that nobody has confirmed yet, at once; a
 *     further one is held back until it fails a later probe. A node that is half cut off fails to
 *     reach everybody and must not cause a storm. 0 sets no limit
 * @param lastWord whether a suspect whose time is up is asked once more before it is declared dead;
 *     costs a packet and a probe timeout for each death
 * @param deafAfterNanos a node that has heard nothing from anybody for this long, although it has
 *     others to hear, or that finds its own timers late by a quarter of it, takes no verdict, and
 *     gives suspects their time anew once it hears again: it was itself that was gone. 0 turns it
 *     off
 * @param deafUntilNanos a silence longer than this is believed: the others are gone
 */
public record Guard(
    int maxLocalHealth,
    boolean buddy,
    int silentProbes,
    int ownSuspicions,
    boolean lastWord,
    long deafAfterNanos,
    long deafUntilNanos) {

  /** Suspicion as SWIM has it; with a {@link Timing#suspicionMaxMult} of 1 all of it. */
  public static final Guard SWIM = new Guard(0, false, 0, 0, false, 0, 0);

  /** Lifeguard and nothing more. */
  public static final Guard LIFEGUARD = new Guard(7, true, 0, 0, false, 0, 0);

  /** For {@link Timing#DEFAULT}. */
  public static final Guard DEFAULT =
      new Guard(7, true, 2, 3, true, SECONDS.toNanos(2), SECONDS.toNanos(30));

  /** For {@link Timing#LOCAL}. */
  public static final Guard LOCAL =
      new Guard(7, true, 2, 3, true, MILLISECONDS.toNanos(400), SECONDS.toNanos(6));

  public Guard {
    atLeastZero("maxLocalHealth", maxLocalHealth);
    atLeastZero("silentProbes", silentProbes);
    atLeastZero("ownSuspicions", ownSuspicions);
    atLeastZero("deafAfterNanos", deafAfterNanos);
    if (deafUntilNanos < deafAfterNanos) {
      throw new IllegalArgumentException(
          "deafUntilNanos: %d (expected: at least deafAfterNanos, %d)"
              .formatted(deafUntilNanos, deafAfterNanos));
    }
  }

  private static void atLeastZero(String field, long value) {
    if (value < 0) {
      throw new IllegalArgumentException("%s: %d (expected: >= 0)".formatted(field, value));
    }
  }
}
