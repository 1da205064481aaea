package io.gatehouse.membership;

import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * Looks the names of seeds up with the system's resolver, which blocks: each on a virtual thread of
 * its own. The state machine asks for each seed once at a time, so there are as many as seeds.
 */
final class SeedResolver {
  private final EventLoop loop;
  private final BiConsumer<InetSocketAddress, List<InetSocketAddress>> onResolved;

  /**
   * @param onResolved told on the loop of the seed and its addresses, none if it has none
   */
  SeedResolver(EventLoop loop, BiConsumer<InetSocketAddress, List<InetSocketAddress>> onResolved) {
    this.loop = loop;
    this.onResolved = onResolved;
  }

  void resolve(InetSocketAddress seed) {
    Thread.ofVirtual()
        .name("ring-resolve")
        .start(
            () -> {
              List<InetSocketAddress> addresses = lookUp(seed);
              if (!loop.isShuttingDown()) {
                loop.execute(() -> onResolved.accept(seed, addresses));
              }
            });
  }

  private static List<InetSocketAddress> lookUp(InetSocketAddress seed) {
    try {
      return Stream.of(InetAddress.getAllByName(seed.getHostString()))
          .map(address -> new InetSocketAddress(address, seed.getPort()))
          .distinct()
          .toList();
    } catch (UnknownHostException e) {
      return List.of();
    }
  }
}
