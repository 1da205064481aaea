package io.gatehouse.appliance.keeper;

import io.gatehouse.linux.DescriptorChannel;
import io.gatehouse.linux.DescriptorStore.Stored;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.Sockets;
import io.gatehouse.linux.SpawnedProcess;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * A successor that has been started before it is needed, so that what a JVM takes to start is over
 * by then; the keeper's view of it. Owned by the keeper's thread.
 */
final class Understudy {
  private static final int SIGKILL = 9;

  private final SpawnedProcess process;
  private final SuccessorChannel channel;
  private boolean prepared;

  private Understudy(SpawnedProcess process, SuccessorChannel channel) {
    this.process = process;
    this.channel = channel;
  }

  /**
   * Starts one.
   *
   * @param command a node's, which is told to wait for its turn
   */
  static Understudy start(List<String> command, Map<String, String> environment)
      throws IOException {
    DescriptorChannel.Pair pair = DescriptorChannel.open();
    var channel = new SuccessorChannel(pair.near());
    try {
      var end = new Stored(SuccessorChannel.NAME, pair.far());
      return new Understudy(SpawnedProcess.start(command, environment, List.of(end)), channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    } finally {
      Sockets.close(pair.far());
    }
  }

  SpawnedProcess process() {
    return process;
  }

  /** Can be read when there is something to {@link #hear}. */
  int fd() {
    return channel.fd();
  }

  boolean isPrepared() {
    return prepared;
  }

  /** Takes in what it says; false if it will say nothing more. */
  boolean hear() throws LinuxException {
    prepared = channel.hearsPrepared();
    return prepared;
  }

  /** Its turn: it goes on as the node, with what is held. */
  SpawnedProcess enter(List<Stored> held) throws LinuxException {
    channel.giveTurn(held);
    channel.close();
    return process;
  }

  /** It is not needed. */
  void dismiss() {
    process.signal(SIGKILL);
    channel.close();
  }
}
