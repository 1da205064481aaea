package io.gatehouse.l7.upstream;

import io.netty.channel.socket.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connections that carry many requests at once. A request goes to the one with the fewest under way
 * among those that have room; a further one is opened when none has.
 *
 * <p>Owned by its loop's thread.
 */
final class Http2Connections implements ConnectionSet {
  private final LoopPool pool;
  private final List<Http2Link> links = new ArrayList<>();

  Http2Connections(LoopPool pool) {
    this.pool = pool;
  }

  @Override
  public @Nullable UpstreamStream takeKept() {
    Http2Link best = null;
    for (int i = 0; i < links.size(); i++) {
      var link = links.get(i);
      if (link.hasRoom() && (best == null || link.load() < best.load())) {
        best = link;
      }
    }
    return best == null ? null : new Http2Stream(best);
  }

  @Override
  public @Nullable UpstreamStream takeNew() {
    var channel = pool.newChannel();
    return channel == null ? null : new Http2Stream(add(new Http2Link(this, pool, channel)));
  }

  @Override
  public int ready() {
    int ready = 0;
    for (int i = 0; i < links.size(); i++) {
      ready += links.get(i).isReady() ? 1 : 0;
    }
    return ready;
  }

  @Override
  public boolean warm(Preconnect caller) {
    var channel = pool.newChannel();
    if (channel != null) {
      add(new Http2Link(this, pool, channel)).warm(caller);
    }
    return channel != null;
  }

  /** Keeps a connection that stands and is to speak HTTP/2. */
  void keepUnused(SocketChannel connected) {
    add(new Http2Link(this, pool, connected)).connected();
  }

  /** A way through a connection that stands and is to speak HTTP/2. */
  UpstreamStream over(SocketChannel connected) {
    var link = add(new Http2Link(this, pool, connected));
    link.connected();
    return new Http2Stream(link);
  }

  private Http2Link add(Http2Link link) {
    links.add(link);
    return link;
  }

  /** Gives no more requests to a connection. */
  void forget(Http2Link link) {
    links.remove(link);
  }
}
