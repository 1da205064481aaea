package io.gatehouse.proxyprotocol;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A key and a self-signed certificate, made for one run by the JDK's keytool; both ends of a
 * connection use it and trust it.
 *
 * @param certificate PEM file
 * @param keyAndCertificate PEM file with both
 * @param context presents the certificate and trusts it
 */
record TestIdentity(Path certificate, Path keyAndCertificate, SSLContext context) {
  private static final String PASSWORD = "for-this-run";
  private static final int KEYTOOL_TIMEOUT_SECONDS = 30;

  static TestIdentity create(Path directory, String name)
      throws IOException, InterruptedException, GeneralSecurityException {
    var file = directory.resolve("identity.p12");
    generate(file, name);
    var store = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    var key = pem("PRIVATE KEY", store.getKey("it", PASSWORD.toCharArray()).getEncoded());
    var certificate = pem("CERTIFICATE", store.getCertificate("it").getEncoded());
    return new TestIdentity(
        Files.writeString(directory.resolve("certificate.pem"), certificate),
        Files.writeString(directory.resolve("both.pem"), key + certificate),
        context(store));
  }

  private static void generate(Path file, String name) throws IOException, InterruptedException {
    var keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "it",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-ext",
                "bc:c",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor(KEYTOOL_TIMEOUT_SECONDS, SECONDS)).isTrue();
    assertThat(keytool.exitValue()).isZero();
  }

  private static SSLContext context(KeyStore store) throws GeneralSecurityException {
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD.toCharArray());
    // A key entry is no anchor of trust by itself.
    var anchors = KeyStore.getInstance("PKCS12");
    try {
      anchors.load(null, null);
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
    anchors.setCertificateEntry("it", store.getCertificate("it"));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(anchors);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static String pem(String label, byte[] der) {
    var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(label, body);
  }
}
