package io.gatehouse.l7.http;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the forwarded fields say about a client, rendered once per connection so that nothing is
 * rendered per request. Immutable.
 */
public final class ForwardedClient {
  final byte[] address;
  final byte[] forwardedNode;
  final byte[] proto;
  final byte[] port;
  final byte[] certificate;
  final byte[] certificateChain;

  private ForwardedClient(
      byte[] address,
      byte[] forwardedNode,
      byte[] proto,
      byte[] port,
      byte[] certificate,
      byte[] certificateChain) {
    this.address = address;
    this.forwardedNode = forwardedNode;
    this.proto = proto;
    this.port = port;
    this.certificate = certificate;
    this.certificateChain = certificateChain;
  }

  /**
   * @param client the restored client address; null if it isn't known, as behind a UNIX socket or a
   *     PROXY header of family UNSPEC
   * @param tls whether the client came over TLS
   * @param port the port that the client connected to
   */
  public static ForwardedClient of(@Nullable InetAddress client, boolean tls, int port) {
    return of(client, tls, port, List.of());
  }

  /**
   * @param certificates that the client has proved to hold, DER: its own, then those above it; as
   *     many as the backend is to be told of
   */
  public static ForwardedClient of(
      @Nullable InetAddress client, boolean tls, int port, List<byte[]> certificates) {
    String address = client == null ? "unknown" : NetUtil.toAddressString(client);
    int zone = address.indexOf('%');
    if (zone >= 0) {
      address = address.substring(0, zone);
    }
    // RFC 7239 section 6: an IPv6 address stands in brackets and therefore in quotes.
    String node = client instanceof Inet6Address ? "\"[" + address + "]\"" : address;
    return new ForwardedClient(
        Syntax.ascii(address),
        Syntax.ascii(node),
        Syntax.ascii(tls ? "https" : "http"),
        Syntax.ascii(Integer.toString(port)),
        byteSequences(certificates.stream().limit(1)),
        byteSequences(certificates.stream().skip(1)));
  }

  /** A list of byte sequences (RFC 8941 section 3.3.5), as RFC 9440 section 2 has it. */
  private static byte[] byteSequences(Stream<byte[]> certificates) {
    return Syntax.ascii(
        certificates
            .map(der -> ":" + Base64.getEncoder().encodeToString(der) + ":")
            .collect(Collectors.joining(", ")));
  }

  /** The address as it is logged. */
  @Override
  public String toString() {
    return new String(address, StandardCharsets.US_ASCII);
  }
}
