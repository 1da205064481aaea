package io.gatehouse.tests.l4;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The L7 nodes that a soak plays: they listen at their places in the file, take the PROXY header,
 * answer probes, and play the endpoint's part of each script. Thread-safe; connections belong to
 * the loop.
 */
final class SoakEndpoints {
  private static final int BACKLOG = 4096;

  /** Complaints that are kept; the first ones tell the story. */
  private static final int MAX_COMPLAINTS = 100;

  private final EndLoop loop;
  private final ConcurrentHashMap<InetSocketAddress, Attempt> expected;
  private final Set<InetSocketAddress> draining = ConcurrentHashMap.newKeySet();
  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
  private final AtomicLong headers = new AtomicLong();
  private final AtomicLong probes = new AtomicLong();

  /**
   * @param expected the attempts by their clients' addresses; taken out when they come
   */
  SoakEndpoints(EndLoop loop, ConcurrentHashMap<InetSocketAddress, Attempt> expected) {
    this.loop = loop;
    this.expected = expected;
  }

  /** Listens at each of these. */
  void listen(List<InetSocketAddress> addresses) throws IOException {
    for (var address : addresses) {
      var listener = ServerSocketChannel.open();
      listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      listener.bind(address, BACKLOG);
      loop.execute(() -> register(listener, address));
    }
  }

  private void register(ServerSocketChannel listener, InetSocketAddress address) {
    try {
      loop.register(listener, SelectionKey.OP_ACCEPT, new Listener(listener, address));
    } catch (IOException e) {
      complain("the listener at %s failed: %s".formatted(address, e));
    }
  }

  /** From now on the probes of this endpoint fail; connections go on and new ones are taken. */
  void drain(InetSocketAddress address) {
    draining.add(address);
  }

  /** The probes of this endpoint succeed again. */
  void bringBack(InetSocketAddress address) {
    draining.remove(address);
  }

  boolean isDraining(InetSocketAddress address) {
    return draining.contains(address);
  }

  /** The attempts that have not come yet, by their clients' addresses. */
  ConcurrentHashMap<InetSocketAddress, Attempt> expected() {
    return expected;
  }

  EndLoop loop() {
    return loop;
  }

  void countHeader() {
    headers.incrementAndGet();
  }

  void countProbe() {
    probes.incrementAndGet();
  }

  /** Connections that brought a client's PROXY header. */
  long headers() {
    return headers.get();
  }

  long probes() {
    return probes.get();
  }

  void complain(String complaint) {
    if (complaints.size() < MAX_COMPLAINTS) {
      complaints.add(complaint);
    }
  }

  /** What was wrong and belongs to no attempt. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Accepts. Owned by the loop. */
  private final class Listener implements EndLoop.Player {
    private final ServerSocketChannel listener;
    private final InetSocketAddress address;

    Listener(ServerSocketChannel listener, InetSocketAddress address) {
      this.listener = listener;
      this.address = address;
    }

    @Override
    public void proceed() throws IOException {
      for (var channel = listener.accept(); channel != null; channel = listener.accept()) {
        var arrival = new Arrival(SoakEndpoints.this, channel, address);
        loop.register(channel, SelectionKey.OP_READ, arrival);
      }
    }

    @Override
    public void failed(Exception cause) {
      complain("accepting at %s failed: %s".formatted(address, cause));
    }
  }
}
