package io.gatehouse.appliance.keeper;

import io.gatehouse.linux.DescriptorChannel;
import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.linux.DescriptorStore.Stored;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The node's side of waiting for its turn, as {@code gatehouse keep} starts a node to do. */
public final class Standby {
  private Standby() {}

  /**
   * Tells the keeper that this process is prepared, and waits until it is needed.
   *
   * @param store that of the start; taken over
   * @return the store with what the predecessor left, or nothing if this process is not needed
   * @throws IOException if no keeper started this process, or the channel to it breaks
   */
  public static Optional<DescriptorStore> awaitTurn(DescriptorStore store) throws IOException {
    List<Stored> passed = store.take();
    if (passed.size() != 1 || !passed.getFirst().name().equals(SuccessorChannel.NAME)) {
      throw new IOException("no keeper to wait for (expected: started by `gatehouse keep`)");
    }
    try (var channel = new SuccessorChannel(DescriptorChannel.of(passed.getFirst().fd()))) {
      channel.tellPrepared();
      return Optional.ofNullable(channel.awaitTurn()).map(store::withPassed);
    }
  }
}
