package io.gatehouse.l4;

import io.gatehouse.l4.plane.Kept;
import io.gatehouse.l4.plane.SocketTuning;
import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.linux.Errno;
import io.gatehouse.linux.SockAddr;
import io.gatehouse.linux.SocketOption;
import io.gatehouse.linux.Sockets;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The listening sockets of one service: per address one SO_REUSEPORT listener for each event loop,
 * among which the kernel spreads the connections. Those that a predecessor left are used again,
 * with the connections that wait in them.
 *
 * <p>Opened and closed by the thread that starts and stops the tier.
 */
final class Listeners {
  /** What the kernel allows at most, by net.core.somaxconn. */
  private static final int BACKLOG = 65_535;

  private final ServiceConfig service;
  private final List<ServiceWorker> workers;
  private final DescriptorStore store;
  private final List<Listener> listeners = new ArrayList<>();
  private final List<ServiceWorker> owners = new ArrayList<>();
  private final List<InetSocketAddress> bound = new ArrayList<>();
  private final List<String> keptIds = new ArrayList<>();

  private Listeners(ServiceConfig service, List<ServiceWorker> workers, DescriptorStore store) {
    this.service = service;
    this.workers = workers;
    this.store = store;
  }

  /**
   * Opens all of them, or none; they accept when this returns.
   *
   * @param workers the service on each loop
   * @param kept what a predecessor left
   * @param store keeps them for a successor
   * @throws IllegalStateException if an address cannot be bound
   */
  static Listeners open(
      ServiceConfig service, List<ServiceWorker> workers, Kept kept, DescriptorStore store) {
    var opened = new Listeners(service, workers, store);
    try {
      for (InetSocketAddress address : service.listen()) {
        opened.open(address, kept);
      }
    } catch (IllegalStateException e) {
      opened.close();
      throw e;
    }
    for (int i = 0; i < opened.listeners.size(); i++) {
      opened.owners.get(i).loop().sockets().execute(opened.listeners.get(i)::start);
    }
    return opened;
  }

  private void open(InetSocketAddress wanted, Kept kept) {
    String id = id(wanted);
    keptIds.add(id);
    var sockets = new ArrayList<Integer>();
    for (int fd = kept.listener(id); fd >= 0; fd = kept.listener(id)) {
      SocketTuning.applyToListener(fd, service.limits().bufferBytes());
      sockets.add(fd);
    }
    var at = sockets.isEmpty() ? wanted : boundAddress(sockets.getFirst());
    while (sockets.size() < workers.size()) {
      int socket = listen(at);
      keep(id, socket);
      sockets.add(socket);
      // With port 0 the first loop's listener picks the port of them all.
      at = boundAddress(socket);
    }
    for (int i = 0; i < sockets.size(); i++) {
      var owner = workers.get(i % workers.size());
      owners.add(owner);
      listeners.add(new Listener(sockets.get(i), at, owner));
    }
    bound.add(at);
  }

  /** Service and address, in the letters that a kept descriptor's name may have. */
  private String id(InetSocketAddress address) {
    var text = service.name() + ' ' + address;
    return Long.toHexString(Hash64.hash(text.getBytes(StandardCharsets.UTF_8), 0));
  }

  private void keep(String id, int socket) {
    if (store.isAvailable()) {
      Kept.keepListener(store, id, socket);
    }
  }

  private int listen(InetSocketAddress address) {
    int socket = Sockets.tcp(address.getAddress() instanceof Inet6Address);
    if (socket < 0) {
      throw cannotListen(address, -socket);
    }
    SocketOption.SO_REUSEADDR.set(socket, 1);
    SocketOption.SO_REUSEPORT.set(socket, 1);
    SocketTuning.applyToListener(socket, service.limits().bufferBytes());
    try (var at = new SockAddr()) {
      int result = Sockets.bind(socket, at.set(address));
      result = result < 0 ? result : Sockets.listen(socket, BACKLOG);
      if (result < 0) {
        Sockets.close(socket);
        throw cannotListen(address, -result);
      }
    }
    return socket;
  }

  private IllegalStateException cannotListen(InetSocketAddress address, int errno) {
    return new IllegalStateException(
        "service %s cannot listen on %s: %s"
            .formatted(service.name(), address, Errno.describe(errno)));
  }

  private static InetSocketAddress boundAddress(int socket) {
    try (var address = new SockAddr()) {
      Sockets.localAddress(socket, address);
      return address.get();
    }
  }

  List<InetSocketAddress> bound() {
    return List.copyOf(bound);
  }

  /** Closes all of them for good; completes when all are closed. */
  CompletableFuture<Void> close() {
    if (store.isAvailable()) {
      keptIds.forEach(id -> Kept.forgetListener(store, id));
    }
    return closeHere();
  }

  /** Stops accepting; what is kept goes on queueing connections for a successor. */
  CompletableFuture<Void> leave() {
    return closeHere();
  }

  private CompletableFuture<Void> closeHere() {
    var closed = new ArrayList<CompletableFuture<Void>>();
    for (int i = 0; i < listeners.size(); i++) {
      var listener = listeners.get(i);
      closed.add(
          CompletableFuture.runAsync(listener::close, owners.get(i).loop().sockets()::execute));
    }
    return CompletableFuture.allOf(closed.toArray(CompletableFuture<?>[]::new));
  }
}
