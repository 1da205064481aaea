package io.gatehouse.l7.exchange;

import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import io.gatehouse.l7.http.HttpVersion;
import io.gatehouse.l7.http.RequestId;
import java.nio.charset.StandardCharsets;

/** What Gatehouse adds to the head of a response that it passes on. */
final class ResponseHeads {
  private static final byte[] CLOSE = "close".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] KEEP_ALIVE = "keep-alive".getBytes(StandardCharsets.US_ASCII);

  private ResponseHeads() {}

  /** Says whether the connection stays, where the client's version doesn't imply it. */
  static void announceConnection(HeaderBlock head, HttpVersion clientVersion, boolean keepAlive) {
    if (!keepAlive) {
      head.append(HeaderName.CONNECTION, CLOSE);
    } else if (clientVersion == HttpVersion.HTTP_1_0) {
      head.append(HeaderName.CONNECTION, KEEP_ALIVE);
    }
  }

  /** The client learns under which name its request is in the logs. */
  static void setRequestId(HeaderBlock head, RequestId id) {
    head.removeAll(HeaderName.X_REQUEST_ID);
    head.append(HeaderName.X_REQUEST_ID, id.bytes(), 0, id.length());
  }
}
