package io.gatehouse.l7.upstream;

import io.gatehouse.health.Endpoint;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.tls.ClientTls;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint of a pool with its connections, from the first snapshot that names it on. The cap is
 * shared by all loops; everything else is one {@link LoopPool} per loop.
 */
public final class UpstreamEndpoint {
  private static final int FIRST_SERVER_ERROR = 500;

  private final Endpoint endpoint;
  private final PoolConfig pool;
  private final @Nullable ClientTls tls;
  private final int tlsPeer;
  private final byte[] authority;
  private final WriteBufferWaterMark waterMark;
  private final AtomicInteger openConnections = new AtomicInteger();
  private final AtomicInteger serverErrorRun = new AtomicInteger();

  /** Written by whoever makes snapshots, read by the loops. */
  private volatile int weight;

  private final List<LoopPool> loopPools;
  private volatile boolean takesWork;
  private volatile boolean gone;

  UpstreamEndpoint(
      Endpoint endpoint,
      PoolConfig pool,
      @Nullable ClientTls tls,
      List<UpstreamConnector> connectors) {
    this.endpoint = endpoint;
    this.weight = endpoint.weight();
    this.pool = pool;
    this.tls = tls;
    this.tlsPeer = tls == null ? 0 : tls.newPeer();
    this.authority =
        NetUtil.toSocketAddressString(endpoint.address()).getBytes(StandardCharsets.US_ASCII);
    int buffer = pool.limits().bufferBytes();
    this.waterMark = new WriteBufferWaterMark(buffer / 2, buffer);
    this.loopPools = connectors.stream().map(c -> new LoopPool(this, c)).toList();
  }

  /** As the first snapshot named it; of its weight, {@link #weight} is the latest. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** Share of the requests relative to the others, as of the latest snapshot. */
  public int weight() {
    return weight;
  }

  /** A later snapshot says another weight: its deep check asked for one. */
  public void weigh(int latest) {
    weight = latest;
  }

  /** Whether this is the endpoint that a later snapshot names. */
  public boolean isSame(Endpoint later) {
    return endpoint.name().equals(later.name()) && endpoint.address().equals(later.address());
  }

  /**
   * Takes note of an answer's status. Any loop may call it.
   *
   * @return how many answers in a row have now been errors of the endpoint (5xx); 0 if this is none
   */
  public int answered(int status) {
    if (status >= FIRST_SERVER_ERROR) {
      return serverErrorRun.incrementAndGet();
    }
    if (serverErrorRun.getPlain() != 0) { // without a write while all is well
      serverErrorRun.set(0);
    }
    return 0;
  }

  /** Its name, unique in its pool. */
  public String name() {
    return endpoint.name();
  }

  /** Its address and port as a Host for requests that come without one; not to be written. */
  public byte[] authority() {
    return authority;
  }

  public PoolConfig pool() {
    return pool;
  }

  /** Where reading from the client resumes and stops, in bytes that wait for the endpoint. */
  WriteBufferWaterMark waterMark() {
    return waterMark;
  }

  /** What secures a new connection; null if the pool's are in the clear. */
  @Nullable SslHandler newTls(ByteBufAllocator allocator) {
    return tls == null
        ? null
        : tls.newHandler(allocator, endpoint.address().getHostString(), tlsPeer);
  }

  /** The connections of one loop, for that loop alone. */
  public LoopPool onLoop(int loop) {
    return loopPools.get(loop);
  }

  /** Connections open now, over all loops. Any thread may ask. */
  public int openConnections() {
    return openConnections.get();
  }

  /** Connections waiting for a request, over all loops; a moment old. Any thread may ask. */
  public int idleConnections() {
    return loopPools.stream().mapToInt(LoopPool::idleConnections).sum();
  }

  /** Requests under way, over all loops; a moment old. Any thread may ask. */
  public int activeRequests() {
    return loopPools.stream().mapToInt(LoopPool::activeRequests).sum();
  }

  /** Whether it gets requests, as the latest snapshot has it. Any thread may ask. */
  boolean takesWork() {
    return takesWork;
  }

  /** Notes what a snapshot that is about to be published says of it. */
  void noteWork(boolean takes) {
    takesWork = takes;
  }

  /** Whether no snapshot names it any more. Any thread may ask. */
  boolean isGone() {
    return gone;
  }

  /** No snapshot will name it again. */
  public void leave() {
    takesWork = false;
    gone = true;
  }

  /** Takes one from the cap, if there is one left. */
  boolean reserveConnection() {
    if (openConnections.incrementAndGet() <= pool.limits().maxConnections()) {
      return true;
    }
    openConnections.decrementAndGet();
    return false;
  }

  void returnConnection() {
    openConnections.decrementAndGet();
  }
}
