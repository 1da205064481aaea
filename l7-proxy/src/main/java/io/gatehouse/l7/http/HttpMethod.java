package io.gatehouse.l7.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The methods that Gatehouse knows by name (RFC 9110 section 9, RFC 5789), and all others. */
public enum HttpMethod {
  GET(true, true),
  HEAD(true, true),
  POST(false, false),
  PUT(false, true),
  DELETE(false, true),
  OPTIONS(true, true),
  PATCH(false, false),
  TRACE(true, true),
  CONNECT(false, false),
  /** Any other token; {@link HeaderBlock#methodStart()} has its bytes. */
  OTHER(false, false);

  private static final HttpMethod[] KNOWN = {
    GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, TRACE, CONNECT
  };

  private final boolean safe;
  private final boolean idempotent;
  private final byte[] token;

  HttpMethod(boolean safe, boolean idempotent) {
    this.safe = safe;
    this.idempotent = idempotent;
    this.token = name().getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether it asks for no change (RFC 9110 section 9.2.1). */
  public boolean isSafe() {
    return safe;
  }

  /** Whether sending it twice is as good as once (RFC 9110 section 9.2.2). */
  public boolean isIdempotent() {
    return idempotent;
  }

  /** The method with exactly these bytes; methods are case-sensitive (RFC 9110 section 9.1). */
  static HttpMethod of(byte[] bytes, int start, int length) {
    for (HttpMethod method : KNOWN) {
      byte[] token = method.token;
      if (token.length == length && Arrays.equals(token, 0, length, bytes, start, start + length)) {
        return method;
      }
    }
    return OTHER;
  }
}
