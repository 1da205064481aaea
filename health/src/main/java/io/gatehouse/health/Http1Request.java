package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;

/** The request of a probe over HTTP/1.1. */
final class Http1Request {
  static final String USER_AGENT = "Gatehouse-health";

  private Http1Request() {}

  static String text(Probe.Request request, InetSocketAddress address) {
    var text = new StringBuilder(128);
    text.append(request.method()).append(' ').append(request.path()).append(" HTTP/1.1\r\n");
    text.append("Host: ").append(host(request, address)).append("\r\n");
    if (request.headers().stream().noneMatch(h -> h.name().equalsIgnoreCase("user-agent"))) {
      text.append("User-Agent: ").append(USER_AGENT).append("\r\n");
    }
    for (var header : request.headers()) {
      text.append(header.name()).append(": ").append(header.value()).append("\r\n");
    }
    return text.append("Connection: close\r\n\r\n").toString();
  }

  static ByteBuf bytes(Probe.Request request, InetSocketAddress address) {
    return Unpooled.copiedBuffer(text(request, address), US_ASCII);
  }

  static String host(Probe.Request request, InetSocketAddress address) {
    return request.host().isEmpty() ? NetUtil.toSocketAddressString(address) : request.host();
  }
}
