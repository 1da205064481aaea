package io.gatehouse.health;

/** An endpoint of a pool, as all nodes call it. */
record EndpointKey(String pool, String endpoint) implements Comparable<EndpointKey> {
  @Override
  public int compareTo(EndpointKey other) {
    int byPool = pool.compareTo(other.pool);
    return byPool != 0 ? byPool : endpoint.compareTo(other.endpoint);
  }
}
