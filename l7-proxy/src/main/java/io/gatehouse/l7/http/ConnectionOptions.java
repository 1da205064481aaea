package io.gatehouse.l7.http;

import io.gatehouse.l7.Upgrade;
import io.gatehouse.l7.http.HeadResult.Progress;
import org.jspecify.annotations.Nullable;

/**
 * What the Connection field says (RFC 9110 section 7.6.1), read once by the parser. Ask before
 * {@link HopByHop#strip}, which removes the field.
 */
public final class ConnectionOptions {
  /** Most members of all Connection fields of a message: each is looked up among the fields. */
  public static final int MAX_OPTIONS = 32;

  private static final int CLOSE = 1;
  private static final int KEEP_ALIVE = 1 << 1;
  private static final int UPGRADE = 1 << 2;
  private static final int OTHER = 1 << 3;

  private ConnectionOptions() {}

  /** Whether the sender keeps the connection open after this message (RFC 9112 section 9.3). */
  public static boolean keepsAlive(HeaderBlock head) {
    if ((head.connectionOptions() & CLOSE) != 0) {
      return false;
    }
    return head.version() != HttpVersion.HTTP_1_0 || (head.connectionOptions() & KEEP_ALIVE) != 0;
  }

  /**
   * What a request without a body asks to switch to, or what a 101 switches to (RFC 9110 section
   * 7.8): one protocol that is known here and no other, so never h2c. Null if there is none.
   */
  public static @Nullable Upgrade upgrade(HeaderBlock head, BodyFraming framing) {
    if (head.method() == HttpMethod.CONNECT) {
      return Upgrade.CONNECT;
    }
    int upgrade = head.find(HeaderName.UPGRADE);
    boolean asked =
        upgrade >= 0
            && head.find(HeaderName.UPGRADE, upgrade + 1) < 0
            && (head.connectionOptions() & UPGRADE) != 0
            && head.version() == HttpVersion.HTTP_1_1
            && framing.kind() == BodyFraming.Kind.NONE
            && (head.method() == HttpMethod.GET || head.status() == 101);
    return asked && head.valueEqualsIgnoreCase(upgrade, "websocket") ? Upgrade.WEBSOCKET : null;
  }

  /** Whether the client waits for 100 (Continue) before it sends the body (section 10.1.1). */
  public static boolean expectsContinue(HeaderBlock head) {
    int expect = head.find(HeaderName.EXPECT);
    return expect >= 0
        && head.version() != HttpVersion.HTTP_1_0
        && head.valueEqualsIgnoreCase(expect, "100-continue");
  }

  /** Whether Connection names fields beyond the options that are known here. */
  static boolean namesFields(HeaderBlock head) {
    return (head.connectionOptions() & OTHER) != 0;
  }

  /** Reads the options of a head into the block. */
  static HeadResult read(HeaderBlock head) {
    int options = 0;
    int members = 0;
    for (int i = head.find(HeaderName.CONNECTION);
        i >= 0;
        i = head.find(HeaderName.CONNECTION, i + 1)) {
      int end = head.valueStart(i) + head.valueLength(i);
      for (int at = head.valueStart(i); at < end; at = head.endOfMember(at, end) + 1) {
        if (++members > MAX_OPTIONS) {
          return HttpViolation.TOO_MANY_CONNECTION_OPTIONS;
        }
        options |= option(head, at, head.endOfMember(at, end));
      }
    }
    head.setConnectionOptions(options);
    return Progress.DONE;
  }

  private static int option(HeaderBlock head, int start, int end) {
    if (head.memberEquals(start, end, "keep-alive")) {
      return KEEP_ALIVE;
    }
    if (head.memberEquals(start, end, "close")) {
      return CLOSE;
    }
    return head.memberEquals(start, end, "upgrade") ? UPGRADE : OTHER;
  }
}
