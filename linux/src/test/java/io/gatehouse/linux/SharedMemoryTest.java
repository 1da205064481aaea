package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SharedMemoryTest {
  private static final long BYTES = 10_000;

  @Test
  void isSeenByWhoeverMapsTheSameDescriptor() throws Exception {
    try (var made = SharedMemory.memfd("gatehouse-test", BYTES);
        var mapped = SharedMemory.map(made.fd(), BYTES)) {
      assertThat(made.size()).isEqualTo(BYTES);
      assertThat(mapped.getLong(0)).isZero();
      made.putLong(8, 0x0123_4567_89ab_cdefL);
      assertThat(mapped.getLong(8)).isEqualTo(0x0123_4567_89ab_cdefL);
      assertThat(mapped.getPlainLong(8)).isEqualTo(0x0123_4567_89ab_cdefL);
      mapped.putInt(BYTES - 4, -5);
      assertThat(made.getInt(BYTES - 4)).isEqualTo(-5);
      mapped.putPlainLong(16, 7);
      assertThat(made.compareAndSetLong(16, 7, 8)).isTrue();
      assertThat(made.compareAndSetLong(16, 7, 9)).isFalse();
      assertThat(mapped.getLong(16)).isEqualTo(8);
    }
  }

  @Test
  void checksItsBounds() throws Exception {
    try (var memory = SharedMemory.memfd("gatehouse-test", BYTES)) {
      for (long at : new long[] {-8, BYTES, BYTES + 8, Long.MAX_VALUE - 7}) {
        assertThatThrownBy(() -> memory.getLong(at)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.putInt(at, 1))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
      assertThatThrownBy(() -> memory.putLong(4, 1)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> SharedMemory.memfd("gatehouse-test", 0))
        .hasMessage("shared memory: 0 bytes (expected: > 0)");
  }

  @Test
  void closesOnlyTheDescriptorThatItMade() throws Exception {
    var made = SharedMemory.memfd("gatehouse-test", BYTES);
    var mapped = SharedMemory.map(made.fd(), BYTES);
    mapped.close();
    assertThat(nameOf(made.fd())).startsWith("/memfd:gatehouse-test");
    made.putLong(0, 1);
    made.close();
    made.close();
    assertThat(Files.exists(Path.of("/proc/self/fd/" + made.fd()))).isFalse();
    assertThatThrownBy(() -> made.getLong(0)).isInstanceOf(IllegalStateException.class);
  }

  private static String nameOf(int fd) throws Exception {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
  }

  @Test
  void outlivesItsMaker() throws Exception {
    int held;
    try (var made = SharedMemory.memfd("gatehouse-test", BYTES)) {
      made.putLong(0, 42);
      held = BlockingSockets.duplicate(made.fd());
    }
    try (var mapped = SharedMemory.map(held, BYTES)) {
      assertThat(mapped.getLong(0)).isEqualTo(42);
    } finally {
      Libc.close(held);
    }
  }

  @Test
  void doesNotWriteWhatIsMappedForReading() throws Exception {
    try (var made = SharedMemory.memfd("gatehouse-test", BYTES);
        var readOnly = SharedMemory.map(made.fd(), 4096, 4096, false)) {
      made.putLong(4096, 3);
      assertThat(readOnly.getLong(0)).isEqualTo(3);
      assertThatThrownBy(() -> readOnly.putLong(0, 1)).isInstanceOf(RuntimeException.class);
    }
  }

  @Test
  void tellsWhatCannotBeMapped() {
    assertThatThrownBy(() -> SharedMemory.map(-1, 4096)).hasMessage("mmap: EBADF (9)");
  }

  @Test
  void allocatesBuffersThatKeepTheirAddress() {
    var buffer = NativeBuffer.allocate(100);
    assertThat(buffer.size()).isEqualTo(100);
    assertThat(buffer.address() % 64).isZero();
    var bytes = buffer.bytes();
    assertThat(bytes.isDirect()).isTrue();
    assertThat(bytes.order()).isEqualTo(ByteOrder.nativeOrder());
    assertThat(bytes.getLong(0)).isZero();
    bytes.putLong(0, 9);
    assertThat(buffer.bytes().getLong(0)).isEqualTo(9);
    buffer.close();
    assertThatThrownBy(() -> bytes.getLong(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> NativeBuffer.allocate(0))
        .hasMessage("native buffer: 0 bytes (expected: > 0)");
  }
}
