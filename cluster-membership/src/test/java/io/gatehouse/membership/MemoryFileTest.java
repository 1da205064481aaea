package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.membership.RingMemory.Known;
import io.gatehouse.testkit.SeededCases;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a ring remembers, on disk. */
final class MemoryFileTest {
  @TempDir private Path folder;

  private MemoryFile file(Optional<Path> folder) {
    return MemoryFile.of(
        new RingConfig(
            "l7/1",
            new InetSocketAddress("127.0.0.1", 7946),
            List.of(),
            Map.of(),
            Timing.DEFAULT,
            Limits.DEFAULT,
            RingSecurity.NONE,
            folder));
  }

  private static RingMemory memory(SplittableRandom random) {
    var members = new ArrayList<Known>();
    for (int i = random.nextInt(20); i > 0; i--) {
      String name = random.nextBoolean() ? "l4-" + i : "ü with blanks " + i;
      members.add(new Known(name, RandomMessages.address(random)));
    }
    return new RingMemory(random.nextLong(1L << 32), members);
  }

  @Test
  void whatWasWrittenIsRead() {
    SeededCases.check(
        50,
        random -> {
          RingMemory memory = memory(random);
          file(Optional.of(folder)).write(memory);
          assertThat(file(Optional.of(folder)).read()).isEqualTo(memory);
        });
  }

  @Test
  void aPeerCannotWriteLinesWithItsName() {
    var evil = new Known("x\nmember 192.0.2.1 1 y", new InetSocketAddress("192.0.2.9", 1));
    var good = new Known("z", new InetSocketAddress("192.0.2.8", 1));
    RingMemory read = MemoryFile.parse(MemoryFile.format(new RingMemory(3, List.of(evil, good))));
    assertThat(read).isEqualTo(new RingMemory(3, List.of(good)));
  }

  @Test
  void withoutAFolderOrAFileNothingIsRemembered() throws Exception {
    assertThat(file(Optional.of(folder)).read()).isEqualTo(RingMemory.NONE);
    assertThat(file(Optional.empty()).read()).isEqualTo(RingMemory.NONE);
    file(Optional.empty()).write(new RingMemory(3, List.of()));
  }

  @Test
  void aFileThatMakesNoSenseIsSetAside() throws Exception {
    Path path = folder.resolve("l7_1.ring");
    Files.writeString(path, "gatehouse-ring 1\nincarnation 7\n");
    assertThat(file(Optional.of(folder)).read()).isEqualTo(RingMemory.NONE);
    assertThat(path).doesNotExist();
    assertThat(folder.resolve("l7_1.ring.corrupt")).hasContent("gatehouse-ring 1\nincarnation 7\n");
  }

  @Test
  void noTextMakesItThrowAnythingElse() {
    SeededCases.check(
        1000,
        random -> {
          var text = new StringBuilder(MemoryFile.format(memory(random)));
          for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
            text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(128));
          }
          try {
            MemoryFile.parse(text.toString());
          } catch (IllegalArgumentException expected) {
            assertThat(expected).isNotNull();
          }
        });
    assertThatThrownBy(() -> MemoryFile.parse("")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLateIncarnationIsNotBelieved() {
    assertThat(Formulas.firstIncarnation(0)).isEqualTo(1);
    assertThat(Formulas.firstIncarnation(7)).isEqualTo(107);
    assertThat(Formulas.firstIncarnation(0xffff_ffffL)).isEqualTo(1);
  }
}
