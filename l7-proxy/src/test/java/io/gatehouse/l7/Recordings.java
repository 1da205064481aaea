package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** A recorder that copies what it hears. */
final class Recordings implements RequestRecorder {
  /** A copy of what a test may ask of a request. */
  record Request(
      String id,
      String client,
      String peer,
      String l4UniqueId,
      String l4Node,
      String method,
      String host,
      String path,
      String protocol,
      String upgrade,
      String tlsVersion,
      String sni,
      @Nullable String route,
      @Nullable String endpoint,
      int attempts,
      int status,
      int grpcStatus,
      long requestBodyBytes,
      long responseBodyBytes,
      long handshakeNanos,
      long readHeadNanos,
      long connectNanos,
      long upstreamHeadNanos,
      long totalNanos,
      long startEpochNanos,
      String flags,
      String reason) {}

  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
  private final BlockingQueue<RejectedConnection> rejections = new LinkedBlockingQueue<>();

  @Override
  public void record(RequestRecord r) {
    requests.add(
        new Request(
            r.requestId().toString(),
            r.client().getAddress().getHostAddress(),
            r.peer().getAddress().getHostAddress(),
            r.l4UniqueId(),
            r.l4Node(),
            r.method().toString(),
            r.host().toString(),
            r.path().toString(),
            r.protocol(),
            r.upgrade(),
            r.tlsVersion(),
            r.sni(),
            r.route(),
            r.endpoint(),
            r.attempts(),
            r.status(),
            r.grpcStatus(),
            r.requestBodyBytes(),
            r.responseBodyBytes(),
            r.handshakeNanos(),
            r.readHeadNanos(),
            r.connectNanos(),
            r.upstreamHeadNanos(),
            r.totalNanos(),
            r.startEpochNanos(),
            ResponseFlag.text(r.flags()),
            r.reason()));
  }

  @Override
  public void rejected(RejectedConnection connection) {
    rejections.add(connection);
  }

  /** The next request that has ended; waits for it. */
  Request next() throws InterruptedException {
    var next = requests.poll(10, SECONDS);
    if (next == null) {
      throw new AssertionError("no request was recorded within 10 s");
    }
    return next;
  }

  /** The next connection that was refused; waits for it. */
  RejectedConnection nextRejection() throws InterruptedException {
    var next = rejections.poll(10, SECONDS);
    if (next == null) {
      throw new AssertionError("no refused connection was recorded within 10 s");
    }
    return next;
  }

  boolean isEmpty() {
    return requests.isEmpty() && rejections.isEmpty();
  }
}
