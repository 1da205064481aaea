package io.gatehouse.l4.plane;

/**
 * The two connected sockets of a connection at the moment of joining them: both watched, the PROXY
 * header written, nothing else moved but what is told here.
 *
 * @param client accepted
 * @param endpoint connected
 * @param headerBytes written to the endpoint before the first of the client's payload
 * @param relayedBytes of the client's payload, written after them
 * @param hungUp whether an event told that either peer has sent a FIN or a reset
 * @param pending whether either may have more to read that no event will tell of
 */
public record Pair(
    int client,
    int endpoint,
    long headerBytes,
    long relayedBytes,
    boolean hungUp,
    boolean pending) {}
