package io.gatehouse.tests.l4;

import io.gatehouse.proxyprotocol.Addresses;
import io.gatehouse.proxyprotocol.Decoding;
import io.gatehouse.proxyprotocol.ProxyHeader;
import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.gatehouse.proxyprotocol.ProxyHeaderDecoder;
import io.gatehouse.proxyprotocol.Tlv;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.EnumSet;

/**
 * A connection that has come to an endpoint, until its PROXY header says whose it is. No byte
 * behind the header is taken. A header LOCAL is a probe: it half-closes, and is answered by a
 * close, or by a reset while the endpoint drains. Owned by the loop.
 */
final class Arrival implements EndLoop.Player {
  private static final ProxyHeaderDecoder DECODER =
      new ProxyHeaderDecoder(EnumSet.of(Version.V2), ProxyHeaderDecoder.DEFAULT_MAX_HEADER_BYTES);

  private final SoakEndpoints endpoints;
  private final SocketChannel channel;
  private final InetSocketAddress endpoint;
  private final ByteBuf gathered = Unpooled.buffer();
  private boolean isProbe;
  private boolean done;

  Arrival(SoakEndpoints endpoints, SocketChannel channel, InetSocketAddress endpoint) {
    this.endpoints = endpoints;
    this.channel = channel;
    this.endpoint = endpoint;
  }

  @Override
  public void proceed() throws IOException {
    while (!done && !isProbe) {
      switch (DECODER.decode(gathered)) {
        case Decoding.NeedMore(int bytes) -> {
          if (!gather(bytes)) {
            return;
          }
        }
        case Decoding.Complete(ProxyHeader header, int _) -> arrived(header);
        case Decoding.Rejected(var reason, String message) -> {
          endpoints.complain("the header is refused: " + reason + ": " + message);
          close(true);
        }
      }
    }
    if (isProbe && !done) {
      answerProbe();
    }
  }

  /** Whether something came. */
  private boolean gather(int bytes) throws IOException {
    var piece = ByteBuffer.allocate(bytes);
    int n = channel.read(piece);
    if (n > 0) {
      gathered.writeBytes(piece.flip());
    } else if (n < 0) {
      // What a client that was gone by then leaves: an attempt that needs an endpoint misses it.
      close(false);
    }
    return n > 0;
  }

  private void arrived(ProxyHeader header) throws IOException {
    if (!(header instanceof Proxied)) {
      isProbe = true;
      endpoints.countProbe();
      return;
    }
    endpoints.countHeader();
    var client = header.client().orElse(null);
    var attempt = client == null ? null : endpoints.expected().remove(client);
    if (client == null || attempt == null || attempt.service == null) {
      endpoints.complain("the header names a client that there is not: " + header);
      close(true);
      return;
    }
    if (!((Proxied) header).addresses().equals(Addresses.Inet.of(client, attempt.service))) {
      endpoints.complain("the header has a wrong destination: " + header);
    }
    attempt.connectionId =
        header.first(Tlv.UniqueId.class).flatMap(id -> id.value().asUtf8()).orElse(null);
    done = true;
    gathered.release();
    ScriptedEnd.play(endpoints.loop(), channel, attempt.script(), false, attempt::endpointEnded);
  }

  private void answerProbe() throws IOException {
    if (endpoints.isDraining(endpoint)) {
      close(true);
    } else if (channel.read(ByteBuffer.allocate(1)) < 0) {
      close(false);
    }
  }

  private void close(boolean reset) throws IOException {
    done = true;
    gathered.release();
    if (reset) {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    }
    channel.close();
  }

  /** Most often a reset before the header, or a probe that was given up: nothing to be counted. */
  @Override
  public void failed(Exception cause) {
    try {
      if (!done) {
        close(true);
      } else {
        channel.close();
      }
    } catch (IOException e) {
      endpoints.complain("closing failed: " + e);
    }
    if (cause instanceof RuntimeException) {
      endpoints.complain("an arrival failed: " + cause);
    }
  }
}
