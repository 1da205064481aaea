package io.gatehouse.health;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A name server that gives every name the addresses that the test sets. */
final class NameServer implements AutoCloseable {
  private static final int HEADER_BYTES = 12;
  private static final int TYPE_A = 1;
  private static final int TYPE_AAAA = 28;
  static final int SERVFAIL = 2;
  static final int NXDOMAIN = 3;

  private final DatagramSocket socket;
  private final AtomicInteger questions = new AtomicInteger();
  private volatile List<String> addresses = List.of();
  private volatile int code;
  private volatile int ttlSeconds = 1;

  NameServer() throws IOException {
    socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual().start(this::serve);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /** From now on names have these addresses, for so long. */
  void tell(int seconds, String... texts) {
    ttlSeconds = seconds;
    addresses = List.of(texts);
    code = 0;
  }

  /** From now on it answers with an error. */
  void fail(int responseCode) {
    code = responseCode;
  }

  int questions() {
    return questions.get();
  }

  private void serve() {
    byte[] buffer = new byte[512];
    try {
      while (true) {
        var packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        questions.incrementAndGet();
        byte[] answer = answer(buffer);
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private byte[] answer(byte[] query) throws IOException {
    int end = HEADER_BYTES;
    while (query[end] != 0) {
      end += query[end] + 1;
    }
    int type = query[end + 1] << 8 | query[end + 2];
    var fitting =
        code != 0
            ? List.<InetAddress>of()
            : addresses.stream()
                .map(InetAddress::ofLiteral)
                .filter(a -> (a.getAddress().length == 4 ? TYPE_A : TYPE_AAAA) == type)
                .toList();
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.write(query, 0, 2);
    out.writeShort(0x8180 | code);
    out.writeShort(1);
    out.writeShort(fitting.size());
    out.writeInt(0);
    out.write(query, HEADER_BYTES, end + 5 - HEADER_BYTES);
    for (InetAddress address : fitting) {
      out.writeShort(0xc000 | HEADER_BYTES); // the name of the question
      out.writeShort(type);
      out.writeShort(1);
      out.writeInt(ttlSeconds);
      out.writeShort(address.getAddress().length);
      out.write(address.getAddress());
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    socket.close();
  }
}
