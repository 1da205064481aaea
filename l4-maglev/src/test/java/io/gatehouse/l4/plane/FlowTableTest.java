package io.gatehouse.l4.plane;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.SharedMemory;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FlowTableTest {
  private static final int FLOWS = 3;

  private SharedMemory memory;
  private FlowTable table;

  @BeforeEach
  void open() throws LinuxException {
    memory = SharedMemory.memfd("flow-table-test", FlowTable.bytes(FLOWS));
    table = new FlowTable(memory);
  }

  @AfterEach
  void close() {
    table.close();
  }

  @Test
  void givesAsManyNumbersAsItHasRoomForAndTheFreedOnesAgain() {
    assertThat(new int[] {table.take(), table.take(), table.take(), table.take()})
        .containsExactly(0, 1, 2, -1);
    table.free(1);
    assertThat(table.size()).isEqualTo(2);
    assertThat(table.take()).isEqualTo(1);
  }

  @Test
  void aSuccessorFindsWhatIsKeptAndNotWhatWasFreed() throws LinuxException {
    for (int i = 0; i < FLOWS; i++) {
      var lane = table.clientLane(table.take());
      lane.begin(50, 7);
      lane.keep(100 + i);
    }
    table.free(1);
    var successors = new FlowTable(SharedMemory.map(memory.fd(), memory.size()));
    assertThat(successors.used().stream()).containsExactly(0, 2);
    var lane = successors.clientLane(2);
    assertThat(lane.cookie()).isEqualTo(102);
    assertThat(lane.header()).isEqualTo(50);
    assertThat(lane.relayed()).isEqualTo(7);
    assertThat(lane.mode()).isEqualTo(FlowTable.RELAYED);
    successors.close();
  }

  @Test
  void theIdentityOfAFlowSurvivesOverBothProtocols() {
    var ipv4 = new InetSocketAddress("192.0.2.7", 65_535);
    var ipv6 = new InetSocketAddress("2001:db8::ffff:1", 443);
    var identity = new FlowIdentity(-1, Long.MIN_VALUE, 3, 4, 5, 6, 7, ipv4, ipv6);
    identity.writeTo(table.clientLane(0));
    assertThat(FlowIdentity.readFrom(table.clientLane(0))).isEqualTo(identity);
  }

  @Test
  void aLaneThatIsFreedIsBlank() {
    var lane = table.clientLane(table.take());
    lane.begin(2, 3);
    lane.keep(1);
    lane.forwarded(4);
    lane.finished();
    lane.failure(104);
    table.free(0);
    assertThat(lane.cookie()).isZero();
    assertThat(lane.isFinished()).isFalse();
    assertThat(lane.failure()).isZero();
    assertThat(lane.mode()).isZero();
  }

  @Test
  void theKernelsCountsBeginWhereTheProcessStopped() {
    var lane = table.endpointLane(table.take());
    lane.begin(0, 1_000);
    lane.prepareForKernel();
    assertThat(lane.passed()).isEqualTo(lane.relayed()).isEqualTo(1_000);
    assertThat(lane.redirected()).isZero();
    assertThat(lane.grant()).as("credit before both sockets are in").isZero();
  }

  @Test
  void aLanesWordsFitIntoIt() {
    assertThat(FlowTable.IDENTITY + FlowIdentity.WORDS * Long.BYTES)
        .isLessThanOrEqualTo(FlowTable.LANE_BYTES);
  }
}
