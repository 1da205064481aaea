package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatehouse.membership.UserEvent;
import org.jspecify.annotations.Nullable;

/**
 * What a node's data path met, told to the others so that they look at once: {@code POOL ENDPOINT
 * OBSERVER CAUSE}, as a line of text. Names are escaped as in {@link EvidenceText}.
 */
record Hint(EndpointKey key, String observer, String cause) {
  /** Name of the events. */
  static final String EVENT = "health-hint";

  private static final int WORDS = 4;

  /** The event; null if the names are too long for one. */
  @Nullable UserEvent event() {
    byte[] payload =
        String.join(
                " ",
                EvidenceText.escape(key.pool()),
                EvidenceText.escape(key.endpoint()),
                EvidenceText.escape(observer),
                Evidence.plain(cause))
            .getBytes(UTF_8);
    return payload.length > UserEvent.MAX_BYTES - EVENT.length()
        ? null
        : new UserEvent(EVENT, payload, false);
  }

  /** The hint in a payload; null if there is none. */
  static @Nullable Hint read(byte[] payload) {
    String[] words = new String(payload, UTF_8).split(" ", WORDS);
    if (words.length < WORDS - 1) {
      return null;
    }
    String pool = EvidenceText.unescape(words[0]);
    String endpoint = EvidenceText.unescape(words[1]);
    String observer = EvidenceText.unescape(words[2]);
    if (pool == null || endpoint == null || observer == null) {
      return null;
    }
    return new Hint(
        new EndpointKey(pool, endpoint),
        observer,
        words.length == WORDS ? Evidence.plain(words[WORDS - 1]) : "");
  }
}
