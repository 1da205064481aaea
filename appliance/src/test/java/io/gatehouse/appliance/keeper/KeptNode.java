package io.gatehouse.appliance.keeper;

import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.linux.DescriptorStore.Stored;
import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.ServiceNotifier;
import io.gatehouse.linux.SockAddr;
import io.gatehouse.linux.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A program for tests that stores descriptors, dies, and tells what it got back. */
final class KeptNode {
  /** More descriptors than one message holds. */
  static final int MANY = 600;

  private KeptNode() {}

  public static void main(String[] arguments) throws Exception {
    Path told = Path.of(arguments[1]);
    var started = DescriptorStore.fromEnvironment();
    boolean standby = arguments.length > 2;
    if (standby && Files.exists(told.resolveSibling("broken"))) {
      Files.createFile(told.resolveSibling("came"));
      System.exit(2);
    }
    if (standby) {
      Files.createFile(told.resolveSibling("standby"));
    }
    try (var store = standby ? Standby.awaitTurn(started).orElseThrow() : started) {
      List<Stored> passed = store.take();
      switch (arguments[0]) {
        case "store" -> store(store, passed, told);
        case "listen" -> listen(store, passed, told);
        case "outlive" -> outlive(store, passed, told);
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  /** Stores and is killed, then tells what it was given. */
  private static void store(DescriptorStore store, List<Stored> passed, Path told)
      throws Exception {
    if (!passed.isEmpty()) {
      tell(told.resolveSibling("passed"), identities(passed));
      return;
    }
    int[] fds = {Sockets.tcp(false), Sockets.tcp(false), Sockets.tcp(false)};
    send(store.storeUnpolled("a", fds, 2));
    send(store.storeUnpolled("a", fds, 2)); // known already
    send(store.storeUnpolled("b", new int[] {fds[2]}, 1));
    send(store.storeUnpolled("forgotten", new int[] {Sockets.tcp(false)}, 1));
    send(store.forget("forgotten"));
    tell(
        told,
        identities(
            List.of(new Stored("a", fds[0]), new Stored("a", fds[1]), new Stored("b", fds[2]))));
    ServiceNotifier.fromEnvironment().ready();
    killSelf();
  }

  /** Listens and waits to be killed; the successor answers one connection and ends. */
  private static void listen(DescriptorStore store, List<Stored> passed, Path told)
      throws Exception {
    if (!passed.isEmpty()) {
      answer(passed.getFirst().fd());
      return;
    }
    int listener = Sockets.tcp(false);
    try (var address = new SockAddr()) {
      send(Sockets.bind(listener, address.set(loopback())));
      send(Sockets.listen(listener, 16));
      send(store.storeUnpolled("listener", new int[] {listener}, 1));
      send(Sockets.localAddress(listener, address));
      ServiceNotifier.fromEnvironment().ready();
      tell(told, ProcessHandle.current().pid() + " " + address.get().getPort());
    }
    TimeUnit.SECONDS.sleep(30); // nobody kills it if its test fails
  }

  /** Stores and waits for a signal to hand over; the successor tells what it was given. */
  private static void outlive(DescriptorStore store, List<Stored> passed, Path told)
      throws Exception {
    if (!passed.isEmpty()) {
      tell(told.resolveSibling("passed"), identities(passed));
      return;
    }
    var all = new java.util.ArrayList<Stored>();
    for (int i = 0; i < MANY; i++) {
      all.add(new Stored("socket-" + i, Sockets.tcp(false)));
      int[] fds = {all.getLast().fd()};
      while (store.storeUnpolled(all.getLast().name(), fds, 1) < 0) {
        Thread.onSpinWait(); // the keeper is behind
      }
    }
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(Keeper.HANDED_OVER)));
    ServiceNotifier.fromEnvironment().ready();
    tell(told.resolveSibling("stored"), identities(all));
    tell(told, Long.toString(ProcessHandle.current().pid()));
    TimeUnit.SECONDS.sleep(60); // nobody ends it if its test fails
  }

  private static void answer(int listener) throws IOException {
    try (var epoll = Epoll.open(1);
        var client = new SockAddr();
        var text = io.gatehouse.linux.NativeBuffer.allocate(1)) {
      epoll.add(listener, Epoll.IN, 0);
      epoll.await(TimeUnit.SECONDS.toNanos(30));
      int connection = Sockets.accept(listener, client);
      text.bytes().put(0, (byte) '!');
      if (Sockets.send(connection, text.address(), 1) != 1) {
        throw new IOException("not sent");
      }
      Sockets.close(connection);
    }
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static void send(int result) {
    if (result < 0) {
      throw new IllegalStateException("errno " + -result);
    }
  }

  /** Name and socket, a line each. */
  private static String identities(List<Stored> descriptors) {
    return descriptors.stream()
        .map(stored -> stored.name() + " " + identity(stored.fd()))
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  private static String identity(int fd) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** At once whole. */
  private static void tell(Path file, String text) throws IOException {
    Path draft = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(draft, text);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void killSelf() throws Exception {
    var kill = List.of("kill", "-9", Long.toString(ProcessHandle.current().pid()));
    new ProcessBuilder(kill).start().waitFor();
  }
}
