package io.gatehouse.linux;

import static io.gatehouse.linux.BpfAssembler.Register.R0;
import static io.gatehouse.linux.BpfAssembler.Register.R1;
import static io.gatehouse.linux.BpfAssembler.Register.R10;
import static io.gatehouse.linux.BpfAssembler.Register.R2;
import static io.gatehouse.linux.BpfAssembler.Register.R3;
import static io.gatehouse.linux.BpfAssembler.Register.R4;
import static io.gatehouse.linux.BpfAssembler.Register.R6;
import static io.gatehouse.linux.BpfAssembler.Register.R7;
import static io.gatehouse.linux.Capabilities.Capability.CAP_BPF;
import static io.gatehouse.linux.Capabilities.Capability.CAP_NET_ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.linux.BpfAssembler.Condition;
import io.gatehouse.linux.BpfAssembler.HelperFunction;
import io.gatehouse.linux.BpfAssembler.Size;
import io.gatehouse.linux.BpfProgram.AttachType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Maps and programs in the running kernel; needs CAP_BPF and CAP_NET_ADMIN. */
@Timeout(60)
class BpfTest {
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int SK_PASS = 1;

  @BeforeEach
  void requireCapabilities() {
    var capabilities = Capabilities.ofThisProcess();
    assumeTrue(
        capabilities.has(CAP_BPF) && capabilities.has(CAP_NET_ADMIN),
        "BPF needs CAP_BPF and CAP_NET_ADMIN");
  }

  @Test
  void putsGetsAndRemoves() throws Exception {
    try (var map = BpfMap.create(BpfMap.Type.HASH, "test", 8, 8, 2, BpfMap.NO_PREALLOC)) {
      assertThat(map.get(-7)).isEqualTo(-Errno.ENOENT);
      assertThat(map.put(-7, Long.MAX_VALUE)).isZero();
      assertThat(map.get(-7)).isEqualTo(Long.MAX_VALUE);
      assertThat(map.put(-7, 5)).isZero();
      assertThat(map.put(8, 6)).isZero();
      assertThat(map.put(9, 7)).isEqualTo(-Errno.E2BIG);
      assertThat(map.get(-7)).isEqualTo(5);
      assertThat(map.remove(-7)).isZero();
      assertThat(map.remove(-7)).isEqualTo(-Errno.ENOENT);
    }
  }

  @Test
  void takesKeysAndValuesOfFourBytes() throws Exception {
    try (var map = BpfMap.create(BpfMap.Type.HASH, "test", 4, 4, 2, BpfMap.NO_PREALLOC)) {
      assertThat(map.put(0xffff_ffffL, 0x8000_0000L)).isZero();
      assertThat(map.get(-1)).isEqualTo(0x8000_0000L);
    }
    try (var map = BpfMap.create(BpfMap.Type.ARRAY, "test", 4, 64, 2, 0)) {
      assertThatThrownBy(() -> map.put(0, 1))
          .hasMessage("BPF map test: keys of 4 and values of 64 bytes (expected: 4 or 8)");
    }
  }

  @Test
  void showsAMappedArrayToBothSides() throws Exception {
    try (var map = BpfMap.create(BpfMap.Type.ARRAY, "test", 4, 4, 1000, BpfMap.MMAPABLE);
        var memory = map.map()) {
      assertThat(memory.size()).isEqualTo(8000);
      memory.putInt(999 * 8, 17);
      assertThat(map.get(999)).isEqualTo(17);
      assertThat(map.put(3, 18)).isZero();
      assertThat(memory.getInt(3 * 8)).isEqualTo(18);
      assertThat(map.get(1000)).isEqualTo(-Errno.ENOENT);
    }
    try (var map = BpfMap.create(BpfMap.Type.ARRAY, "test", 4, 8, 10, 0)) {
      assertThatThrownBy(map::map)
          .isInstanceOf(LinuxException.class)
          .hasMessageStartingWith("mmap");
    }
  }

  @Test
  void adoptsAMapByItsDescriptor() throws Exception {
    try (var map = BpfMap.create(BpfMap.Type.ARRAY, "flows.1", 4, 8, 77, BpfMap.MMAPABLE);
        var adopted = BpfMap.adopt(BlockingSockets.duplicate(map.fd()))) {
      map.put(5, 55);
      assertThat(adopted.type()).isEqualTo(BpfMap.Type.ARRAY);
      assertThat(adopted.name()).isEqualTo("flows.1");
      assertThat(adopted.keyBytes()).isEqualTo(4);
      assertThat(adopted.valueBytes()).isEqualTo(8);
      assertThat(adopted.maxEntries()).isEqualTo(77);
      assertThat(adopted.get(5)).isEqualTo(55);
    }
  }

  @Test
  void adoptsNoOtherDescriptorAndClosesIt() throws Exception {
    int socket = Sockets.tcp(false);
    assertThatThrownBy(() -> BpfMap.adopt(socket))
        .hasMessage("bpf(BPF_OBJ_GET_INFO_BY_FD): EINVAL (22)");
    assertThat(Files.exists(Path.of("/proc/self/fd/" + socket))).isFalse();
    try (var program = load(new BpfAssembler().mov(R0, SK_PASS).exit())) {
      int fd = BlockingSockets.duplicate(program.fd());
      assertThatThrownBy(() -> BpfMap.adopt(fd)).isInstanceOf(LinuxException.class);
    }
  }

  @Test
  void tellsWhyAMapIsRefused() {
    assertThatThrownBy(() -> BpfMap.create(BpfMap.Type.ARRAY, "test", 8, 8, 1, 0))
        .hasMessage("bpf(BPF_MAP_CREATE): EINVAL (22)");
    assertThatThrownBy(() -> BpfMap.create(BpfMap.Type.ARRAY, "much too long a name", 4, 8, 1, 0))
        .hasMessageContaining("expected: 1 to 15 of");
  }

  @Test
  void showsTheVerifiersLogWhenAProgramIsRefused() {
    var code = new BpfAssembler().mov(R6, R1).load(Size.DOUBLE, R0, R2, 8).exit();
    assertThatThrownBy(() -> load(code))
        .isInstanceOfSatisfying(
            BpfVerifierException.class,
            e -> {
              assertThat(e.errno()).isEqualTo(Errno.EACCES);
              assertThat(e.verifierLog()).contains("R2 !read_ok");
            })
        .hasMessageStartingWith("bpf(BPF_PROG_LOAD): EACCES (13), program test:")
        .hasMessageContaining("R2 !read_ok");
  }

  private static BpfProgram load(BpfAssembler code) throws LinuxException {
    return BpfProgram.load(
        BpfProgram.Type.SK_SKB, "test", AttachType.SK_SKB_VERDICT, code.assemble());
  }

  /** The kernel's own disassembler reads what was meant. */
  @Test
  void writesInstructionsThatTheKernelReadsAlike() {
    var end = BpfAssembler.label("end");
    var code = new BpfAssembler().mov(R6, R1).mov(R0, 7).add(R0, R0).rsh(R0, 2);
    code.store(Size.DOUBLE, R10, -8, R0).atomicAdd(Size.DOUBLE, R10, -8, R0);
    code.call(HelperFunction.GET_SOCKET_COOKIE).jumpIf(Condition.LESS, R0, 100, end).mov(R0, R0);
    code.place(end).load(Size.DOUBLE, R0, R7, 0).exit();
    assertThatThrownBy(() -> load(code))
        .hasMessageContaining("(bf) r6 = r1")
        .hasMessageContaining("(b7) r0 = 7")
        .hasMessageContaining("(0f) r0 += r0")
        .hasMessageContaining("(77) r0 >>= 2")
        .hasMessageContaining("(7b) *(u64 *)(r10 -8) = r0")
        .hasMessageContaining("(db) lock *(u64 *)(r10 -8) += r0")
        .hasMessageContaining("call bpf_get_socket_cookie#46")
        .hasMessageContaining("if r0 < 0x64 goto pc+1")
        .hasMessageContaining("R7 !read_ok");
  }

  @Test
  void redirectsBetweenTwoConnectionsInTheKernel() throws Exception {
    try (var peers = BpfMap.create(BpfMap.Type.SOCKHASH, "peers", 8, 8, 16, 0);
        var bytes = BpfMap.create(BpfMap.Type.ARRAY, "bytes", 4, 8, 1, BpfMap.MMAPABLE);
        var counted = bytes.map();
        var program = load(redirect(peers, bytes));
        var left = TcpPair.open();
        var right = TcpPair.open()) {
      program.attach(peers, AttachType.SK_SKB_VERDICT);
      assertThat(peers.put(Sockets.cookie(left.server), right.client)).isZero();
      assertThat(peers.put(Sockets.cookie(right.client), left.server)).isZero();
      assertThat(peers.get(Sockets.cookie(left.server))).isEqualTo(Sockets.cookie(right.client));
      left.send(left.client, "a question");
      assertThat(right.receive(right.server, 10)).isEqualTo("a question");
      right.send(right.server, "the answer of it");
      assertThat(left.receive(left.client, 16)).isEqualTo("the answer of it");
      assertThat(counted.getLong(0)).isEqualTo(26);
      assertThat(bytes.get(0)).isEqualTo(26);
      assertThat(left.recv(left.server)).isEqualTo(-Errno.EAGAIN);
    }
  }

  /** Hands everything to the socket under the own socket's cookie, and counts the bytes. */
  private static BpfAssembler redirect(BpfMap peers, BpfMap bytes) {
    var pass = BpfAssembler.label("pass");
    var code = new BpfAssembler().mov(R6, R1).load(Size.WORD, R7, R1, 0);
    code.jumpIf(Condition.EQUAL, R7, 0, pass);
    code.storeConstant(Size.WORD, R10, -4, 0).loadMap(R1, bytes).mov(R2, R10).add(R2, -4);
    code.call(HelperFunction.MAP_LOOKUP_ELEM).jumpIf(Condition.EQUAL, R0, 0, pass);
    code.atomicAdd(Size.DOUBLE, R0, 0, R7);
    code.mov(R1, R6).call(HelperFunction.GET_SOCKET_COOKIE).store(Size.DOUBLE, R10, -16, R0);
    code.mov(R1, R6).loadMap(R2, peers).mov(R3, R10).add(R3, -16).mov(R4, 0);
    return code.call(HelperFunction.SK_REDIRECT_HASH).exit().place(pass).mov(R0, SK_PASS).exit();
  }

  @Test
  void passesBytesToTheProcessWhichPeeksAndTakesThem() throws Exception {
    try (var map = BpfMap.create(BpfMap.Type.SOCKMAP, "sockets", 4, 8, 1, 0);
        var program = load(new BpfAssembler().mov(R0, SK_PASS).exit());
        var pair = TcpPair.open()) {
      program.attach(map, AttachType.SK_SKB_VERDICT);
      assertThat(map.put(0, pair.server)).isZero();
      pair.send(pair.client, "one two three");
      TcpPair.await(pair.server, Epoll.IN);
      assertThat(pair.peek(pair.server, 7)).isEqualTo("one two");
      assertThat(pair.peek(pair.server, 100)).isEqualTo("one two three");
      assertThat(Sockets.queuedInput(pair.server)).isEqualTo(13);
      assertThat(Sockets.discard(pair.server, 4)).isEqualTo(-Errno.EFAULT);
      assertThat(pair.peek(pair.server, 100)).isEqualTo("one two three");
      assertThat(pair.recv(pair.server)).isEqualTo(13);
      assertThat(pair.recv(pair.server)).isEqualTo(-Errno.EAGAIN);
    }
  }

  @Test
  void keepsASocketThatIsBrokenOffUntilItIsRemoved() throws Exception {
    try (var map = BpfMap.create(BpfMap.Type.SOCKMAP, "sockets", 4, 8, 1, 0);
        var program = load(new BpfAssembler().mov(R0, SK_PASS).exit());
        var pair = TcpPair.open()) {
      program.attach(map, AttachType.SK_SKB_VERDICT);
      assertThat(map.put(0, pair.server)).isZero();
      assertThat(Sockets.disconnect(pair.server)).isZero();
      assertThat(TcpPair.await(pair.client, Epoll.RDHUP) & Epoll.ERR).isNotZero();
      assertThat(pair.recv(pair.client)).isEqualTo(-Errno.ECONNRESET);
      assertThat(map.get(0)).as("not by itself").isEqualTo(Sockets.cookie(pair.server));
      assertThat(map.remove(0)).isZero();
      assertThat(map.get(0)).isEqualTo(-Errno.ENOENT);
    }
  }

  @Test
  void takesOnlySocketsThatAreConnected() throws Exception {
    int socket = Sockets.tcp(false);
    try (var map = BpfMap.create(BpfMap.Type.SOCKMAP, "sockets", 4, 8, 1, 0)) {
      assertThat(map.put(0, socket)).isEqualTo(-Errno.EOPNOTSUPP);
    } finally {
      Sockets.close(socket);
    }
  }

  @Test
  void hearsFromAProgramInOrderPastTheRingsEndAndAcrossReaders() throws Exception {
    try (var map = BpfMap.create(BpfMap.Type.SOCKMAP, "sockets", 4, 8, 1, 0);
        var turns = BpfMap.create(BpfMap.Type.ARRAY, "turns", 4, 8, 1, 0);
        var ring = BpfMap.create(BpfMap.Type.RINGBUF, "ring", 0, 0, 4096, 0);
        var program = load(numberEachTurn(turns, ring));
        var pair = TcpPair.open()) {
      program.attach(map, AttachType.SK_SKB_VERDICT);
      assertThat(map.put(0, pair.server)).isZero();
      var heard = new ArrayList<Long>();
      // The ring holds 256 records.
      while (heard.size() < 600) {
        hearSome(BlockingSockets.duplicate(ring.fd()), pair, heard);
      }
      assertThat(heard).isSorted().doesNotHaveDuplicates().startsWith(1L);
      assertThat(heard.getLast()).isEqualTo(heard.size());
    }
  }

  /** One reader's life: it leaves records behind for the next. */
  private static void hearSome(int ringFd, TcpPair pair, List<Long> heard) throws Exception {
    try (var adopted = BpfMap.adopt(ringFd);
        var reader = RingBuffer.map(adopted);
        var epoll = Epoll.open(1)) {
      epoll.add(reader.fd(), Epoll.IN, 0);
      for (int i = 0; i < 50; i++) {
        pair.send(pair.client, "x");
        assertThat(epoll.await(WAIT_NANOS)).isEqualTo(1);
        reader.drain(heard::add, i < 45 ? 8 : 0);
        // Left alone, passed bytes fill the receive buffer, and no more packets are taken.
        pair.recv(pair.server);
      }
    }
  }

  /** Emits 1, 2, 3 and so on, and passes. */
  private static BpfAssembler numberEachTurn(BpfMap turns, BpfMap ring) {
    var pass = BpfAssembler.label("pass");
    var code = new BpfAssembler().storeConstant(Size.WORD, R10, -4, 0);
    code.loadMap(R1, turns).mov(R2, R10).add(R2, -4).call(HelperFunction.MAP_LOOKUP_ELEM);
    code.jumpIf(Condition.EQUAL, R0, 0, pass).load(Size.DOUBLE, R1, R0, 0).add(R1, 1);
    code.store(Size.DOUBLE, R0, 0, R1).store(Size.DOUBLE, R10, -16, R1);
    code.loadMap(R1, ring).mov(R2, R10).add(R2, -16).mov(R3, 8).mov(R4, 0);
    return code.call(HelperFunction.RINGBUF_OUTPUT).place(pass).mov(R0, SK_PASS).exit();
  }
}
