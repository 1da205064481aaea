package io.gatehouse.l7;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/** Does a handshake for an engine over a socket. */
final class EngineClient {
  private EngineClient() {}

  static void handshake(SSLEngine engine, Socket socket) throws IOException {
    engine.setUseClientMode(true);
    var in = ByteBuffer.allocate(1 << 16);
    in.flip();
    var out = ByteBuffer.allocate(1 << 16);
    var plain = ByteBuffer.allocate(1 << 16);
    engine.beginHandshake();
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_WRAP -> {
          out.clear();
          engine.wrap(ByteBuffer.allocate(0), out);
          socket.getOutputStream().write(out.array(), 0, out.position());
        }
        case NEED_TASK -> engine.getDelegatedTask().run();
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          var result = engine.unwrap(in, plain);
          if (result.getStatus() == javax.net.ssl.SSLEngineResult.Status.BUFFER_UNDERFLOW) {
            in.compact();
            int read = socket.getInputStream().read(in.array(), in.position(), in.remaining());
            if (read < 0) {
              throw new IOException("the server has closed");
            }
            in.position(in.position() + read);
            in.flip();
          }
        }
        case FINISHED, NOT_HANDSHAKING -> {
          return;
        }
      }
      if (engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
        return;
      }
    }
  }
}
