package io.gatehouse.l7.http;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.SplittableRandom;

/**
 * The key and its answer in the opening handshake of a WebSocket (RFC 6455 sections 4.1 and 4.2.2),
 * where only one side speaks HTTP/1.1: over HTTP/2 there are none (RFC 8441 section 5).
 */
public final class WebSocketKeys {
  /** What a tunnel is to carry, in the pseudo-field of that name (RFC 8441 section 5). */
  public static final byte[] PROTOCOL = Syntax.ascii("websocket");

  /** Means nothing over HTTP/2. */
  public static final HeaderName KEY = HeaderName.of("sec-websocket-key");

  private static final HeaderName ACCEPT = HeaderName.of("sec-websocket-accept");
  private static final byte[] GUID = Syntax.ascii("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  private static final int KEY_BYTES = 16;

  private WebSocketKeys() {}

  /** Gives a request that came over HTTP/2 a key. */
  public static void addKey(HeaderBlock request, SplittableRandom random) {
    if (request.version() == HttpVersion.HTTP_2 && !request.contains(KEY)) {
      byte[] key = new byte[KEY_BYTES];
      random.nextBytes(key);
      request.append(KEY, Base64.getEncoder().encode(key));
    }
  }

  /** Answers the request's key, if it has one, in a response that doesn't. */
  public static void addAccept(HeaderBlock response, HeaderBlock request) {
    int key = request.find(KEY);
    if (key >= 0 && !response.contains(ACCEPT)) {
      var sha1 = sha1();
      sha1.update(request.bytes(), request.valueStart(key), request.valueLength(key));
      response.append(ACCEPT, Base64.getEncoder().encode(sha1.digest(GUID)));
    }
  }

  /** Removes the answer to a key from a response that goes to a client without one. */
  public static void removeAccept(HeaderBlock response) {
    response.removeAll(ACCEPT);
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
