package io.gatehouse.l7.tls;

import io.gatehouse.l7.tls.RefusedBackendException.Fault;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Believes a backend whose certificate is in force, leads to an authority that is trusted (RFC
 * 5280) and is for the name that was asked for (RFC 9525), which is the JDK's judgement. The dates
 * are asked for here too: the JDK takes a certificate that is itself among the trusted ones as it
 * is.
 */
final class BackendTrust extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager judge;

  private BackendTrust(X509ExtendedTrustManager judge) {
    this.judge = judge;
  }

  /**
   * @param authorities empty: those of the JDK
   */
  static BackendTrust of(List<X509Certificate> authorities) {
    try {
      KeyStore trusted = null;
      if (!authorities.isEmpty()) {
        trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        for (int i = 0; i < authorities.size(); i++) {
          trusted.setCertificateEntry("authority-" + i, authorities.get(i));
        }
      }
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(trusted);
      for (var manager : factory.getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager extended) {
          return new BackendTrust(extended);
        }
      }
      throw new IllegalStateException("the JDK has no X.509 trust manager");
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException("the authorities can't be used: " + e.getMessage(), e);
    }
  }

  @Override
  public void checkServerTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    try {
      chain[0].checkValidity();
    } catch (CertificateException e) {
      throw new RefusedBackendException(Fault.NOT_IN_FORCE, e);
    }
    try {
      judge.checkServerTrusted(chain, authType, engine);
    } catch (CertificateException e) {
      throw new RefusedBackendException(faultOf(chain, authType, e), e);
    }
  }

  private Fault faultOf(X509Certificate[] chain, String authType, CertificateException refusal) {
    for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateExpiredException
          || cause instanceof CertificateNotYetValidException) {
        return Fault.NOT_IN_FORCE; // one of the authorities between
      }
    }
    try {
      judge.checkServerTrusted(chain, authType); // without the name
      return Fault.WRONG_NAME;
    } catch (CertificateException e) {
      return Fault.UNKNOWN_AUTHORITY;
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    throw notAnEngine();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw notAnEngine(); // it would say nothing about the name
  }

  @Override
  public void checkClientTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    throw notAnEngine();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    throw notAnEngine();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw notAnEngine();
  }

  private static CertificateException notAnEngine() {
    return new CertificateException("only backends are judged, and only with their engine");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return judge.getAcceptedIssuers();
  }
}
