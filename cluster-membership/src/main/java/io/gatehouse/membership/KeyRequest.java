package io.gatehouse.membership;

import java.util.List;

/**
 * What an operator wants done with the keys of every node, by way of a query.
 *
 * @param key empty where all keys are listed; not checked
 */
record KeyRequest(Action action, byte[] key) {
  enum Action {
    INSTALL,
    USE,
    REMOVE,
    LIST
  }

  @Override
  public String toString() {
    return "KeyRequest[" + action + "]"; // never the key
  }

  /**
   * What came of it.
   *
   * @param text why not, for the operator; empty if it is done
   * @param keys in Base64, the one that encrypts first; only where they are listed
   */
  record Answer(boolean done, String text, List<String> keys) {
    Answer {
      keys = List.copyOf(keys);
    }

    static Answer ok(List<String> keys) {
      return new Answer(true, "", keys);
    }

    static Answer failed(String text) {
      return new Answer(false, text, List.of());
    }

    @Override
    public String toString() {
      return "Answer[%s, %s, %d keys]".formatted(done, text, keys.size());
    }
  }
}
