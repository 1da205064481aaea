package io.gatehouse.l7.tls;

import java.time.Instant;
import java.util.List;

/**
 * A certificate in use.
 *
 * @param name its name in the configuration file
 * @param names DNS names of its subjectAltName, in lower case
 * @param notAfter when it expires
 */
public record ServedCertificate(String name, List<String> names, Instant notAfter) {}
