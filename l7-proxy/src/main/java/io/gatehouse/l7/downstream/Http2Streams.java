package io.gatehouse.l7.downstream;

import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayDeque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one connection: those that are open by their number, a few objects for the next
 * ones, and the numbers of those that were reset here of late. Owned by its connection's event
 * loop.
 */
final class Http2Streams {
  /** Resets that are remembered, to ignore what the client had sent before it knew. */
  private static final int REMEMBERED_RESETS = 64;

  private static final Http2Stream[] NONE = {};

  private final Supplier<Http2Stream> maker;
  private final IntObjectHashMap<Http2Stream> open = new IntObjectHashMap<>(8);
  private final ArrayDeque<Http2Stream> spare = new ArrayDeque<>(4);
  private int[] resets = {};
  private int resetCount;
  private int lastId;

  Http2Streams(Supplier<Http2Stream> maker) {
    this.maker = maker;
  }

  /** The open stream of this number; null if it was never opened or is closed. */
  @Nullable Http2Stream get(int id) {
    return open.get(id);
  }

  /** Streams that are open. */
  int count() {
    return open.size();
  }

  /** The highest number that the client has used. */
  int lastId() {
    return lastId;
  }

  /** Notes that the client has used this number, and so all below it (RFC 9113 section 5.1.1). */
  void used(int id) {
    lastId = id;
  }

  /** The object that the next stream will have. */
  Http2Stream next() {
    var stream = spare.peek();
    if (stream == null) {
      stream = maker.get();
      spare.add(stream);
    }
    return stream;
  }

  /** Opens a stream with {@link #next()}. */
  Http2Stream open(int id) {
    var stream = next();
    spare.remove();
    open.put(id, stream);
    return stream;
  }

  /** Takes a stream out that has ended; its object may serve again. */
  void close(Http2Stream stream) {
    open.remove(stream.id());
    spare.add(stream);
  }

  /** Gives the memory of objects back that nobody needs now. */
  void trim() {
    spare.clear();
  }

  /** Notes that a stream was reset here. */
  void resetHere(int id) {
    if (resets.length == 0) {
      resets = new int[REMEMBERED_RESETS];
    }
    resets[resetCount++ % REMEMBERED_RESETS] = id;
  }

  /** Whether the stream was reset here of late. */
  boolean wasResetHere(int id) {
    for (int reset : resets) {
      if (reset == id) {
        return true;
      }
    }
    return false;
  }

  /** The open streams as they are now, to be visited while some may end. */
  Http2Stream[] snapshot() {
    return open.isEmpty() ? NONE : open.values().toArray(NONE);
  }
}
