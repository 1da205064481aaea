package io.gatehouse.l4;

import java.nio.charset.StandardCharsets;

/**
 * How an endpoint that comes back gets its share: a tenth of it at once, then evenly more, all of
 * it after the slow start. The Maglev table stays as it is. A second hash, of the flow and the
 * endpoint's name, gives each flow a place between 0 and 1, and the endpoint takes the flows whose
 * place is below its present share: one that it has taken once it takes ever after, and L4 nodes
 * agree but for the moment at which each saw the endpoint come back. Pure functions.
 */
final class SlowStart {
  /** So much work at least that caches fill and a fault shows. */
  static final double LEAST_SHARE = 0.1;

  private static final long SEED = 0x736c6f7773746172L;

  private SlowStart() {}

  /** The share after {@code elapsedNanos}, {@value #LEAST_SHARE} to 1. */
  static double share(long elapsedNanos, long slowStartNanos) {
    if (elapsedNanos >= slowStartNanos) {
      return 1;
    }
    double passed = Math.max(0, elapsedNanos) / (double) slowStartNanos;
    return LEAST_SHARE + (1 - LEAST_SHARE) * passed;
  }

  /** The hash that stands for an endpoint. */
  static long hash(String endpoint) {
    return Hash64.hash(endpoint.getBytes(StandardCharsets.UTF_8), SEED);
  }

  /** Whether an endpoint with a share takes a flow. */
  static boolean takes(long flowHash, long endpointHash, double share) {
    return (Hash64.mix(flowHash ^ endpointHash) >>> 11) * 0x1p-53 < share;
  }
}
