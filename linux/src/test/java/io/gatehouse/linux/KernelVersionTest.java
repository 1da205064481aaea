package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelVersionTest {
  @ParameterizedTest
  @CsvSource({
    "6.12.41+deb13-amd64, 6.12.41",
    "6.1.0-32-amd64, 6.1.0",
    "5.15.153.1-microsoft-standard-WSL2, 5.15.153",
    "4.18.0-553.el8_10.aarch64, 4.18.0",
    "6.18-rc1, 6.18.0",
    "7.0, 7.0.0",
  })
  void readsReleases(String release, String version) {
    assertThat(KernelVersion.parse(release)).hasToString(version);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "6", "six.one", "999999.1"})
  void refusesWhatIsNone(String release) {
    assertThatThrownBy(() -> KernelVersion.parse(release))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: such as");
  }

  @Test
  void comparesByNumbersNotByText() {
    var version = KernelVersion.parse("6.12.34");
    assertThat(version.isAtLeast(6, 12, 34)).isTrue();
    assertThat(version.isAtLeast(6, 12, 35)).isFalse();
    assertThat(version.isAtLeast(6, 6, 94)).isTrue();
    assertThat(version.isAtLeast(10, 0, 0)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "5.10.240, false",
    "5.15.200, false",
    "6.0.19, false",
    "6.1.141, false",
    "6.1.142, true",
    "6.5.13, false",
    "6.6.93, false",
    "6.6.94-generic, true",
    "6.11.11, false",
    "6.12.33, false",
    "6.12.34, true",
    "6.13.99, false",
    "6.14.99, false",
    "6.15.2, false",
    "6.15.3, true",
    "6.16.0, true",
    "7.0, true",
  })
  void knowsWhichKernelsRedirectSoundlyBySockmap(String release, boolean sound) {
    assertThat(KernelVersion.parse(release).redirectsSoundlyBySockmap()).isEqualTo(sound);
  }

  @Test
  void knowsTheRunningOne() throws Exception {
    var release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).trim();
    assertThat(KernelVersion.running()).isEqualTo(KernelVersion.parse(release));
  }
}
