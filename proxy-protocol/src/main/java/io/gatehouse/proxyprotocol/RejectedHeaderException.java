package io.gatehouse.proxyprotocol;

/** Carries a rejection from the depth of the parser to the decoder; never leaves the package. */
@SuppressWarnings("serial")
final class RejectedHeaderException extends Exception {
  private final Decoding.Rejected rejected;

  RejectedHeaderException(Rejection reason, String format, Object... arguments) {
    // No stack trace: refusing garbage must stay cheap.
    super(null, null, false, false);
    rejected = new Decoding.Rejected(reason, format.formatted(arguments));
  }

  Decoding.Rejected rejected() {
    return rejected;
  }
}
