package io.gatehouse.tests.l4;

import io.gatehouse.tests.l4.EndScript.Fin;
import io.gatehouse.tests.l4.EndScript.Pause;
import io.gatehouse.tests.l4.EndScript.Reset;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * One connection of the soak, made from its seed and from nothing else. Immutable.
 *
 * <p>No script can lock up by itself: at most one end waits for the other before it begins, and
 * never for more than the other sends; stalls and pauses end by the clock.
 */
record SoakScript(long seed, Kind kind, EndScript client, EndScript endpoint) {

  /** Who ends the connection, and how. */
  enum Kind {
    CLIENT_FINISHES_FIRST(25),
    ENDPOINT_FINISHES_FIRST(25),
    EACH_FINISHES_WHEN_DONE(25),
    /** After it has heard from the endpoint. */
    CLIENT_RESETS(11),
    ENDPOINT_RESETS(11),
    /** Whether or not an endpoint has been connected by then, so it may never hear of it. */
    CLIENT_RESETS_EARLY(3);

    private final int share;

    Kind(int share) {
      this.share = share;
    }

    private static Kind random(SplittableRandom random) {
      int left = random.nextInt(IntStream.of(shares()).sum());
      for (Kind kind : values()) {
        left -= kind.share;
        if (left < 0) {
          return kind;
        }
      }
      throw new AssertionError();
    }

    private static int[] shares() {
      return List.of(values()).stream().mapToInt(kind -> kind.share).toArray();
    }
  }

  private static final int MAX_TRIES_PER_STREAM = 500;
  private static final int MAX_PAUSE_MILLIS = 20;
  private static final int MAX_STALL_MILLIS = 150;

  static SoakScript of(long seed) {
    var random = new SplittableRandom(seed);
    Kind kind = Kind.random(random);
    int toEndpoint = size(random);
    int toClient = Math.max(size(random), kind == Kind.CLIENT_RESETS ? 1 : 0);
    int first = random.nextInt(3);
    int clientWaits = first == 0 ? upTo(random, toClient) : 0;
    int endpointWaits = first == 1 ? upTo(random, toEndpoint) : 0;
    var client = end(random, toEndpoint, clientWaits, toClient);
    var endpoint = end(random, toClient, endpointWaits, toEndpoint);
    return finish(seed, random, kind, client, endpoint);
  }

  private static SoakScript finish(
      long seed, SplittableRandom random, Kind kind, EndScript client, EndScript endpoint) {
    return switch (kind) {
      case CLIENT_FINISHES_FIRST ->
          new SoakScript(seed, kind, client, endpoint.with(new Fin(true)));
      case ENDPOINT_FINISHES_FIRST ->
          new SoakScript(seed, kind, client.with(new Fin(true)), endpoint);
      case EACH_FINISHES_WHEN_DONE -> new SoakScript(seed, kind, client, endpoint);
      case CLIENT_RESETS ->
          new SoakScript(seed, kind, client.with(reset(random, client, endpoint, 1)), endpoint);
      case ENDPOINT_RESETS ->
          new SoakScript(seed, kind, client, endpoint.with(reset(random, endpoint, client, 0)));
      case CLIENT_RESETS_EARLY ->
          new SoakScript(
              seed,
              kind,
              client.with(new Reset(client.beginAfter() > 0 ? 0 : upTo(random, client.bytes()), 0)),
              endpoint);
    };
  }

  private static Reset reset(
      SplittableRandom random, EndScript resetting, EndScript other, int minReceived) {
    int received = Math.max(minReceived, random.nextBoolean() ? 0 : upTo(random, other.bytes()));
    // The other end must not wait for bytes that the reset keeps back, nor this end for the
    // other's.
    int leastSent = received > 0 ? other.beginAfter() : 0;
    int sent =
        resetting.beginAfter() > received
            ? 0
            : leastSent + random.nextInt(resetting.bytes() - leastSent + 1);
    return new Reset(sent, received);
  }

  private static EndScript end(SplittableRandom random, int sends, int waits, int receives) {
    return new EndScript(
        ByteStream.random(random),
        sends,
        waits,
        piece(random, sends),
        pauses(random, sends, 4, MAX_PAUSE_MILLIS),
        piece(random, receives),
        pauses(random, receives, 3, MAX_STALL_MILLIS),
        random.nextInt(4) == 0 ? buffer(random, receives) : 0,
        new Fin(false));
  }

  /** Skewed: half are below a kilobyte, one in fifty is larger than a megabyte. */
  private static int size(SplittableRandom random) {
    int die = random.nextInt(100);
    if (die < 10) {
      return 0;
    }
    if (die < 50) {
      return 1 + random.nextInt(1 << 10);
    }
    if (die < 75) {
      return random.nextInt(32 << 10);
    }
    if (die < 90) {
      return random.nextInt(256 << 10);
    }
    return random.nextInt(die < 98 ? 1 << 20 : ByteStream.MAX_BYTES);
  }

  private static int upTo(SplittableRandom random, int bytes) {
    return bytes == 0 ? 0 : 1 + random.nextInt(Math.min(bytes, 1 << random.nextInt(22)));
  }

  /** 1 byte to 64 KiB, but no more system calls for a stream than are needed to make the point. */
  private static int piece(SplittableRandom random, int bytes) {
    int least = 1 + bytes / MAX_TRIES_PER_STREAM;
    return Math.max(least, 1 + random.nextInt(1 << random.nextInt(17)));
  }

  /** Small ones for short streams: a window far below loopback's segments waits for timers. */
  private static int buffer(SplittableRandom random, int receives) {
    return Math.max(4096 << random.nextInt(6), receives / 16);
  }

  private static List<Pause> pauses(SplittableRandom random, int bytes, int most, int maxMillis) {
    int count = random.nextInt(3) == 0 ? random.nextInt(most) + 1 : 0;
    return IntStream.range(0, count)
        .mapToObj(_ -> new Pause(random.nextInt(bytes + 1), 1 + random.nextInt(maxMillis)))
        .sorted((a, b) -> Integer.compare(a.atByte(), b.atByte()))
        .toList();
  }
}
