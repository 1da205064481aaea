package io.gatehouse.membership;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessagePackException;

/**
 * The queries by which {@code serf keys} changes the keys of all nodes, and their answers.
 * Stateless.
 */
final class KeyQueries {
  private static final Map<String, KeyRequest.Action> ACTIONS =
      Map.of(
          "_serf_install-key", KeyRequest.Action.INSTALL,
          "_serf_use-key", KeyRequest.Action.USE,
          "_serf_remove-key", KeyRequest.Action.REMOVE,
          "_serf_list-keys", KeyRequest.Action.LIST);

  private static final int MAX_KEY_BYTES = 64;

  private KeyQueries() {}

  /** What a query asks for; null if that is nothing about keys, or does not decode. */
  static @Nullable KeyRequest request(SerfMessage.Query query) {
    KeyRequest.Action action = ACTIONS.get(query.name());
    byte[] in = query.payload();
    if (action == null || in.length == 0 || in[0] != SerfMessage.KEY_REQUEST) {
      return null;
    }
    var fields =
        new Object() {
          byte[] key = new byte[0];
        };
    try {
      new Msgpack.Reader(in, 1, in.length - 1)
          .map(
              (key, value) -> {
                if (key.equals("Key")) {
                  fields.key = value.bytes(MAX_KEY_BYTES);
                } else {
                  value.skip();
                }
              });
    } catch (IOException | MessagePackException | MalformedMessageException e) {
      return null;
    }
    return new KeyRequest(action, fields.key);
  }

  /** An answer's payload of at most {@code maxBytes}: with as many keys as fit, and saying so. */
  static byte[] response(KeyRequest.Answer answer, int maxBytes) {
    int all = answer.keys().size();
    for (int shown = all; shown > 0; shown--) {
      String text = shown == all ? answer.text() : "the first %d of %d keys".formatted(shown, all);
      byte[] response = encode(answer.done(), text, answer.keys().subList(0, shown));
      if (response.length <= maxBytes) {
        return response;
      }
    }
    return encode(answer.done(), answer.text(), List.of());
  }

  private static byte[] encode(boolean done, String text, List<String> keys) {
    return Msgpack.encode(
        SerfMessage.KEY_RESPONSE,
        p -> {
          p.packMapHeader(3);
          Msgpack.packKey(p, "Keys");
          p.packArrayHeader(keys.size());
          for (String key : keys) {
            Msgpack.packKey(p, key);
          }
          Msgpack.packString(p, "Message", text);
          Msgpack.packBoolean(p, "Result", done);
        });
  }
}
