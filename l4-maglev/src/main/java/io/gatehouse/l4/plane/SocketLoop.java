package io.gatehouse.l4.plane;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.NativeBuffer;
import io.gatehouse.linux.TcpInfoReader;
import io.gatehouse.linux.Waker;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop of the L4 tier: a thread, its epoll set, its deadlines, and the scratch memory
 * through which it moves bytes. Nothing stays in that memory from one event to the next.
 *
 * <p>Everything but {@link #execute}, {@link #inLoop} and {@link #close} belongs to the loop's own
 * thread.
 */
public final class SocketLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SocketLoop.class);

  /** How late a deadline may be, and how old {@link #coarseNanos()}. */
  public static final long TICK_NANOS = MILLISECONDS.toNanos(50);

  /** How soon {@link #soon} is. */
  private static final long SOON_NANOS = MILLISECONDS.toNanos(1);

  /**
   * Bytes moved by one read: large enough that system calls do not count, small enough for the
   * second-level cache.
   */
  static final int SCRATCH_BYTES = 128 * 1024;

  private static final int MAX_EVENTS = 512;
  private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

  private final Epoll epoll;
  private final Waker waker;
  private final NativeBuffer scratch = NativeBuffer.allocate(SCRATCH_BYTES);
  private final TcpInfoReader tcpInfo = new TcpInfoReader();
  private final LongSupplier clock;
  private final DeadlineWheel deadlines;
  private final Queue<Runnable> submitted = new ConcurrentLinkedQueue<>();
  private final Thread thread;

  private @Nullable Watch[] watches = new @Nullable Watch[1024];
  private int[] generations = new int[1024];
  private ArrayDeque<Runnable> nextTurn = new ArrayDeque<>();
  private ArrayDeque<Runnable> soon = new ArrayDeque<>();
  private long soonNanos;
  private long coarseNanos;
  private long nextTickNanos;
  private boolean resting;
  private volatile boolean closing;

  private SocketLoop(String name, LongSupplier clock) throws LinuxException {
    this.epoll = Epoll.open(MAX_EVENTS);
    this.waker = Waker.open();
    this.clock = clock;
    this.coarseNanos = clock.getAsLong();
    this.nextTickNanos = coarseNanos + TICK_NANOS;
    this.deadlines = new DeadlineWheel(TICK_NANOS, coarseNanos);
    this.thread = Thread.ofPlatform().name(name).unstarted(this::run);
    watch(waker.fd(), Epoll.IN, events -> waker.drain());
  }

  /**
   * Starts a loop.
   *
   * @param name of its thread
   * @param clock nanoseconds, as {@link System#nanoTime}
   * @throws LinuxException if there is no descriptor left for its epoll set
   */
  public static SocketLoop start(String name, LongSupplier clock) throws LinuxException {
    var loop = new SocketLoop(name, clock);
    loop.thread.start();
    return loop;
  }

  private void run() {
    try {
      while (!closing) {
        turn();
      }
    } catch (LinuxException e) {
      log.atError().setCause(e).log("an event loop ended: its connections stand still");
    } finally {
      tcpInfo.close();
      scratch.close();
      waker.close();
      epoll.close();
    }
  }

  private void turn() throws LinuxException {
    int ready = epoll.await(timeoutNanos());
    for (int i = 0; i < ready; i++) {
      dispatch(epoll.token(i), epoll.events(i));
    }
    var due = nextTurn;
    nextTurn = new ArrayDeque<>();
    runAll(due);
    runSubmitted();
    advance(clock.getAsLong());
  }

  private void advance(long nowNanos) {
    coarseNanos = nowNanos;
    if (resting) {
      return;
    }
    if (!soon.isEmpty() && nowNanos - soonNanos >= 0) {
      var due = soon;
      soon = new ArrayDeque<>();
      runAll(due);
    }
    if (nowNanos - nextTickNanos >= 0) {
      nextTickNanos = nowNanos + TICK_NANOS;
      deadlines.advance(nowNanos);
    }
  }

  private long timeoutNanos() {
    if (resting) {
      return -1;
    }
    if (!nextTurn.isEmpty()) {
      return 0;
    }
    long nowNanos = clock.getAsLong();
    if (!soon.isEmpty()) {
      return Math.max(0, soonNanos - nowNanos);
    }
    return deadlines.size() == 0 ? -1 : Math.max(0, nextTickNanos - nowNanos);
  }

  private void dispatch(long token, int events) {
    int fd = (int) token;
    if (fd < watches.length && generations[fd] == (int) (token >>> Integer.SIZE)) {
      var watch = watches[fd];
      if (watch != null) {
        try {
          watch.ready(events);
        } catch (RuntimeException | AssertionError e) {
          failed(e);
        }
      }
    }
  }

  private void runSubmitted() {
    for (Runnable task = submitted.poll(); task != null; task = submitted.poll()) {
      runSafely(task);
    }
  }

  private static void runAll(ArrayDeque<Runnable> tasks) {
    tasks.forEach(SocketLoop::runSafely);
  }

  private static void runSafely(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | AssertionError e) {
      failed(e);
    }
  }

  /** One connection's bug must not end the others. */
  private static void failed(Throwable bug) {
    log.atError().setCause(bug).log("an event failed; the loop goes on");
  }

  /**
   * Watches a descriptor; the caller keeps it and calls {@link #forget} before it is closed.
   *
   * @throws LinuxException if the kernel has no memory for it
   */
  public void watch(int fd, int events, Watch watch) throws LinuxException {
    if (fd >= watches.length) {
      int size = Math.max(fd + 1, 2 * watches.length);
      watches = Arrays.copyOf(watches, size);
      generations = Arrays.copyOf(generations, size);
    }
    generations[fd]++;
    watches[fd] = watch;
    epoll.add(fd, events, token(fd));
  }

  /** Asks for other events. What is ready already is told again. */
  void rewatch(int fd, int events) throws LinuxException {
    epoll.modify(fd, events, token(fd));
  }

  /** Gives the descriptor's events to another watch. */
  public void handTo(int fd, Watch watch) {
    watches[fd] = watch;
  }

  /** Stops watching; events that are already on their way are dropped. */
  public void forget(int fd) {
    if (fd < watches.length && watches[fd] != null) {
      watches[fd] = null;
      epoll.remove(fd);
    }
  }

  /**
   * Stops watching a descriptor that the caller closes at once and that nobody else holds: the
   * kernel forgets it by itself.
   */
  public void forgetClosing(int fd) {
    if (fd < watches.length) {
      watches[fd] = null;
    }
  }

  /**
   * Watches nothing and keeps no deadline from now on, and only runs what {@link #execute} brings:
   * for a process that has left its sockets to another and is about to end.
   */
  public void rest() {
    assert inLoop();
    for (int fd = 0; fd < watches.length; fd++) {
      if (fd != waker.fd()) {
        forget(fd);
      }
    }
    nextTurn.clear();
    soon.clear();
    resting = true;
  }

  private long token(int fd) {
    return (long) generations[fd] << Integer.SIZE | fd;
  }

  /** Runs {@code task} on the loop; any thread. Dropped if the loop has ended. */
  public void execute(Runnable task) {
    submitted.add(task);
    waker.wake();
  }

  /** Runs {@code task} in the next turn, after the events that are ready then. */
  public void nextTurn(Runnable task) {
    nextTurn.add(task);
  }

  /** Runs {@code task} in about a millisecond: for what the kernel tells of by no event. */
  void soon(Runnable task) {
    if (soon.isEmpty()) {
      soonNanos = clock.getAsLong() + SOON_NANOS;
    }
    soon.add(task);
  }

  /** Runs {@code task} once, a tick late at most. */
  public void after(long delayNanos, Runnable task) {
    assert inLoop();
    deadlines.schedule(new Delayed(clock.getAsLong() + delayNanos, task));
  }

  /** Whether the calling thread is the loop's. */
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  /** What it is to look at when its time has come. */
  public DeadlineWheel deadlines() {
    return deadlines;
  }

  /** The time now. */
  public long nowNanos() {
    return clock.getAsLong();
  }

  /** The time of the last turn. */
  public long coarseNanos() {
    return coarseNanos;
  }

  /** Memory that is anyone's between two calls. */
  public NativeBuffer scratch() {
    return scratch;
  }

  TcpInfoReader tcpInfo() {
    return tcpInfo;
  }

  private static final class Delayed extends Deadline {
    private final long dueNanos;
    private final Runnable task;

    private Delayed(long dueNanos, Runnable task) {
      this.dueNanos = dueNanos;
      this.task = task;
    }

    @Override
    protected long dueNanos() {
      return dueNanos;
    }

    @Override
    protected void expired(long nowNanos) {
      task.run();
    }
  }

  /** Ends the loop after its present turn and waits for it. Not to be called on the loop. */
  @Override
  public void close() {
    closing = true;
    waker.wake();
    try {
      thread.join(CLOSE_TIMEOUT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
