package io.gatehouse.health;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS of a probe.
 *
 * @param verify whether the endpoint must show a certificate of a trusted authority for its name
 * @param serverName asked for by SNI and looked for in the certificate; null: the endpoint's own
 *     name or address
 * @param authorities PEM file of the trusted ones; null: those of the JDK
 * @param identity shown to endpoints that ask for a certificate; null: none
 */
public record ProbeTls(
    boolean verify,
    @Nullable String serverName,
    @Nullable Path authorities,
    @Nullable Identity identity) {

  /** Whoever shakes hands is healthy. */
  public static final ProbeTls UNVERIFIED = new ProbeTls(false, null, null, null);

  /** PEM files of a certificate with its chain, and of its key. */
  public record Identity(Path chain, Path key) {}
}
