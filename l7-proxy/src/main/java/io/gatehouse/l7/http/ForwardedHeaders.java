package io.gatehouse.l7.http;

/**
 * Tells the upstream who the client is: X-Forwarded-For, -Proto, -Host and -Port, Forwarded (RFC
 * 7239), X-Request-ID, and where it has proved to hold one, its certificate in Client-Cert and
 * Client-Cert-Chain (RFC 9440).
 *
 * <p>From a client that isn't trusted nothing of that kind is believed (CVE-2025-41235). Whatever a
 * backend could take for an identity or an override of the URL is removed, not only the fields that
 * are set here: every {@code X-Forwarded…}, {@code X-Real-IP}, {@code X-Original-URL} and their
 * like, and {@code Proxy} (CVE-2016-5385). Names are compared with {@code _} read as {@code -},
 * since CGI-like backends fold both into one variable. X-Real-IP is not set: X-Forwarded-For, which
 * then has a single member, says the same.
 *
 * <p>From a trusted peer (another proxy of the same owner) lists are continued and single values
 * kept. A certificate is believed from nobody: only a handshake proves it.
 */
public final class ForwardedHeaders {
  private static final byte[] CLIENT_CERT = HeaderName.CLIENT_CERT.lower();
  private static final byte[] CLIENT_CERT_CHAIN = HeaderName.CLIENT_CERT_CHAIN.lower();
  private static final byte[] X_FORWARDED = Syntax.ascii("x-forwarded");
  private static final byte[][] CLAIMS = {
    Syntax.ascii("forwarded"),
    Syntax.ascii("x-real-ip"),
    Syntax.ascii("x-client-ip"),
    Syntax.ascii("true-client-ip"),
    Syntax.ascii("x-cluster-client-ip"),
    Syntax.ascii("x-original-forwarded-for"),
    Syntax.ascii("x-original-host"),
    Syntax.ascii("x-original-url"),
    Syntax.ascii("x-rewrite-url"),
    Syntax.ascii("x-request-id"),
    Syntax.ascii("proxy"),
  };

  private static final byte[] FOR = Syntax.ascii("for=");
  private static final byte[] HOST = Syntax.ascii(";host=");
  private static final byte[] PROTO = Syntax.ascii(";proto=");
  private static final byte[] QUOTE = Syntax.ascii("\"");
  private static final byte[] COMMA = Syntax.ascii(", ");
  private static final int FORWARDED_ROOM = 512;

  private ForwardedHeaders() {}

  /**
   * Sets the fields. Call it after {@link HopByHop#strip}.
   *
   * @param head of a request; its Host is what the client asked for
   * @param client who sent it
   * @param id set by {@link RequestId#draw} or {@link RequestId#adopt}
   * @param trustIncoming whether the peer's own claims are believed
   */
  public static void apply(
      HeaderBlock head, ForwardedClient client, RequestId id, boolean trustIncoming) {
    removeClaims(head, trustIncoming);
    if (client.certificate.length > 0) {
      head.append(HeaderName.CLIENT_CERT, client.certificate);
    }
    if (client.certificateChain.length > 0) {
      head.append(HeaderName.CLIENT_CERT_CHAIN, client.certificateChain);
    }
    continueList(head, HeaderName.X_FORWARDED_FOR, client.address);
    setIfAbsent(head, HeaderName.X_FORWARDED_PROTO, client.proto);
    setIfAbsent(head, HeaderName.X_FORWARDED_PORT, client.port);
    int host = head.find(HeaderName.HOST);
    if (host >= 0 && !head.contains(HeaderName.X_FORWARDED_HOST)) {
      head.beginField(HeaderName.X_FORWARDED_HOST, head.valueLength(host));
      head.putValueFromHere(head.valueStart(host), head.valueLength(host));
      head.endField();
    }
    forwarded(head, client, host);
    id.putInto(head);
  }

  private static void removeClaims(HeaderBlock head, boolean trustIncoming) {
    for (int i = 0; i < head.count(); i++) {
      if (!head.isRemoved(i) && (isCertificate(head, i) || (!trustIncoming && isClaim(head, i)))) {
        head.remove(i);
      }
    }
  }

  private static boolean isCertificate(HeaderBlock head, int index) {
    return startsWithFolded(head, index, CLIENT_CERT)
        && (head.nameLength(index) == CLIENT_CERT.length
            || (head.nameLength(index) == CLIENT_CERT_CHAIN.length
                && startsWithFolded(head, index, CLIENT_CERT_CHAIN)));
  }

  /** Whether the field could be taken for a statement about the client or the URL. */
  static boolean isClaim(HeaderBlock head, int index) {
    if (isCertificate(head, index)) {
      return true;
    }
    byte first = head.bytes()[head.nameStart(index)];
    if (first != 'x' && first != 'f' && first != 't' && first != 'p') {
      return false;
    }
    if (startsWithFolded(head, index, X_FORWARDED)) {
      return true;
    }
    for (byte[] claim : CLAIMS) {
      if (head.nameLength(index) == claim.length && startsWithFolded(head, index, claim)) {
        return true;
      }
    }
    return false;
  }

  private static boolean startsWithFolded(HeaderBlock head, int index, byte[] prefix) {
    if (head.nameLength(index) < prefix.length) {
      return false;
    }
    byte[] bytes = head.bytes();
    int start = head.nameStart(index);
    for (int i = 0; i < prefix.length; i++) {
      byte octet = bytes[start + i];
      if ((octet == '_' ? '-' : octet) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private static void setIfAbsent(HeaderBlock head, HeaderName name, byte[] value) {
    if (!head.contains(name)) {
      head.append(name, value);
    }
  }

  private static void continueList(HeaderBlock head, HeaderName name, byte[] member) {
    int fieldsBefore = head.count();
    head.beginField(name, member.length);
    putEarlierMembers(head, name, fieldsBefore);
    head.putValue(member, 0, member.length);
    head.endField();
  }

  /** Moves the members of earlier fields of this name into the field that was begun. */
  private static void putEarlierMembers(HeaderBlock head, HeaderName name, int fieldsBefore) {
    for (int i = head.find(name); i >= 0 && i < fieldsBefore; i = head.find(name, i + 1)) {
      if (head.valueLength(i) > 0) {
        head.putValueFromHere(head.valueStart(i), head.valueLength(i));
        head.putValue(COMMA, 0, COMMA.length);
      }
      head.remove(i);
    }
  }

  private static void forwarded(HeaderBlock head, ForwardedClient client, int host) {
    int fieldsBefore = head.count();
    head.beginField(HeaderName.FORWARDED, FORWARDED_ROOM);
    putEarlierMembers(head, HeaderName.FORWARDED, fieldsBefore);
    put(head, FOR);
    put(head, client.forwardedNode);
    if (host >= 0) {
      boolean token = head.valueLength(host) == head.hostNameLength();
      put(head, HOST);
      putHost(head, host, token && head.bytes()[head.valueStart(host)] != '[');
    }
    put(head, PROTO);
    put(head, client.proto);
    head.endField();
  }

  /** A host with a port or brackets is no token and goes in quotes (RFC 7239 section 4). */
  private static void putHost(HeaderBlock head, int host, boolean token) {
    if (!token) {
      put(head, QUOTE);
    }
    head.putValueFromHere(head.valueStart(host), head.valueLength(host));
    if (!token) {
      put(head, QUOTE);
    }
  }

  private static void put(HeaderBlock head, byte[] piece) {
    head.putValue(piece, 0, piece.length);
  }
}
