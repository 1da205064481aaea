package io.gatehouse.health;

import java.net.InetAddress;
import java.util.List;
import java.util.function.Consumer;

/** Finds the addresses of a name. Called on the monitor's loop, and answers on it. */
interface NameLookup extends AutoCloseable {

  /** What became of a lookup. */
  sealed interface Answer {
    /**
     * The name has these addresses for so long; there may be none.
     *
     * @param ttlNanos after which it should be asked for again
     */
    record Found(List<InetAddress> addresses, long ttlNanos) implements Answer {
      public Found {
        addresses = List.copyOf(addresses);
      }
    }

    /** Nobody could say. */
    record Failed(String cause) implements Answer {}
  }

  /** Asks for the IPv4 or IPv6 addresses of a name; {@code answer} is called once. */
  void find(String name, boolean ipv6, Consumer<Answer> answer);

  /** Ends what is under way. */
  @Override
  void close();
}
