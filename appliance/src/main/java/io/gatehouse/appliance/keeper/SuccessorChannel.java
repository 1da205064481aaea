package io.gatehouse.appliance.keeper;

import io.gatehouse.linux.DescriptorChannel;
import io.gatehouse.linux.DescriptorChannel.Message;
import io.gatehouse.linux.DescriptorStore.Stored;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.Sockets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a keeper and a successor in waiting say to each other. The successor says once that it is
 * prepared; the keeper, when its turn has come, gives it what is held, in as many messages as that
 * takes, and then the word to go. Each sees the end of the other as the end of the channel.
 *
 * <p>A message with descriptors holds a line of text, and in the next their names with a colon
 * between each two. Owned by one thread.
 */
final class SuccessorChannel implements AutoCloseable {
  /** What the successor's end is called among the descriptors that are passed to it. */
  static final String NAME = "keeper";

  private static final String PREPARED = "PREPARED";
  private static final String HELD = "HELD\n";
  private static final String GO = "GO";
  private static final int[] NO_FDS = {};

  private final DescriptorChannel channel;

  SuccessorChannel(DescriptorChannel channel) {
    this.channel = channel;
  }

  int fd() {
    return channel.fd();
  }

  // --- the successor's side

  void tellPrepared() throws LinuxException {
    channel.send(PREPARED, NO_FDS, 0);
  }

  /** Waits for the word to go; null when the keeper is gone, or does without this successor. */
  @Nullable List<Stored> awaitTurn() throws IOException {
    var held = new ArrayList<Stored>();
    for (Message message = channel.receive(); message != null; message = channel.receive()) {
      if (message.text().equals(GO)) {
        return held;
      }
      held.addAll(named(message));
    }
    held.forEach(stored -> Sockets.close(stored.fd()));
    return null;
  }

  private static List<Stored> named(Message message) throws IOException {
    String text = message.text();
    String[] names = text.startsWith(HELD) ? text.substring(HELD.length()).split(":", -1) : null;
    int[] fds = message.fds();
    if (names == null || names.length != fds.length) {
      // The kernel drops those that this process may not have.
      throw new IOException(
          "descriptors from the keeper: %d (expected: %d; see the limit of open files)"
              .formatted(fds.length, names == null ? 0 : names.length));
    }
    var held = new ArrayList<Stored>(fds.length);
    for (int i = 0; i < fds.length; i++) {
      held.add(new Stored(names[i], fds[i]));
    }
    return held;
  }

  // --- the keeper's side

  /** Hears what the successor says; false if that is nothing more. */
  boolean hearsPrepared() throws LinuxException {
    Message message = channel.receive();
    return message != null && message.text().equals(PREPARED);
  }

  /**
   * Gives the successor its turn.
   *
   * @param held lent
   */
  void giveTurn(List<Stored> held) throws LinuxException {
    var text = new StringBuilder(HELD);
    var fds = new int[DescriptorChannel.MAX_DESCRIPTORS];
    int count = 0;
    for (Stored stored : held) {
      boolean full = text.length() + 1 + stored.name().length() > DescriptorChannel.MAX_TEXT_BYTES;
      if (full || count == fds.length) {
        channel.send(text.toString(), fds, count);
        text.setLength(HELD.length());
        count = 0;
      }
      text.append(count == 0 ? "" : ":").append(stored.name());
      fds[count++] = stored.fd();
    }
    if (count > 0) {
      channel.send(text.toString(), fds, count);
    }
    channel.send(GO, NO_FDS, 0);
  }

  @Override
  public void close() {
    channel.close();
  }
}
