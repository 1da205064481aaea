package io.gatehouse.linux;

/** A BPF program that the kernel's verifier refused; the message holds the verifier's log. */
@SuppressWarnings("serial")
public final class BpfVerifierException extends LinuxException {
  private final String verifierLog;

  BpfVerifierException(String program, int errno, String verifierLog) {
    super("bpf(BPF_PROG_LOAD)", errno, ", program %s:%n%s".formatted(program, verifierLog));
    this.verifierLog = verifierLog;
  }

  /** What the verifier wrote: the instructions it followed and why it stopped. */
  public String verifierLog() {
    return verifierLog;
  }
}
