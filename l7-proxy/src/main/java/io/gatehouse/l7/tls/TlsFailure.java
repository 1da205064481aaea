package io.gatehouse.l7.tls;

import io.gatehouse.l7.RejectedConnection.Reason;
import io.netty.internal.tcnative.SSL;
import java.io.IOException;

/**
 * Why BoringSSL gave up on a connection. Carries no stack trace: it tells of the peer, not of us.
 */
public final class TlsFailure extends IOException {
  private static final long serialVersionUID = 1;

  // BoringSSL packs a code as library << 24 | reason; include/openssl/ssl.h names the reasons.
  private static final int REASON_MASK = 0xfff;
  private static final int CERTIFICATE_VERIFY_FAILED = 125;
  private static final int CLIENT_HELLO_TLSEXT = 132;
  private static final int NO_SHARED_CIPHER = 184;
  private static final int PEER_DID_NOT_RETURN_A_CERTIFICATE = 192;
  private static final int UNSUPPORTED_PROTOCOL = 240;
  private static final int NO_COMMON_SIGNATURE_ALGORITHMS = 253;
  private static final int NO_SHARED_GROUP = 266;
  private static final int NO_APPLICATION_PROTOCOL = 307;
  private static final int FIRST_ALERT = 1000;
  private static final int LAST_ALERT = 1255;

  private final Reason reason;

  TlsFailure(Reason reason, String detail) {
    super(detail);
    this.reason = reason;
  }

  /**
   * From BoringSSL's error queue.
   *
   * @param code as packed by BoringSSL; 0 if the queue is empty
   * @param clientFault what the verifier of client certificates said last; empty if nothing
   */
  static TlsFailure of(int code, String clientFault) {
    int why = code & REASON_MASK;
    var reason = reason(why);
    String detail = code == 0 ? "no cause given" : SSL.getErrorString(Integer.toUnsignedLong(code));
    if (why == CERTIFICATE_VERIFY_FAILED && !clientFault.isEmpty()) {
      detail = clientFault;
    }
    return new TlsFailure(reason, detail);
  }

  private static Reason reason(int why) {
    return switch (why) {
      case UNSUPPORTED_PROTOCOL -> Reason.TLS_VERSION;
      case NO_SHARED_CIPHER,
          NO_COMMON_SIGNATURE_ALGORITHMS,
          NO_SHARED_GROUP,
          NO_APPLICATION_PROTOCOL ->
          Reason.TLS_NOTHING_IN_COMMON;
      case CLIENT_HELLO_TLSEXT -> Reason.TLS_UNKNOWN_NAME;
      case PEER_DID_NOT_RETURN_A_CERTIFICATE -> Reason.TLS_CLIENT_CERTIFICATE_MISSING;
      case CERTIFICATE_VERIFY_FAILED -> Reason.TLS_CLIENT_CERTIFICATE_INVALID;
      default ->
          why >= FIRST_ALERT && why <= LAST_ALERT
              ? Reason.TLS_CLIENT_ALERT
              : Reason.TLS_HANDSHAKE_FAILED;
    };
  }

  public Reason reason() {
    return reason;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
