package io.gatehouse.l7.http;

import io.gatehouse.l7.Upgrade;

/**
 * Removes the fields that hold for one connection only (RFC 9110 section 7.6.1), from requests and
 * responses alike.
 *
 * <p>Fields that Connection names are removed with it, except those that carry the message's
 * meaning or the client's identity: a client that names {@code Authorization} or {@code
 * X-Forwarded-For} there would have a proxy strip what a backend relies on (CVE-2024-45410). Such a
 * name is passed over; RFC 9110 forbids it in the first place.
 *
 * <p>{@code TE} stays only as {@code trailers}: Gatehouse passes trailers on, and no transfer
 * coding but its own. {@code Upgrade} goes; {@link #declare} brings it back where it was
 * understood, which h2c never is.
 */
public final class HopByHop {
  private static final HeaderName[] ALWAYS = {
    HeaderName.CONNECTION,
    HeaderName.KEEP_ALIVE,
    HeaderName.PROXY_CONNECTION,
    HeaderName.PROXY_AUTHENTICATE,
    HeaderName.PROXY_AUTHORIZATION,
    HeaderName.TRANSFER_ENCODING,
    HeaderName.HTTP2_SETTINGS,
    HeaderName.UPGRADE
  };

  private static final HeaderName[] NEVER_BY_NAME = {
    HeaderName.HOST,
    HeaderName.CONTENT_LENGTH,
    HeaderName.CONTENT_TYPE,
    HeaderName.CONTENT_ENCODING,
    HeaderName.CONTENT_RANGE,
    HeaderName.AUTHORIZATION,
    HeaderName.COOKIE,
    HeaderName.SET_COOKIE,
    HeaderName.CACHE_CONTROL,
    HeaderName.DATE,
    HeaderName.EXPECT,
    HeaderName.ORIGIN,
    HeaderName.LOCATION,
    HeaderName.VIA,
    HeaderName.FORWARDED,
    HeaderName.X_REAL_IP,
    HeaderName.X_REQUEST_ID,
    HeaderName.TRACEPARENT,
    HeaderName.of("tracestate"),
    HeaderName.of("idempotency-key")
  };

  private static final byte[] X_FORWARDED = Syntax.ascii("x-forwarded-");
  private static final byte[] TRAILERS = Syntax.ascii("trailers");
  private static final byte[] TE = Syntax.ascii("te");
  private static final byte[] UPGRADE = Syntax.ascii("upgrade");
  private static final byte[] WEBSOCKET = Syntax.ascii("websocket");

  private HopByHop() {}

  /** Removes every hop-by-hop field. What is to be known of them is asked for before. */
  public static void strip(HeaderBlock head) {
    if (ConnectionOptions.namesFields(head)) {
      removeNamedFields(head);
    }
    for (HeaderName name : ALWAYS) {
      head.removeAll(name);
    }
    if (head.contains(HeaderName.TE)) {
      boolean trailers = head.containsToken(HeaderName.TE, "trailers");
      head.removeAll(HeaderName.TE);
      if (trailers) {
        head.append(HeaderName.TE, TRAILERS);
      }
    }
  }

  /**
   * Declares what holds for the HTTP/1.1 connection that the head goes out on: TE, if it is there
   * (RFC 9110 section 10.1.4), and the switch to a WebSocket (section 7.8).
   */
  public static void declare(HeaderBlock head) {
    head.removeAll(HeaderName.CONNECTION);
    head.removeAll(HeaderName.UPGRADE);
    if (head.contains(HeaderName.TE)) {
      head.append(HeaderName.CONNECTION, TE);
    }
    if (head.upgrade() == Upgrade.WEBSOCKET) {
      head.append(HeaderName.CONNECTION, UPGRADE);
      head.append(HeaderName.UPGRADE, WEBSOCKET);
    }
  }

  private static void removeNamedFields(HeaderBlock head) {
    for (int i = head.find(HeaderName.CONNECTION);
        i >= 0;
        i = head.find(HeaderName.CONNECTION, i + 1)) {
      int end = head.valueStart(i) + head.valueLength(i);
      for (int at = head.valueStart(i); at < end; at = head.endOfMember(at, end) + 1) {
        removeField(head, at, head.endOfMember(at, end));
      }
    }
  }

  private static void removeField(HeaderBlock head, int memberStart, int memberEnd) {
    for (int i = 0; i < head.count(); i++) {
      // Connection and Upgrade are named while they are still being read; they have their turn.
      if (head.isNamedByMember(i, memberStart, memberEnd)
          && !head.nameEquals(i, HeaderName.CONNECTION)
          && !head.nameEquals(i, HeaderName.UPGRADE)
          && !head.nameEquals(i, HeaderName.TE)
          && !isProtected(head, i)) {
        head.remove(i);
      }
    }
  }

  private static boolean isProtected(HeaderBlock head, int index) {
    for (HeaderName name : NEVER_BY_NAME) {
      if (head.nameEquals(index, name)) {
        return true;
      }
    }
    return head.nameStartsWith(index, X_FORWARDED);
  }
}
