package io.gatehouse.tests.l7;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The page that is committed is what the cases say now. */
class ConformancePageTest {
  private static final Path PAGE =
      Path.of(System.getProperty("gatehouse.root", "../..")).resolve("docs/conformance.md");

  @Test
  void thePageIsUpToDate() throws IOException {
    if (Boolean.getBoolean("gatehouse.rewrite")) {
      Files.writeString(PAGE, ConformancePage.text());
    }
    assertThat(PAGE).content().isEqualTo(ConformancePage.text());
  }
}
