package io.gatehouse.l4;

import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The life of one client connection, told at its end.
 *
 * @param service name of the virtual service
 * @param client the client's true address
 * @param local the address the client connected to
 * @param endpoint name of the last endpoint tried; null if there was none to try
 * @param attempts connects begun
 * @param uniqueId what the PROXY header's UNIQUE_ID said; unique over nodes and restarts
 * @param connectNanos from the accept until an endpoint was connected, failed attempts included;
 *     until the end if none was
 * @param totalNanos from the accept to the end
 * @param bytesFromClient read from the client and passed on
 * @param bytesToClient read from the endpoint and passed on
 * @param flags empty if all went well
 * @param reason why the connection ended, in words
 */
public record ConnectionRecord(
    String service,
    InetSocketAddress client,
    InetSocketAddress local,
    @Nullable String endpoint,
    int attempts,
    String uniqueId,
    long connectNanos,
    long totalNanos,
    long bytesFromClient,
    long bytesToClient,
    Set<ConnectionFlag> flags,
    String reason) {
  public ConnectionRecord {
    flags = Set.copyOf(flags);
  }
}
