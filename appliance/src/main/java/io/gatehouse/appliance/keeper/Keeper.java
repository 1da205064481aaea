package io.gatehouse.appliance.keeper;

import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.NotificationSocket;
import io.gatehouse.linux.ServiceNotifier;
import io.gatehouse.linux.SpawnedProcess;
import io.gatehouse.linux.SpawnedProcess.End;
import io.gatehouse.linux.Waker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the service manager is to a service with a descriptor store, for one node: starts it, holds
 * what it stores (sd_notify(3)), and gives that to a successor when it dies or hands over. The
 * successor is an {@link Understudy} where one is prepared, else a process that is started then.
 *
 * <p>A hand-over begins with an understudy from the present build and the present file. One that
 * cannot be prepared ends the hand-over, and the node serves on.
 *
 * <p>Owned by the thread that opens it, which is to call {@link #run}; {@link #stop} and {@link
 * #handOver} may be called from any.
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
  private static final long UNDERSTUDY = -3;

  /** A node that has just started is left alone with the machine for so long. */
  private static final long UNDERSTUDY_DELAY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long UNDERSTUDY_RETRY_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** What another thread asks for. */
  private sealed interface Request {
    record Stop() implements Request {}

    record HandOver() implements Request {}

    record Ended(SpawnedProcess process) implements Request {}
  }

  /**
   * What to keep.
   *
   * @param command absolute path of a program, and its arguments
   * @param standby the argument by which the program waits for its turn ({@link Standby})
   * @param environment of the program; where to notify is added
   * @param maxDescriptors how many are held at most
   * @param understudy whether a successor is kept prepared all the time, not for a hand-over only
   */
  public record Settings(
      List<String> command,
      String standby,
      Map<String, String> environment,
      int maxDescriptors,
      boolean understudy) {}

  private final Settings settings;
  private final ServiceNotifier manager;
  private final LongSupplier clock;
  private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
  private final Epoll epoll;
  private final Waker waker;
  private final NotificationSocket notifications;
  private final HeldDescriptors held;
  private final Map<String, String> environment;
  private final Understudies understudies;
  private final RestartDelay restartDelay = new RestartDelay();
  private final NodeMessages messages;

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
    messages = new NodeMessages(notifications, held, manager, clock, this::becameReady);
    environment = new HashMap<>(settings.environment);
    environment.put("NOTIFY_SOCKET", notifications.name());
    environment.put("FDSTORE", Integer.toString(settings.maxDescriptors));
    List<String> waiting = new ArrayList<>(settings.command);
    waiting.add(settings.standby);
    understudies = new Understudies(waiting, environment, epoll, UNDERSTUDY, clock);
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
    ask(new Request.Stop());
  }

  /** Asks the node to hand over to a successor. */
  public void handOver() {
    ask(new Request.HandOver());
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
      takeEvents(epoll.await(nanosToWait()));
      waker.drain();
      messages.receive(node, MAX_MESSAGES_PER_TURN);
      for (Request request = requests.poll(); request != null; request = requests.poll()) {
        handle(request);
      }
      if (node == null) {
        if (last != null && isOver(last)) {
          return last.exitCode();
        }
        // One that is preparing is nearer than a process that would be started now.
        if (clock.getAsLong() - restartAt >= 0 && !understudies.isPreparing()) {
          restart();
        }
      } else if (understudies.nanosUntilDue() == 0) {
        prepareUnderstudy();
      }
    }
  }

  /** Negative: until something happens. */
  private long nanosToWait() {
    if (node != null) {
      return understudies.nanosUntilDue();
    }
    long delay = restartAt - clock.getAsLong();
    return delay <= 0 && understudies.isPreparing() ? -1 : Math.max(0, delay);
  }

  /** Before messages are read, since what they bring may get the number of what is dropped. */
  private void takeEvents(int ready) throws LinuxException {
    for (int i = 0; i < ready; i++) {
      long token = epoll.token(i);
      if (token >= 0) {
        held.drop((int) token);
      } else if (token == UNDERSTUDY && understudies.hear()) {
        understudyPrepared();
      }
    }
  }

  private void becameReady() {
    ready = true;
    everReady = true;
    understudyIn(UNDERSTUDY_DELAY_NANOS);
    if (handOverWanted) {
      prepareHandOver();
    }
  }

  private void handle(Request request) throws LinuxException {
    switch (request) {
      case Request.Stop() -> {
        stopping = true;
        understudies.dismiss();
        if (node != null) {
          node.signal(SIGTERM);
        }
      }
      case Request.HandOver() -> prepareHandOver();
      case Request.Ended(SpawnedProcess process) -> ended(process);
    }
  }

  /** A node that is not ready yet would die of the signal; it is asked when it is. */
  private void prepareHandOver() {
    handOverWanted = true;
    if (ready && node != null && !stopping) {
      understudies.dismiss();
      prepareUnderstudy();
    }
  }

  private void understudyIn(long nanos) {
    if (settings.understudy && !stopping) {
      understudies.dueIn(nanos);
    }
  }

  private void prepareUnderstudy() {
    try {
      SpawnedProcess started = understudies.prepare();
      if (started != null) {
        awaitEnd(started);
      }
    } catch (IOException e) {
      withoutUnderstudy(String.valueOf(e.getMessage()));
    }
  }

  private void understudyPrepared() {
    if (handOverWanted && node != null) {
      handOverWanted = false;
      node.signal(SIGHUP);
    }
  }

  private void withoutUnderstudy(String why) {
    if (handOverWanted) {
      handOverWanted = false;
      log.atError().addKeyValue("why", why).log("no hand-over: no successor can be prepared");
      manager.status("no hand-over: no successor can be prepared");
    } else {
      log.atWarn().addKeyValue("why", why).log("no successor waits: one is started if need be");
    }
    understudyIn(UNDERSTUDY_RETRY_NANOS);
  }

  private void start() throws IOException {
    var process = SpawnedProcess.start(settings.command, environment, held.all());
    begin(process);
    awaitEnd(process);
  }

  private void begin(SpawnedProcess process) {
    ready = false;
    startedAt = clock.getAsLong();
    node = process;
    log.atInfo()
        .addKeyValue("pid", process.pid())
        .addKeyValue("descriptors", held.size())
        .log("node starts");
  }

  private void awaitEnd(SpawnedProcess process) {
    Thread.ofPlatform()
        .daemon()
        .name("await-" + process.pid())
        .start(
            () -> {
              process.awaitEnd();
              ask(new Request.Ended(process));
            });
  }

  private void restart() {
    Understudy waiting = understudies.take();
    if (waiting == null) {
      startAnew();
      return;
    }
    try {
      begin(waiting.enter(held.all()));
    } catch (LinuxException e) {
      log.atError().addKeyValue("error", e.getMessage()).log("the successor does not take over");
      waiting.dismiss();
      startAnew();
    }
  }

  private void startAnew() {
    try {
      start();
    } catch (IOException e) {
      restartAt = clock.getAsLong() + restartDelay.afterRunOf(0);
      log.atError().addKeyValue("error", e.getMessage()).log("the successor cannot be started");
    }
  }

  private void ended(SpawnedProcess process) throws LinuxException {
    if (process == node) {
      nodeEnded(process);
      return;
    }
    End end = process.reap();
    if (understudies.is(process)) {
      understudies.dismiss();
      withoutUnderstudy("it ended with exit code " + end.exitCode());
    }
  }

  private void nodeEnded(SpawnedProcess ended) throws LinuxException {
    messages.receive(
        ended, MAX_MESSAGES_LEFT_BEHIND); // what it has sent counts, so before its id is free
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
    understudies.dismiss();
    held.close();
    notifications.close();
    waker.close();
    epoll.close();
  }
}
