package io.gatehouse.health;

import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What a failed TLS handshake says about the endpoint, in an operator's words. */
final class TlsFault {
  private static final int MAX_CAUSES = 16;

  private TlsFault() {}

  static ProbeResult classify(Throwable failure) {
    return new ProbeResult.Failed(HealthCounter.FAILED_TLS, words(failure));
  }

  private static String words(Throwable failure) {
    @Nullable Throwable cause = failure;
    String certificate = "";
    for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
      if (cause instanceof CertificateExpiredException) {
        return "TLS: the certificate has expired";
      }
      if (cause instanceof CertificateNotYetValidException) {
        return "TLS: the certificate is not yet valid";
      }
      if (cause instanceof CertificateException) {
        certificate = "TLS: the certificate is not trusted: " + cause.getMessage();
      }
    }
    if (!certificate.isEmpty()) {
      return certificate;
    }
    if (failure instanceof IOException && !(failure instanceof SSLException)) {
      return "connection reset within the TLS handshake";
    }
    String message = String.valueOf(failure.getMessage());
    // The JDK and OpenSSL name this alert in words of their own (RFC 7301, section 3.2).
    return message.toLowerCase(Locale.ROOT).contains("no_application_protocol")
        ? "TLS: none of the protocols offered by ALPN is spoken"
        : "TLS: " + message;
  }
}
