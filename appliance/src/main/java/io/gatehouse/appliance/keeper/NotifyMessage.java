package io.gatehouse.appliance.keeper;

import java.util.Optional;

/**
 * What a service tells by one datagram (sd_notify(3)): lines of KEY=VALUE, of which those listed
 * here mean something to the keeper. The last line of a key counts.
 *
 * @param stores FDSTORE=1: hold the descriptors that came along
 * @param removes FDSTOREREMOVE=1: drop what is held under the name
 * @param polled unless FDPOLL=0: drop what hangs up
 * @param name FDNAME, or systemd's name for what has none
 * @param ready READY=1
 * @param stopping STOPPING=1
 * @param status STATUS
 */
record NotifyMessage(
    boolean stores,
    boolean removes,
    boolean polled,
    String name,
    boolean ready,
    boolean stopping,
    Optional<String> status) {

  private static final String UNNAMED = "stored";
  private static final int MAX_NAME_LENGTH = 255;

  /** Reads a message; what is none counts as empty. */
  static NotifyMessage parse(String text) {
    boolean stores = false;
    boolean removes = false;
    boolean polled = true;
    boolean ready = false;
    boolean stopping = false;
    String name = UNNAMED;
    Optional<String> status = Optional.empty();
    for (String line : text.split("\n", -1)) {
      int equals = line.indexOf('=');
      String value = line.substring(equals + 1);
      switch (equals < 0 ? "" : line.substring(0, equals)) {
        case "FDSTORE" -> stores = value.equals("1");
        case "FDSTOREREMOVE" -> removes = value.equals("1");
        case "FDPOLL" -> polled = !value.equals("0");
        case "FDNAME" -> name = isName(value) ? value : UNNAMED;
        case "READY" -> ready = value.equals("1");
        case "STOPPING" -> stopping = value.equals("1");
        case "STATUS" -> status = Optional.of(value);
        default -> {} // not for a keeper
      }
    }
    return new NotifyMessage(stores, removes, polled, name, ready, stopping, status);
  }

  private static boolean isName(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_NAME_LENGTH
        && text.chars().allMatch(c -> c >= ' ' && c <= '~' && c != ':');
  }
}
