package io.gatehouse.appliance.keeper;

import io.gatehouse.appliance.keeper.HeldDescriptors.Outcome;
import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.NotificationSocket;
import io.gatehouse.linux.NotificationSocket.Notification;
import io.gatehouse.linux.ServiceNotifier;
import io.gatehouse.linux.Sockets;
import io.gatehouse.linux.SpawnedProcess;
import io.gatehouse.linux.SpawnedProcess.End;
import io.gatehouse.linux.Waker;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the service manager is to a service with a descriptor store, for one node: starts it, holds
 * what it stores (sd_notify(3)), and starts a successor with that when it dies or hands over.
 *
 * <p>Messages count from the node's own process only, as the kernel tells the sender. Owned by the
 * thread that opens it, which is to call {@link #run}; {@link #stop} and {@link #handOver} may be
 * called from any.
 */
public final class Keeper implements AutoCloseable {
  /** A node exits with this when a successor is to take over what it has stored. */
  public static final int HANDED_OVER = 85;

  private static final Logger log = LoggerFactory.getLogger(Keeper.class);

  private static final int SIGHUP = 1;
  private static final int SIGTERM = 15;

  private static final int MAX_EVENTS = 256;
  private static final int MAX_MESSAGES_PER_TURN = 256;

  /** More than any sysctl net.unix.max_dgram_qlen lets a dead node leave behind. */
  private static final int MAX_MESSAGES_LEFT_BEHIND = 65_536;

  private static final long NOTIFICATIONS = -1;
  private static final long WAKER = -2;

  /** What another thread asks for. */
  private enum Request {
    STOP,
    HAND_OVER,
    NODE_ENDED
  }

  /**
   * What to keep.
   *
   * @param command absolute path of a program, and its arguments
   * @param environment of the program; where to notify is added
   * @param maxDescriptors how many are held at most
   */
  public record Settings(
      List<String> command, Map<String, String> environment, int maxDescriptors) {}

  private final Settings settings;
  private final ServiceNotifier manager;
  private final LongSupplier clock;
  private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
  private final Epoll epoll;
  private final Waker waker;
  private final NotificationSocket notifications;
  private final HeldDescriptors held;
  private final RestartDelay restartDelay = new RestartDelay();
  private final Refusals full = new Refusals("descriptor store is full: descriptors are refused");
  private final Refusals foreign = new Refusals("messages of other processes are refused");

  private @Nullable SpawnedProcess node;
  private long startedAt;
  private long restartAt;
  private boolean stopping;
  private boolean everReady;
  private boolean ready;
  private boolean handOverWanted;
  private @Nullable End last;

  private Keeper(Settings settings, ServiceNotifier manager, LongSupplier clock)
      throws LinuxException {
    this.settings = settings;
    this.manager = manager;
    this.clock = clock;
    epoll = Epoll.open(MAX_EVENTS);
    waker = Waker.open();
    notifications = NotificationSocket.open();
    held = new HeldDescriptors(epoll, settings.maxDescriptors);
    epoll.add(waker.fd(), Epoll.IN, WAKER);
    epoll.add(notifications.fd(), Epoll.IN, NOTIFICATIONS);
  }

  /**
   * Opens one; starts nothing yet.
   *
   * @param manager told what the node tells
   * @param clock nanoseconds that only ever grow
   * @throws LinuxException if the process has no descriptor left
   */
  public static Keeper open(Settings settings, ServiceNotifier manager, LongSupplier clock)
      throws LinuxException {
    return new Keeper(settings, manager, clock);
  }

  /** Passes on a wish to stop: the node drains, and stops at once on the second. */
  public void stop() {
    ask(Request.STOP);
  }

  /** Asks the node to hand over to a successor. */
  public void handOver() {
    ask(Request.HAND_OVER);
  }

  private void ask(Request request) {
    requests.add(request);
    waker.wake();
  }

  /**
   * Runs the node, and its successors, until one ends in good order.
   *
   * @return the exit code of the last, or 128 and the signal that ended it
   * @throws IOException if the first cannot be started
   */
  public int run() throws IOException {
    start();
    while (true) {
      dropHungUp(epoll.await(node == null ? Math.max(0, restartAt - clock.getAsLong()) : -1));
      waker.drain();
      receive(MAX_MESSAGES_PER_TURN);
      for (Request request = requests.poll(); request != null; request = requests.poll()) {
        handle(request);
      }
      if (node == null) {
        if (last != null && isOver(last)) {
          return last.exitCode();
        }
        if (clock.getAsLong() - restartAt >= 0) {
          restart();
        }
      }
    }
  }

  /** Before messages are read, since what they bring may get the number of what is dropped. */
  private void dropHungUp(int ready) {
    for (int i = 0; i < ready; i++) {
      long token = epoll.token(i);
      if (token >= 0) {
        held.drop((int) token);
      }
    }
  }

  private void receive(int atMost) throws LinuxException {
    for (int i = 0; i < atMost; i++) {
      Notification message = notifications.receive();
      if (message == null) {
        return;
      }
      if (node != null && message.pid() == node.pid()) {
        handle(message);
      } else {
        foreign.add(1, clock.getAsLong());
        closeAll(message.fds());
      }
    }
  }

  private static void closeAll(int[] fds) {
    for (int fd : fds) {
      Sockets.close(fd);
    }
  }

  private void handle(Notification notification) {
    var message = NotifyMessage.parse(notification.text());
    if (message.stores()) {
      store(message, notification.fds());
    } else {
      closeAll(notification.fds());
    }
    if (message.removes()) {
      held.drop(message.name());
    }
    if (message.ready()) {
      becameReady();
    }
    message.status().ifPresent(manager::status);
    if (message.stopping()) {
      manager.stopping();
    }
  }

  private void store(NotifyMessage message, int[] fds) {
    int refused = 0;
    for (int fd : fds) {
      if (held.add(message.name(), fd, message.polled()) == Outcome.REFUSED) {
        refused++;
      }
    }
    if (refused > 0) {
      full.add(refused, clock.getAsLong());
    }
  }

  private void becameReady() {
    ready = true;
    everReady = true;
    manager.ready();
    if (handOverWanted) {
      signalHandOver();
    }
  }

  private void handle(Request request) throws LinuxException {
    switch (request) {
      case STOP -> {
        stopping = true;
        if (node != null) {
          node.signal(SIGTERM);
        }
      }
      case HAND_OVER -> signalHandOver();
      case NODE_ENDED -> nodeEnded();
    }
  }

  /** A node that is not ready yet would die of the signal; it is asked when it is. */
  private void signalHandOver() {
    handOverWanted = !ready;
    if (ready && node != null) {
      node.signal(SIGHUP);
    }
  }

  private void start() throws IOException {
    Map<String, String> environment = new HashMap<>(settings.environment);
    environment.put("NOTIFY_SOCKET", notifications.name());
    environment.put("FDSTORE", Integer.toString(settings.maxDescriptors));
    ready = false;
    startedAt = clock.getAsLong();
    SpawnedProcess started = SpawnedProcess.start(settings.command, environment, held.all());
    node = started;
    log.atInfo()
        .addKeyValue("pid", started.pid())
        .addKeyValue("descriptors", held.size())
        .log("node starts");
    Thread.ofPlatform()
        .daemon()
        .name("await-" + started.pid())
        .start(
            () -> {
              started.awaitEnd();
              ask(Request.NODE_ENDED);
            });
  }

  private void restart() {
    try {
      start();
    } catch (IOException e) {
      restartAt = clock.getAsLong() + restartDelay.afterRunOf(0);
      log.atError().addKeyValue("error", e.getMessage()).log("the successor cannot be started");
    }
  }

  private void nodeEnded() throws LinuxException {
    SpawnedProcess ended = node;
    if (ended == null) {
      return;
    }
    receive(MAX_MESSAGES_LEFT_BEHIND); // what it has sent counts, so before its id is free
    End end = ended.reap();
    node = null;
    last = end;
    if (isOver(end)) {
      return;
    }
    long now = clock.getAsLong();
    boolean handedOver = end.code() == HANDED_OVER;
    // Who was ready and hands over does not fail.
    long delay = handedOver && ready ? 0 : restartDelay.afterRunOf(now - startedAt);
    restartAt = now + delay;
    (handedOver ? log.atInfo() : log.atError())
        .addKeyValue("exit_code", end.exitCode())
        .addKeyValue("signal", end.signal())
        .addKeyValue("descriptors", held.size())
        .addKeyValue("restart_in_ms", delay / 1_000_000)
        .log(handedOver ? "node has handed over" : "node died; a successor takes over");
    manager.status(handedOver ? "handing over" : "the node died, a successor starts");
  }

  /**
   * Whether no successor follows: the end was asked for, or in good order, or the first node could
   * not start, which its operator should see.
   */
  private boolean isOver(End end) {
    if (stopping || (end.signal() == 0 && end.code() == 0)) {
      return true;
    }
    return end.signal() == 0 && !everReady && end.code() != HANDED_OVER;
  }

  /** Drops all that is held. A node that still runs is left to itself. */
  @Override
  public void close() {
    held.close();
    notifications.close();
    waker.close();
    epoll.close();
  }
}
