package io.gatehouse.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.product.Product;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start cache is made from, and that one which does not fit costs time only. */
class RehearsalTest {
  private static final Path CACHE =
      Path.of(System.getProperty("gatehouse.root"), "appliance/target/dist/start.aot");

  @TempDir Path temp;

  @Test
  void aNodeStartsServesAndEnds() {
    var rehearsal = Product.run("rehearse");
    assertThat(rehearsal.exitCode()).as(rehearsal.err()).isZero();
    assertThat(rehearsal.err()).contains("\"message\":\"ready\"");
  }

  @Test
  void theBuildHasMadeACacheThatFits() {
    assertThat(CACHE).isNotEmptyFile();
    var version = Product.run("--version");
    assertThat(version.out()).startsWith("gatehouse ");
    assertThat(version.err()).doesNotContain("[aot");
  }

  @Test
  void aCacheThatDoesNotFitIsSaidOnStandardErrorAndNotUsed() throws Exception {
    Path broken = Files.writeString(temp.resolve("broken.aot"), "no cache");
    try (var product = Product.start(List.of("-XX:AOTCache=" + broken), "--version")) {
      assertThat(product.awaitExit()).isZero();
      assertThat(product.lines())
          .anyMatch(line -> line.error() && line.text().contains("[aot"))
          .anyMatch(line -> !line.error() && line.text().startsWith("gatehouse "))
          .noneMatch(line -> !line.error() && line.text().contains("[aot"));
    }
  }
}
