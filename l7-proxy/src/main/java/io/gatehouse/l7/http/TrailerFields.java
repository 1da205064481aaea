package io.gatehouse.l7.http;

/**
 * Which fields may come in a trailer section. Refused are those that a recipient must know before
 * the body or must not be told behind a proxy's back (RFC 9110 section 6.5.1): framing, routing,
 * authentication, request and response controls, the processing of content, and whatever claims to
 * say who the client is. A backend that merged them into the head would be deceived.
 */
public final class TrailerFields {
  private static final HeaderName[] REFUSED = {
    // Framing and the connection
    HeaderName.CONTENT_LENGTH,
    HeaderName.TRANSFER_ENCODING,
    HeaderName.TRAILER,
    HeaderName.TE,
    HeaderName.CONNECTION,
    HeaderName.KEEP_ALIVE,
    HeaderName.PROXY_CONNECTION,
    HeaderName.UPGRADE,
    HeaderName.HTTP2_SETTINGS,
    // Routing
    HeaderName.HOST,
    HeaderName.VIA,
    HeaderName.ORIGIN,
    HeaderName.of("max-forwards"),
    // Authentication and state
    HeaderName.AUTHORIZATION,
    HeaderName.of("www-authenticate"),
    HeaderName.of("authentication-info"),
    HeaderName.PROXY_AUTHENTICATE,
    HeaderName.PROXY_AUTHORIZATION,
    HeaderName.of("proxy-authentication-info"),
    HeaderName.COOKIE,
    HeaderName.SET_COOKIE,
    // Controls of requests and responses
    HeaderName.EXPECT,
    HeaderName.CACHE_CONTROL,
    HeaderName.of("pragma"),
    HeaderName.of("range"),
    HeaderName.of("if-match"),
    HeaderName.of("if-none-match"),
    HeaderName.of("if-modified-since"),
    HeaderName.of("if-unmodified-since"),
    HeaderName.of("if-range"),
    HeaderName.of("age"),
    HeaderName.of("expires"),
    HeaderName.DATE,
    HeaderName.LOCATION,
    HeaderName.RETRY_AFTER,
    HeaderName.of("vary"),
    HeaderName.of("warning"),
    // The processing of content
    HeaderName.CONTENT_TYPE,
    HeaderName.CONTENT_ENCODING,
    HeaderName.CONTENT_RANGE,
  };

  private TrailerFields() {}

  /**
   * Removes what may not come in a trailer section.
   *
   * @return how many fields were removed
   */
  public static int removeRefused(HeaderBlock trailers) {
    int removed = 0;
    for (int i = 0; i < trailers.count(); i++) {
      if (!trailers.isRemoved(i) && isRefused(trailers, i)) {
        trailers.remove(i);
        removed++;
      }
    }
    return removed;
  }

  private static boolean isRefused(HeaderBlock trailers, int index) {
    for (HeaderName name : REFUSED) {
      if (trailers.nameEquals(index, name)) {
        return true;
      }
    }
    return ForwardedHeaders.isClaim(trailers, index);
  }
}
