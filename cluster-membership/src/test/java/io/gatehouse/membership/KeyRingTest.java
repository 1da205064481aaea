package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ring's keys: their file, and how they change. */
final class KeyRingTest {
  private static final GossipKey OLD = AgentVectors.KEY_16;
  private static final GossipKey NEW = AgentVectors.KEY_32;

  @TempDir private Path folder;

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("keyring.json"), content);
  }

  private KeyRing fromFile(GossipKey... keys) throws IOException {
    Path file = folder.resolve("keyring.json");
    KeyringFile.write(file, List.of(keys));
    return KeyRing.open(new RingKeys.InFile(file));
  }

  @Test
  void readsAFileAsSerfWritesIt() throws Exception {
    Path file = file("[\n  \"%s\",\n  \"%s\"\n]".formatted(NEW.base64(), OLD.base64()));
    assertThat(KeyRing.open(new RingKeys.InFile(file)).keys()).containsExactly(NEW, OLD);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "[\"AAECAwQFBgcICQoLDA0ODw==\"",
        "[\"AAECAwQFBgcICQoLDA0ODw==\",]",
        "[\"AAECAwQFBgcICQoLDA0ODw==\"] x",
        "[\"AAEC\"]",
        "[\"=\"]",
        "[1]"
      })
  void refusesAnyOtherFileAndDoesNotSayWhatIsInIt(String content) throws Exception {
    Path file = file(content);
    assertThatThrownBy(() -> KeyRing.open(new RingKeys.InFile(file)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(file.toString())
        .message()
        .doesNotContain("AAEC");
  }

  @Test
  void saysThatTheFileIsMissing() {
    var missing = new RingKeys.InFile(folder.resolve("none.json"));
    assertThatThrownBy(() -> KeyRing.open(missing)).hasMessageContaining("does not exist");
  }

  @Test
  void aRotationIsWrittenDownStepByStep() throws Exception {
    KeyRing ring = fromFile(OLD);
    ring.install(NEW);
    assertThat(ring.keys()).containsExactly(OLD, NEW);
    assertThat(KeyRing.read(folder.resolve("keyring.json"))).containsExactly(OLD, NEW);
    ring.use(NEW);
    assertThat(KeyRing.read(folder.resolve("keyring.json"))).containsExactly(NEW, OLD);
    ring.remove(OLD);
    assertThat(ring.keys()).containsExactly(NEW);
    assertThat(KeyRing.read(folder.resolve("keyring.json"))).containsExactly(NEW);
    try (var files = Files.list(folder)) {
      assertThat(files).as("nothing is left lying about").hasSize(1);
    }
    assertThat(Files.getPosixFilePermissions(folder.resolve("keyring.json")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void aRotationHasNoGapBetweenTwoNodesWhicheverIsFirst() throws Exception {
    KeyRing slow = fromFile(OLD);
    Path other = folder.resolve("other.json");
    KeyringFile.write(other, List.of(OLD));
    KeyRing fast = KeyRing.open(new RingKeys.InFile(other));
    var a = new Wire(slow, Label.NONE);
    var b = new Wire(fast, Label.NONE);
    List<KeyChange> steps = List.of(k -> k.install(NEW), k -> k.use(NEW), k -> k.remove(OLD));
    for (KeyChange step : steps) {
      step.on(fast);
      assertHears(a, b);
      step.on(slow);
      assertHears(a, b);
    }
  }

  private interface KeyChange {
    void on(KeyRing keys) throws KeyRing.KeyChangeException;
  }

  private static void assertHears(Wire a, Wire b) {
    byte[] packet = {7};
    assertThat(a.openPacket(b.sealPacket(packet))).isInstanceOf(Wire.Opened.Plain.class);
    assertThat(b.openPacket(a.sealPacket(packet))).isInstanceOf(Wire.Opened.Plain.class);
  }

  @Test
  void refusesWhatWouldLoseTheRing() throws Exception {
    KeyRing ring = fromFile(OLD);
    assertThatThrownBy(() -> ring.use(NEW)).hasMessage("the key is not installed");
    assertThatThrownBy(() -> ring.remove(OLD)).hasMessageContaining("in use");
    ring.remove(NEW);
    ring.install(OLD);
    assertThat(ring.keys()).containsExactly(OLD);
  }

  @Test
  void holdsNoMoreThanSixteenKeys() throws Exception {
    var keys = new ArrayList<GossipKey>();
    for (int i = 0; i < RingKeys.MAX_KEYS; i++) {
      byte[] key = new byte[16];
      key[0] = (byte) i;
      keys.add(GossipKey.of(key));
    }
    KeyRing ring = fromFile(keys.toArray(new GossipKey[0]));
    assertThatThrownBy(() -> ring.install(NEW)).hasMessageContaining("16 keys");
  }

  @Test
  void keysThatComeFromElsewhereAreChangedThere() {
    var fixed = KeyRing.open(new RingKeys.Fixed(List.of(OLD), "cluster.secret"));
    assertThatThrownBy(() -> fixed.install(NEW)).hasMessageContaining("cluster.secret");
    assertThatThrownBy(() -> KeyRing.open(new RingKeys.None()).install(NEW))
        .hasMessage("the ring is not encrypted");
  }

  @Test
  void aKeyThatCannotBeWrittenDownIsNotTaken() throws Exception {
    KeyRing ring = fromFile(OLD);
    Files.delete(folder.resolve("keyring.json"));
    Files.createDirectories(folder.resolve("keyring.json").resolve("in the way"));
    assertThatThrownBy(() -> ring.install(NEW))
        .isInstanceOf(KeyRing.KeyChangeException.class)
        .hasMessageContaining("cannot write");
    assertThat(ring.keys()).containsExactly(OLD);
  }
}
