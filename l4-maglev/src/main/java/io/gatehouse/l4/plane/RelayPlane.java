package io.gatehouse.l4.plane;

import static java.util.Objects.requireNonNull;

import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.SharedMemory;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The data plane that is always there: this process moves every byte. It needs no privileges and no
 * particular kernel.
 */
final class RelayPlane implements DataPlane {
  private static final String TABLE = "memory";

  private final SharedMemory memory;
  private final FlowTable table;

  private RelayPlane(SharedMemory memory) {
    this.memory = memory;
    this.table = new FlowTable(memory);
  }

  static RelayPlane open(int flows) throws LinuxException {
    return new RelayPlane(SharedMemory.memfd("gatehouse-flows", FlowTable.bytes(flows)));
  }

  /**
   * Goes on with a predecessor's table.
   *
   * @param descriptors by part, {@link #isWhole}; taken over
   * @throws LinuxException if it cannot be mapped
   */
  static RelayPlane adopt(Map<String, Integer> descriptors) throws LinuxException {
    return new RelayPlane(SharedMemory.adopt(requireNonNull(descriptors.get(TABLE))));
  }

  /** Whether these are all parts of such a plane. */
  static boolean isWhole(Map<String, Integer> descriptors) {
    return descriptors.keySet().equals(Set.of(TABLE));
  }

  @Override
  public FlowTable table() {
    return table;
  }

  @Override
  public boolean takeOver(Flow flow) {
    return true; // it is relayed already
  }

  @Override
  public void release(Flow flow) {
    table.free(flow.number());
  }

  @Override
  public void resume(Flow flow) throws LinuxException {
    flow.resume();
  }

  @Override
  public List<KeptDescriptor> descriptors() {
    return List.of(new KeptDescriptor(TABLE, memory.fd()));
  }

  @Override
  public void close() {
    table.close();
  }
}
