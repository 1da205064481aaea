package io.gatehouse.l7.exchange;

import io.gatehouse.l7.ListenerConfig.ClientCertificates.Forward;
import io.gatehouse.l7.RequestRecord;
import io.gatehouse.l7.http.ForwardedClient;
import io.gatehouse.l7.tls.TlsSession;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a connection: what the phase {@code identify} finds out, step by step.
 * Owned by the connection's event loop.
 */
public final class ClientIdentity {
  private final InetSocketAddress peer;
  private final long acceptedNanos;
  private InetSocketAddress client;
  private boolean clientKnown = true;
  private int port;
  private boolean local;
  private String l4UniqueId = "";
  private String l4Node = "";
  private String tlsVersion = "";
  private String tlsCipher = "";
  private String sni = "";
  private List<byte[]> certificates = List.of();
  private long handshakeNanos = RequestRecord.NOT_REACHED;
  private @Nullable ForwardedClient forwarded;

  /**
   * @param peer the other end of the TCP connection, which is the client until a PROXY header names
   *     another
   * @param port that the peer connected to
   */
  public ClientIdentity(InetSocketAddress peer, int port, long acceptedNanos) {
    this.peer = peer;
    this.client = peer;
    this.port = port;
    this.acceptedNanos = acceptedNanos;
  }

  /** A PROXY header has named the client and the port it connected to. */
  public void restore(InetSocketAddress clientAddress, int clientPort) {
    client = clientAddress;
    port = clientPort;
  }

  /** A PROXY header relays a client without an IP address (UNSPEC, UNKNOWN, UNIX). */
  public void clientUnknown() {
    clientKnown = false;
  }

  /** A PROXY header says that the peer speaks for itself, as a probe does. */
  public void peerIsLocal() {
    local = true;
  }

  /** The connection's id at the L4 node, and that node's name. */
  public void cameThrough(String uniqueId, String node) {
    l4UniqueId = uniqueId;
    l4Node = node;
  }

  /**
   * The TLS handshake is done.
   *
   * @param forward what the backend is to be told of the client's certificates
   */
  public void secured(TlsSession session, Forward forward, long tookNanos) {
    tlsVersion = session.version();
    tlsCipher = session.cipher();
    sni = session.serverName();
    handshakeNanos = tookNanos;
    var shown = session.clientChain();
    certificates =
        switch (forward) {
          case NOTHING -> List.of();
          case CERTIFICATE -> shown.subList(0, Math.min(1, shown.size()));
          case CHAIN -> shown;
        };
  }

  /** The duration of the handshake, the first time it is asked for: it belongs to one request. */
  long takeHandshakeNanos() {
    long took = handshakeNanos;
    handshakeNanos = RequestRecord.NOT_REACHED;
    return took;
  }

  /** What the upstream is told; made once, after all is known. */
  ForwardedClient forwarded() {
    if (forwarded == null) {
      forwarded =
          ForwardedClient.of(
              clientKnown ? client.getAddress() : null, !tlsVersion.isEmpty(), port, certificates);
      certificates = List.of();
    }
    return forwarded;
  }

  public InetSocketAddress peer() {
    return peer;
  }

  public InetSocketAddress client() {
    return client;
  }

  public long acceptedNanos() {
    return acceptedNanos;
  }

  /** Whether this is a probe of an L4 node, which is counted and not logged. */
  public boolean isLocal() {
    return local;
  }

  public String l4UniqueId() {
    return l4UniqueId;
  }

  public String l4Node() {
    return l4Node;
  }

  public String tlsVersion() {
    return tlsVersion;
  }

  public String tlsCipher() {
    return tlsCipher;
  }

  public String sni() {
    return sni;
  }
}
