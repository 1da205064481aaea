package io.gatehouse.l4;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/** ClientHellos to read: hand-made ones, and those of the JDK's own TLS. */
final class Hellos {
  private Hellos() {}

  /** An extension: type, and body. */
  record Extension(int type, byte[] body) {}

  static Extension serverName(String name) {
    return new Extension(0, vector(2, concat(bytes(0), vector(2, ascii(name)))));
  }

  static Extension alpn(String... protocols) {
    var list = new ByteArrayOutputStream();
    for (String protocol : protocols) {
      list.writeBytes(vector(1, ascii(protocol)));
    }
    return new Extension(16, vector(2, list.toByteArray()));
  }

  /** A GREASE extension (RFC 8701). */
  static Extension grease(SplittableRandom random) {
    int nibble = random.nextInt(16);
    var body = new byte[random.nextInt(40)];
    random.nextBytes(body);
    return new Extension((nibble << 12) | 0x0a00 | (nibble << 4) | 0x0a, body);
  }

  /** The handshake message, without records. */
  static byte[] message(List<Extension> extensions) {
    var list = new ByteArrayOutputStream();
    for (Extension extension : extensions) {
      list.writeBytes(bytes(extension.type() >> 8, extension.type()));
      list.writeBytes(vector(2, extension.body()));
    }
    var body =
        concat(
            bytes(3, 3),
            new byte[32],
            vector(1, new byte[32]),
            vector(2, bytes(0x13, 1, 0x13, 2)),
            vector(1, bytes(0)),
            vector(2, list.toByteArray()));
    return concat(bytes(1), vector(3, body));
  }

  /** A message in records of at most {@code size} bytes. */
  static byte[] records(byte[] message, int size) {
    var out = new ByteArrayOutputStream();
    for (int at = 0; at < message.length; at += size) {
      out.writeBytes(bytes(22, 3, 1));
      int length = Math.min(size, message.length - at);
      out.writeBytes(bytes(length >> 8, length));
      out.write(message, at, length);
    }
    return out.toByteArray();
  }

  /** What the JDK's TLS sends first. */
  static byte[] ofJdk(String serverName, String... protocols)
      throws GeneralSecurityException, SSLException {
    var engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    var parameters = engine.getSSLParameters();
    if (!serverName.isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
    }
    parameters.setApplicationProtocols(protocols);
    engine.setSSLParameters(parameters);
    var out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    var hello = new byte[out.flip().remaining()];
    out.get(hello);
    return hello;
  }

  /** Some of what real clients send, for mutation. */
  static List<byte[]> samples() throws GeneralSecurityException, SSLException {
    var samples = new ArrayList<byte[]>();
    samples.add(ofJdk("app.example.com", "h2", "http/1.1"));
    samples.add(ofJdk(""));
    samples.add(records(message(List.of(serverName("a.example"), alpn("h2"))), 1 << 14));
    samples.add(records(message(List.of(alpn("h2", "x"), serverName("b.example"))), 7));
    return samples;
  }

  static byte[] vector(int lengthBytes, byte[] body) {
    var head = new byte[lengthBytes];
    for (int i = 0; i < lengthBytes; i++) {
      head[i] = (byte) (body.length >> (Byte.SIZE * (lengthBytes - 1 - i)));
    }
    return concat(head, body);
  }

  static byte[] concat(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  static byte[] bytes(int... values) {
    var bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
