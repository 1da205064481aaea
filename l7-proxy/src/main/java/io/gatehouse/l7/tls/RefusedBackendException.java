package io.gatehouse.l7.tls;

import java.security.cert.CertificateException;

/** A backend showed a certificate that is not believed. */
public final class RefusedBackendException extends CertificateException {
  private static final long serialVersionUID = 1;

  /** What is wrong with the certificate. */
  public enum Fault {
    /** It, or one between it and the authority, has expired or is not yet valid. */
    NOT_IN_FORCE,
    /** It leads to no authority that is trusted. */
    UNKNOWN_AUTHORITY,
    WRONG_NAME
  }

  private final Fault fault;

  RefusedBackendException(Fault fault, CertificateException cause) {
    super(cause.getMessage(), cause);
    this.fault = fault;
  }

  public Fault fault() {
    return fault;
  }
}
