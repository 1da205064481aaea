package io.gatehouse.l7.http;

import java.nio.charset.StandardCharsets;

/**
 * A field name that is looked up or written, with its bytes and hash made once. Names travel in
 * lower case everywhere, as in HTTP/2 (RFC 9113 section 8.2.1), so there is one form to compare.
 */
public final class HeaderName {
  public static final HeaderName HOST = of("host");
  public static final HeaderName CONNECTION = of("connection");
  public static final HeaderName KEEP_ALIVE = of("keep-alive");
  public static final HeaderName PROXY_CONNECTION = of("proxy-connection");
  public static final HeaderName PROXY_AUTHENTICATE = of("proxy-authenticate");
  public static final HeaderName PROXY_AUTHORIZATION = of("proxy-authorization");
  public static final HeaderName TE = of("te");
  public static final HeaderName TRAILER = of("trailer");
  public static final HeaderName TRANSFER_ENCODING = of("transfer-encoding");
  public static final HeaderName UPGRADE = of("upgrade");
  public static final HeaderName HTTP2_SETTINGS = of("http2-settings");
  public static final HeaderName CONTENT_LENGTH = of("content-length");
  public static final HeaderName CONTENT_TYPE = of("content-type");
  public static final HeaderName CONTENT_ENCODING = of("content-encoding");
  public static final HeaderName CONTENT_RANGE = of("content-range");
  public static final HeaderName AUTHORIZATION = of("authorization");
  public static final HeaderName CLIENT_CERT = of("client-cert");
  public static final HeaderName CLIENT_CERT_CHAIN = of("client-cert-chain");
  public static final HeaderName COOKIE = of("cookie");
  public static final HeaderName SET_COOKIE = of("set-cookie");
  public static final HeaderName CACHE_CONTROL = of("cache-control");
  public static final HeaderName DATE = of("date");
  public static final HeaderName EXPECT = of("expect");
  public static final HeaderName ORIGIN = of("origin");
  public static final HeaderName LOCATION = of("location");
  public static final HeaderName RETRY_AFTER = of("retry-after");
  public static final HeaderName SERVER = of("server");
  public static final HeaderName USER_AGENT = of("user-agent");
  public static final HeaderName REFERER = of("referer");
  public static final HeaderName VIA = of("via");
  public static final HeaderName FORWARDED = of("forwarded");
  public static final HeaderName X_FORWARDED_FOR = of("x-forwarded-for");
  public static final HeaderName X_FORWARDED_PROTO = of("x-forwarded-proto");
  public static final HeaderName X_FORWARDED_HOST = of("x-forwarded-host");
  public static final HeaderName X_FORWARDED_PORT = of("x-forwarded-port");
  public static final HeaderName X_REAL_IP = of("x-real-ip");
  public static final HeaderName X_REQUEST_ID = of("x-request-id");
  public static final HeaderName TRACEPARENT = of("traceparent");

  private final String text;
  private final byte[] lower;
  private final int hash;

  private HeaderName(String text, byte[] lower) {
    this.text = text;
    this.lower = lower;
    this.hash = Syntax.nameHash(lower, 0, lower.length);
  }

  /**
   * A name for repeated use; make it when the configuration is read, not per request.
   *
   * @throws IllegalArgumentException if it isn't a token
   */
  public static HeaderName of(String name) {
    byte[] lower = Syntax.ascii(name);
    for (int i = 0; i < lower.length; i++) {
      lower[i] = Syntax.tokenLower(lower[i]);
      if (lower[i] == 0 || name.charAt(i) > 0x7F) {
        throw new IllegalArgumentException("name: %s (expected: a token)".formatted(name));
      }
    }
    if (lower.length == 0) {
      throw new IllegalArgumentException("name is empty (expected: a token)");
    }
    return new HeaderName(new String(lower, StandardCharsets.US_ASCII), lower);
  }

  /** The name's bytes in lower case; borrowed, not to be written. */
  byte[] lower() {
    return lower;
  }

  /** The hash of a name in lower case, as {@link HeaderBlock#nameHash} tells it. */
  public static int hash(String lower) {
    byte[] bytes = Syntax.ascii(lower);
    return Syntax.nameHash(bytes, 0, bytes.length);
  }

  int hash() {
    return hash;
  }

  @Override
  public String toString() {
    return text;
  }
}
