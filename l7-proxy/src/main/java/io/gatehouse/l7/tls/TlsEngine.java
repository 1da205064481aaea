package io.gatehouse.l7.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.internal.tcnative.Buffer;
import io.netty.internal.tcnative.SSL;
import java.util.List;

/**
 * The server's end of one TLS connection: BoringSSL's {@code SSL} object, and the memory that it
 * reads from and writes to. Knows nothing of sockets.
 *
 * <p>The object's BIO is lent one buffer at a time, to read from or to write to. BoringSSL takes
 * all that it is given, and keeps the beginning of a record that isn't whole itself, so nothing is
 * gathered out here. What it has to say while it reads waits in a small buffer of the BIO until
 * {@link #drain}.
 *
 * <p>This stands where Netty's {@code SSLEngine} and {@code SslHandler} would; docs/adr/0014 says
 * why. Owned by its connection's event loop; {@link #free} must be called once.
 */
final class TlsEngine {
  /** Holds an alert, or the beginning of a flight whose rest then goes where it is drained to. */
  private static final int BIO_BYTES = 256;

  private static final int MAX_RECORD_PLAIN_BYTES = 16 * 1024;
  private static final int RECORD_OVERHEAD_BYTES = 64;
  private static final int FLIGHT_BYTES = 4 * 1024;

  /** Room for session tickets, which BoringSSL sends with the first application data. */
  private static final int TICKETS_BYTES = 1024;

  private static final int SMALLEST_READ_BYTES = 512;

  private final ServerContext context;
  private long ssl;
  private long bio;
  private boolean ticketsSent;

  /**
   * @param context whose reference it takes over
   */
  TlsEngine(ServerContext context) {
    this.context = context;
    ssl = SSL.newSSL(context.address(), true);
    bio = SSL.bioNewByteBuffer(ssl, BIO_BYTES);
  }

  /**
   * Takes the handshake as far as the input goes.
   *
   * @param in direct; consumed, except for what follows the handshake
   * @param out direct; what is to be sent is appended, an alert before a failure included
   * @return whether the handshake is done
   */
  boolean handshake(ByteBuf in, ByteBuf out) throws TlsFailure {
    int error;
    do {
      lendInput(in);
      error = error(SSL.doHandshake(ssl));
      takeBackInput(in);
      while (error == SSL.SSL_ERROR_WANT_WRITE) {
        lendOutput(out, FLIGHT_BYTES);
        error = error(SSL.doHandshake(ssl));
        takeBackOutput(out);
      }
    } while (error == SSL.SSL_ERROR_WANT_READ && in.isReadable());
    if (error != SSL.SSL_ERROR_NONE && error != SSL.SSL_ERROR_WANT_READ) {
      var failure = failure(context.takeClientFault());
      drain(out);
      throw failure;
    }
    drain(out);
    return error == SSL.SSL_ERROR_NONE;
  }

  private int error(int result) {
    return result > 0 ? SSL.SSL_ERROR_NONE : SSL.getError(ssl, result);
  }

  /**
   * Takes why the last call failed from BoringSSL's queue of errors. The queue is the thread's, not
   * the connection's: what stays in it makes the next connection's call look as if it had failed.
   */
  private static TlsFailure failure(String clientFault) {
    var failure = TlsFailure.of(SSL.getLastErrorNumber(), clientFault);
    SSL.clearError();
    return failure;
  }

  /**
   * Decrypts all input.
   *
   * @param in direct; consumed
   * @param plain direct, and grows
   * @return whether more may come: false once the peer has said that it sends no more
   */
  boolean decrypt(ByteBuf in, ByteBuf plain) throws TlsFailure {
    lendInput(in);
    try {
      while (true) {
        if (!plain.isWritable()) {
          plain.ensureWritable(Math.max(in.readableBytes(), SMALLEST_READ_BYTES));
        }
        int read =
            SSL.readFromSSL(ssl, address(plain) + plain.writerIndex(), plain.writableBytes());
        if (read > 0) {
          plain.writerIndex(plain.writerIndex() + read);
          continue;
        }
        int error = SSL.getError(ssl, read);
        if (error == SSL.SSL_ERROR_ZERO_RETURN) {
          return false;
        }
        if (error != SSL.SSL_ERROR_WANT_READ && error != SSL.SSL_ERROR_WANT_WRITE) {
          throw failure("");
        }
        return true;
      }
    } finally {
      takeBackInput(in);
    }
  }

  /**
   * Encrypts, in as few records as may be.
   *
   * @param plain direct; consumed
   * @return what is to be sent, for the caller to release
   */
  ByteBuf encrypt(ByteBuf plain, ByteBufAllocator allocator) throws TlsFailure {
    int records = plain.readableBytes() / MAX_RECORD_PLAIN_BYTES + 1;
    int room = plain.readableBytes() + records * RECORD_OVERHEAD_BYTES;
    var out = allocator.directBuffer(ticketsSent ? room : room + TICKETS_BYTES);
    ticketsSent = true;
    try {
      lendOutput(out, 0);
      while (plain.isReadable()) {
        int length = Math.min(plain.readableBytes(), MAX_RECORD_PLAIN_BYTES);
        int written = SSL.writeToSSL(ssl, address(plain) + plain.readerIndex(), length);
        if (written > 0) {
          plain.skipBytes(written);
          continue;
        }
        if (SSL.getError(ssl, written) != SSL.SSL_ERROR_WANT_WRITE) {
          throw failure("");
        }
        takeBackOutput(out);
        lendOutput(out, length + FLIGHT_BYTES);
      }
      takeBackOutput(out);
      return out;
    } catch (TlsFailure e) {
      SSL.bioClearByteBuffer(bio);
      out.release();
      throw e;
    }
  }

  /** Appends a close_notify: nothing is encrypted after it. */
  void closeOutput(ByteBuf out) {
    SSL.shutdownSSL(ssl);
    SSL.clearError();
    drain(out);
  }

  /** Appends what BoringSSL had to say meanwhile, such as an alert. */
  void drain(ByteBuf out) {
    int waiting = SSL.bioLengthNonApplication(bio);
    if (waiting > 0) {
      lendOutput(out, waiting);
      takeBackOutput(out);
    }
  }

  private void lendInput(ByteBuf in) {
    if (in.isReadable()) {
      SSL.bioSetByteBuffer(bio, address(in) + in.readerIndex(), in.readableBytes(), false);
    }
  }

  private void takeBackInput(ByteBuf in) {
    in.readerIndex(in.writerIndex() - SSL.bioLengthByteBuffer(bio));
    SSL.bioClearByteBuffer(bio);
  }

  private void lendOutput(ByteBuf out, int atLeast) {
    out.ensureWritable(atLeast);
    SSL.bioSetByteBuffer(bio, address(out) + out.writerIndex(), out.writableBytes(), true);
    SSL.bioFlushByteBuffer(bio);
  }

  private void takeBackOutput(ByteBuf out) {
    out.writerIndex(out.capacity() - SSL.bioLengthByteBuffer(bio));
    SSL.bioClearByteBuffer(bio);
  }

  /** Where a direct buffer's bytes begin; without Unsafe, JNI knows. Makes no object. */
  static long address(ByteBuf buffer) {
    if (buffer.hasMemoryAddress()) {
      return buffer.memoryAddress();
    }
    var view = buffer.internalNioBuffer(0, buffer.capacity());
    return Buffer.address(view) + view.position();
  }

  /** What the handshake agreed on; to be asked once it is done. */
  TlsSession session() {
    return TlsSession.of(ssl, context.clientCertificates() != null);
  }

  /**
   * Checks a client's certificates again, which BoringSSL takes from a resumed session as valid.
   */
  void verifyAgain(List<byte[]> chain) throws TlsFailure {
    var verifier = context.clientCertificates();
    if (verifier != null && !chain.isEmpty()) {
      verifier.verifyResumed(chain);
    }
  }

  boolean isFree() {
    return ssl == 0;
  }

  /** Gives everything back; calling it again changes nothing. */
  void free() {
    if (ssl != 0) {
      SSL.freeSSL(ssl);
      ssl = 0;
      bio = 0;
      context.release();
    }
  }
}
