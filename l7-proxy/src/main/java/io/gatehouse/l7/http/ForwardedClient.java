package io.gatehouse.l7.http;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
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

  private ForwardedClient(byte[] address, byte[] forwardedNode, byte[] proto, byte[] port) {
    this.address = address;
    this.forwardedNode = forwardedNode;
    this.proto = proto;
    this.port = port;
  }

  /**
   * @param client the restored client address; null if it isn't known, as behind a UNIX socket or a
   *     PROXY header of family UNSPEC
   * @param tls whether the client came over TLS
   * @param port the port that the client connected to
   */
  public static ForwardedClient of(@Nullable InetAddress client, boolean tls, int port) {
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
        Syntax.ascii(Integer.toString(port)));
  }

  /** The address as it is logged. */
  @Override
  public String toString() {
    return new String(address, StandardCharsets.US_ASCII);
  }
}
