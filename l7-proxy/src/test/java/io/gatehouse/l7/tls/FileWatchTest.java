package io.gatehouse.l7.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {
  private final Path one;
  private final Path two;
  private final FileWatch watch;

  FileWatchTest(@TempDir Path directory) throws Exception {
    one = Files.writeString(directory.resolve("one"), "1");
    two = Files.writeString(directory.resolve("two"), "2");
    watch = new FileWatch(List.of(one, two));
  }

  @Test
  void tellsAChangeOnceItHasComeToRest() throws Exception {
    assertThat(watch.haveChanged()).isFalse();
    Files.writeString(one, "11");
    assertThat(watch.haveChanged()).as("it may go on").isFalse();
    Files.writeString(two, "22");
    assertThat(watch.haveChanged()).as("it went on").isFalse();
    assertThat(watch.haveChanged()).isTrue();
    assertThat(watch.haveChanged()).as("told").isFalse();
  }

  @Test
  void seesThatALinkIsTurned(@TempDir Path other) throws Exception {
    var link = other.resolve("link");
    Files.createSymbolicLink(link, one);
    var linked = new FileWatch(List.of(link));
    var turned = other.resolve("turned");
    Files.createSymbolicLink(turned, two);
    Files.move(turned, link, StandardCopyOption.ATOMIC_MOVE);
    assertThat(linked.haveChanged()).isFalse();
    assertThat(linked.haveChanged()).isTrue();
  }

  @Test
  void sitsOutAFileThatIsGoneForAMoment() throws Exception {
    Files.delete(one);
    assertThat(watch.haveChanged()).isFalse();
    Files.writeString(one, "new");
    assertThat(watch.haveChanged()).isFalse();
    assertThat(watch.haveChanged()).isTrue();
  }
}
