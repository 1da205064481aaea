package io.gatehouse.membership;

/** What a peer sent does not decode. Carries no stack trace: it says nothing of our code. */
final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1;

  MalformedMessageException(String message) {
    super(message, null, false, false);
  }
}
