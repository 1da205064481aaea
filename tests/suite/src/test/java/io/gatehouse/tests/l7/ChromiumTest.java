package io.gatehouse.tests.l7;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.product.Product;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real browser, over HTTP/2. */
class ChromiumTest {
  private static final Duration DEMO_STARTS = Duration.ofSeconds(60);
  private static final Pattern URL = Pattern.compile("URL +(https://\\S+)");
  private static final Pattern FILES = Pattern.compile("Files +(\\S+)");

  @TempDir private Path directory = Path.of("");

  @Test
  void loadsTheDemosPage() throws Exception {
    try (var demo = Product.start(List.of(), "demo", "--free-ports")) {
      var url = URL.matcher(demo.awaitLine(line -> URL.matcher(line).find(), DEMO_STARTS));
      var files = FILES.matcher(demo.awaitLine(line -> FILES.matcher(line).find(), DEMO_STARTS));
      assertThat(url.find() && files.find()).isTrue();
      var dom =
          Chromium.load(directory, url.group(1), certificate(Path.of(files.group(1), "demo.pem")));
      assertThat(dom)
          .contains("14 requests answered by 3 backends, all over h2<")
          .contains("by way of an L4 node");
      demo.signal("TERM");
      demo.awaitExit();
    }
  }

  private static X509Certificate certificate(Path pem)
      throws IOException, java.security.cert.CertificateException {
    try (var in = Files.newInputStream(pem)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }
}
