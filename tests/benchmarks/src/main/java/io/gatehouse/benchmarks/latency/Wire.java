package io.gatehouse.benchmarks.latency;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** What a connection's bytes go through. Owned by its loop's thread. */
interface Wire {
  /** To be registered with a selector. */
  SocketChannel channel();

  /** Reads what has come; -1 at the end. */
  int read(ByteBuffer to) throws IOException;

  /**
   * Writes all of it.
   *
   * @throws IOException also if the socket does not take it at once
   */
  void write(ByteBuffer from) throws IOException;

  static SocketChannel connect(InetSocketAddress address) throws IOException {
    var channel = SocketChannel.open(address);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return channel;
  }

  /** Connects, without TLS. */
  static Wire plain(InetSocketAddress address) throws IOException {
    return new Plain(connect(address));
  }

  /** The channel itself. */
  record Plain(SocketChannel channel) implements Wire {
    @Override
    public int read(ByteBuffer to) throws IOException {
      return channel.read(to);
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
      if (channel.write(from) != from.limit()) {
        throw new IOException("the socket did not take a request at once");
      }
    }
  }
}
