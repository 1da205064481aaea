package io.gatehouse.l4.plane;

/**
 * The names under which descriptors are kept for a successor. They carry the version of the table's
 * layout: a successor that does not know it leaves the descriptors alone.
 */
final class KeptNames {
  /**
   * Short, because all names travel in one environment variable, of at most 128 KiB: the letter,
   * the layout, and the cookie of the client's socket, of which there is no other until the next
   * boot.
   */
  private static final String FLOW = "f" + FlowTable.LAYOUT + '.';

  private static final String PLANE = "gatehouse.plane." + FlowTable.LAYOUT + '.';

  private static final String LISTENER = "gatehouse.listener.";

  private KeptNames() {}

  /** Both sockets of a flow have the same name. */
  static String flow(long clientCookie) {
    return FLOW + Long.toString(clientCookie, Character.MAX_RADIX);
  }

  static boolean isFlow(String name) {
    return name.startsWith(FLOW);
  }

  /** A part of a plane; neither name has a dot. */
  static String part(String plane, String part) {
    return PLANE + plane + '.' + part;
  }

  static boolean isPart(String name) {
    return name.startsWith(PLANE);
  }

  static String planeOf(String name) {
    return name.substring(PLANE.length(), name.lastIndexOf('.'));
  }

  static String partOf(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  static String listener(String id) {
    return LISTENER + id;
  }

  static boolean isListener(String name) {
    return name.startsWith(LISTENER);
  }

  static String listenerOf(String name) {
    return name.substring(LISTENER.length());
  }
}
