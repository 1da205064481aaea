package io.gatehouse.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs classes that are no tests of this module (their names keep them out) in another JVM. */
class LeakCheckTest {
  @TempDir private Path directory;

  static final class Leaks {
    @Test
    void losesABuffer() {
      ByteBufAllocator.DEFAULT.directBuffer(64);
    }
  }

  static final class LeaksInAChain {
    @Test
    void losesABufferAndItsSlice() {
      ByteBufAllocator.DEFAULT
          .compositeBuffer()
          .addComponent(ByteBufAllocator.DEFAULT.buffer(64).retainedSlice());
    }
  }

  static final class Releases {
    @Test
    void givesItsBufferBack() {
      ByteBufAllocator.DEFAULT.directBuffer(64).release();
    }
  }

  private record Run(int exitCode, String output) {}

  @Test
  void aLostBufferFailsTheRunAndNamesWhereItWasAllocated() throws Exception {
    var run = launch(Leaks.class);
    assertThat(run.exitCode()).as(run.output()).isEqualTo(1);
    assertThat(run.output())
        .contains("1 buffer leak(s)", "LeakCheckTest$Leaks.losesABuffer", "tests passed: 1");
  }

  @Test
  void aLostBufferInsideALostBufferIsFoundToo() throws Exception {
    var run = launch(LeaksInAChain.class);
    assertThat(run.exitCode()).as(run.output()).isEqualTo(1);
    assertThat(run.output()).contains("buffer leak(s)", "losesABufferAndItsSlice");
  }

  @Test
  void aRunThatReleasesItsBuffersPasses() throws Exception {
    var run = launch(Releases.class);
    assertThat(run.exitCode()).as(run.output()).isZero();
    assertThat(run.output()).contains("tests passed: 1");
  }

  private Run launch(Class<?> testClass) throws Exception {
    var output = directory.resolve("output");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dio.netty.leakDetection.level=paranoid",
                "-cp",
                classPath(),
                LaunchOneClass.class.getName(),
                testClass.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, SECONDS)).as("ends in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Run(process.exitValue(), Files.readString(output, UTF_8));
  }

  /** Surefire may put its class path into a manifest and keep the real one here. */
  private static String classPath() {
    var own = System.getProperty("java.class.path");
    return System.getProperty("surefire.test.class.path", own);
  }
}
