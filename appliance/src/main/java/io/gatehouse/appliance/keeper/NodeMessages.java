package io.gatehouse.appliance.keeper;

import io.gatehouse.appliance.keeper.HeldDescriptors.Outcome;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.NotificationSocket;
import io.gatehouse.linux.NotificationSocket.Notification;
import io.gatehouse.linux.ServiceNotifier;
import io.gatehouse.linux.Sockets;
import io.gatehouse.linux.SpawnedProcess;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the node tells (sd_notify(3)): descriptors to hold or to drop, and how it fares, which the
 * service manager is told in turn. Messages count from the node's own process only, as the kernel
 * tells the sender. Owned by the keeper's thread.
 */
final class NodeMessages {
  private final NotificationSocket socket;
  private final HeldDescriptors held;
  private final ServiceNotifier manager;
  private final LongSupplier clock;
  private final Runnable onReady;
  private final Refusals full = new Refusals("descriptor store is full: descriptors are refused");
  private final Refusals foreign = new Refusals("messages of other processes are refused");

  NodeMessages(
      NotificationSocket socket,
      HeldDescriptors held,
      ServiceNotifier manager,
      LongSupplier clock,
      Runnable onReady) {
    this.socket = socket;
    this.held = held;
    this.manager = manager;
    this.clock = clock;
    this.onReady = onReady;
  }

  /** Takes in what has come, so many messages at most. */
  void receive(@Nullable SpawnedProcess node, int atMost) throws LinuxException {
    for (int i = 0; i < atMost; i++) {
      Notification message = socket.receive();
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
      manager.ready();
      onReady.run();
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
}
