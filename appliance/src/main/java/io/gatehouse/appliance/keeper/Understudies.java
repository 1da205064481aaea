package io.gatehouse.appliance.keeper;

import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.SpawnedProcess;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one {@link Understudy} there may be, and when the next is due. Owned by the keeper's thread.
 */
final class Understudies {
  private final List<String> command;
  private final Map<String, String> environment;
  private final Epoll epoll;
  private final long token;
  private final LongSupplier clock;
  private @Nullable Understudy present;
  private OptionalLong dueAt = OptionalLong.empty();

  /**
   * @param command by which a node starts that is to wait for its turn
   * @param epoll reports with {@code token} that the understudy is to be heard
   */
  Understudies(
      List<String> command,
      Map<String, String> environment,
      Epoll epoll,
      long token,
      LongSupplier clock) {
    this.command = command;
    this.environment = environment;
    this.epoll = epoll;
    this.token = token;
    this.clock = clock;
  }

  /** One is due after a while, unless one is there by then. */
  void dueIn(long nanos) {
    dueAt = OptionalLong.of(clock.getAsLong() + nanos);
  }

  /** How long until one is due; negative if none is. */
  long nanosUntilDue() {
    return dueAt.isEmpty() ? -1 : Math.max(0, dueAt.getAsLong() - clock.getAsLong());
  }

  /**
   * Starts one; null if one is there already.
   *
   * @throws IOException if it cannot be started
   */
  @Nullable SpawnedProcess prepare() throws IOException {
    dueAt = OptionalLong.empty();
    if (present != null) {
      return null;
    }
    Understudy started = Understudy.start(command, environment);
    epoll.add(started.fd(), Epoll.IN, token);
    present = started;
    return started.process();
  }

  /** Hears what it says; whether that was that it is prepared. */
  boolean hear() throws LinuxException {
    if (present == null) {
      return false;
    }
    if (present.hear()) {
      return true;
    }
    epoll.remove(present.fd()); // it is about to end, of which its process tells
    return false;
  }

  /** Whether one is there that is not prepared yet. */
  boolean isPreparing() {
    return present != null && !present.isPrepared();
  }

  boolean is(SpawnedProcess process) {
    return present != null && present.process() == process;
  }

  /** Gives it away if it is prepared; one that is not is dismissed. */
  @Nullable Understudy take() {
    Understudy taken = present;
    if (taken == null || !taken.isPrepared()) {
      dismiss();
      return null;
    }
    epoll.remove(taken.fd());
    present = null;
    return taken;
  }

  /** It is not needed, and none is due. */
  void dismiss() {
    dueAt = OptionalLong.empty();
    if (present != null) {
      epoll.remove(present.fd());
      present.dismiss();
      present = null;
    }
  }
}
