package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.testkit.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** Debian's Chromium, without a window. */
final class Chromium {
  private static final int PATIENCE_SECONDS = 90;

  /** What its clock may show at most while the page works; it stands still during requests. */
  private static final int BUDGET_MILLIS = 20_000;

  private Chromium() {}

  /**
   * Loads a page, lets its scripts run to their end, and gives what has become of it. Its clock
   * stands still while a request is under way, and its WebSockets may do so, too: see {@link
   * #open}. The test is skipped where Chromium isn't installed.
   *
   * @param directory for its profile
   * @param certificate that it accepts although it doesn't know the authority
   */
  static String load(Path directory, String url, X509Certificate certificate)
      throws IOException, InterruptedException, GeneralSecurityException {
    var output = Files.createTempFile(directory, "chromium", ".out");
    var errors = Files.createTempFile(directory, "chromium", ".err");
    try (var child =
        start(
            directory,
            certificate,
            output,
            errors,
            "--virtual-time-budget=" + BUDGET_MILLIS,
            "--dump-dom",
            url)) {
      if (!child.process().waitFor(PATIENCE_SECONDS, SECONDS)) {
        throw new AssertionError("chromium did not end: " + Files.readString(errors, UTF_8));
      }
    }
    return Files.readString(output, UTF_8);
  }

  /**
   * Opens a page and leaves it open, by the real clock, until the browser is closed. What becomes
   * of it the page has to tell somebody itself.
   */
  static ChildProcess open(Path directory, String url, X509Certificate certificate)
      throws IOException, GeneralSecurityException {
    var output = Files.createTempFile(directory, "chromium", ".out");
    return start(directory, certificate, output, output, url);
  }

  private static ChildProcess start(
      Path directory, X509Certificate certificate, Path output, Path errors, String... what)
      throws IOException, GeneralSecurityException {
    var binary = binary();
    assumeTrue(!binary.isEmpty(), "chromium is not installed");
    var command =
        new ArrayList<>(
            List.of(
                binary,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-extensions",
                "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.1.*",
                "--user-data-dir=" + directory.resolve("profile"),
                "--ignore-certificate-errors-spki-list=" + keyHash(certificate)));
    command.addAll(List.of(what));
    var builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
    builder.environment().put("HOME", directory.toString());
    return ChildProcess.start(builder);
  }

  private static String binary() {
    return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser")
        .filter(path -> Files.isExecutable(Path.of(path)))
        .findFirst()
        .orElse("");
  }

  /** How Chromium names a key that it is to accept: the hash of its SubjectPublicKeyInfo. */
  private static String keyHash(X509Certificate certificate) throws GeneralSecurityException {
    var digest = MessageDigest.getInstance("SHA-256");
    return Base64.getEncoder()
        .encodeToString(digest.digest(certificate.getPublicKey().getEncoded()));
  }
}
