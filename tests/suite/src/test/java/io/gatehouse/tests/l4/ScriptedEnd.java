package io.gatehouse.tests.l4;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.tests.l4.EndReport.Ending;
import io.gatehouse.tests.l4.EndScript.Fin;
import io.gatehouse.tests.l4.EndScript.Pause;
import io.gatehouse.tests.l4.EndScript.Reset;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Plays one end of a connection by its script and judges what comes by the other's. Owned by its
 * loop.
 *
 * <p>A reset counts as seen only as ECONNRESET. EPIPE alone would mean that a FIN came before it.
 */
final class ScriptedEnd implements EndLoop.Player {
  /** For a whole connection. */
  private static final long PATIENCE_NANOS = SECONDS.toNanos(60);

  private static final int MAX_TURNS = 32;
  private static final int SHORT_WRITE_SHARE = 16;
  private static final ThreadLocal<ByteBuffer> READ_BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(64 << 10));

  private final EndLoop loop;
  private final SocketChannel channel;
  private final EndScript mine;
  private final EndScript theirs;
  private final SplittableRandom random;
  private final Consumer<EndReport> whenEnded;
  private final Halts pauses;
  private final Halts stalls;
  private final long beganNanos = System.nanoTime();
  private SelectionKey key;
  private int sent;
  private int received;
  private boolean eof;
  private boolean finSent;
  private boolean ended;

  /** The waits of one direction, taken as their bytes come up. */
  private final class Halts {
    private final List<Pause> halts;
    private int next;
    private long untilNanos = beganNanos;

    Halts(List<Pause> halts) {
      this.halts = halts;
    }

    boolean halted(int at) {
      long now = System.nanoTime();
      while (next < halts.size() && halts.get(next).atByte() <= at) {
        untilNanos = now + MILLISECONDS.toNanos(halts.get(next).millis());
        next++;
        loop.wakeAt(untilNanos, ScriptedEnd.this);
      }
      return untilNanos - now > 0;
    }
  }

  /** Begins to play. Owns the channel from here on. */
  static void play(
      EndLoop loop,
      SocketChannel channel,
      SoakScript script,
      boolean asClient,
      Consumer<EndReport> whenEnded)
      throws IOException {
    var end = new ScriptedEnd(loop, channel, script, asClient, whenEnded);
    loop.wakeAt(end.beganNanos + PATIENCE_NANOS, end);
    try {
      end.proceed();
    } catch (IOException e) {
      end.failed(e);
    }
  }

  private ScriptedEnd(
      EndLoop loop,
      SocketChannel channel,
      SoakScript script,
      boolean asClient,
      Consumer<EndReport> whenEnded)
      throws IOException {
    this.loop = loop;
    this.channel = channel;
    this.mine = asClient ? script.client() : script.endpoint();
    this.theirs = asClient ? script.endpoint() : script.client();
    this.random = new SplittableRandom(script.seed() + (asClient ? 1 : 2));
    this.whenEnded = whenEnded;
    this.pauses = new Halts(mine.pauses());
    this.stalls = new Halts(mine.stalls());
    if (mine.bufferBytes() > 0) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, mine.bufferBytes());
      channel.setOption(StandardSocketOptions.SO_SNDBUF, mine.bufferBytes());
    }
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    this.key = loop.register(channel, 0, this);
  }

  @Override
  public void proceed() throws IOException {
    if (ended) {
      return;
    }
    boolean reads = !eof && !stalls.halted(received);
    if (reads) {
      read();
    }
    boolean writes = !ended && sent < mine.bytesToSend() && mayWrite();
    if (writes) {
      write();
    }
    if (!ended) {
      finish();
    }
    if (!ended) {
      judgeTime();
    }
    if (!ended) {
      key.interestOps(
          (!eof && !stalls.halted(received) ? SelectionKey.OP_READ : 0)
              | (sent < mine.bytesToSend() && mayWrite() ? SelectionKey.OP_WRITE : 0));
    }
  }

  private boolean mayWrite() {
    return received >= mine.beginAfter() && !pauses.halted(sent);
  }

  private void read() throws IOException {
    var buffer = READ_BUFFER.get();
    for (int turn = 0; turn < MAX_TURNS && !stalls.halted(received); turn++) {
      int n = channel.read(buffer.clear().limit(Math.min(buffer.capacity(), mine.maxRead())));
      if (n <= 0) {
        if (n < 0) {
          eof = true;
          judgeEof();
        }
        return;
      }
      if (received + n > theirs.bytesToSend()) {
        end(Ending.WRONG, "more bytes than the %d sent".formatted(theirs.bytesToSend()));
        return;
      }
      int wrong = theirs.stream().mismatch(received, buffer.flip());
      if (wrong >= 0) {
        var origin = theirs.stream().origin(buffer.position(wrong));
        end(Ending.WRONG, "byte %d is wrong: %s".formatted(received + wrong, origin));
        return;
      }
      received += n;
    }
    // More may wait behind a whole read: a selector tells of it again.
  }

  private void judgeEof() {
    if (theirs.resets()) {
      end(Ending.WRONG, "a FIN in place of the reset");
    } else if (received < theirs.bytes()) {
      end(Ending.WRONG, "the FIN came before byte %d of %d".formatted(received, theirs.bytes()));
    }
  }

  private void write() throws IOException {
    for (int turn = 0; turn < MAX_TURNS && sent < mine.bytesToSend() && mayWrite(); turn++) {
      int most = random.nextInt(SHORT_WRITE_SHARE) == 0 ? 1 : 1 + random.nextInt(mine.maxWrite());
      int length = Math.min(most, mine.bytesToSend() - sent);
      int n = channel.write(mine.stream().part(sent, length));
      sent += n;
      if (n < length) {
        return;
      }
    }
  }

  private void finish() throws IOException {
    boolean allSent = sent == mine.bytesToSend();
    switch (mine.finish()) {
      case Reset(int _, int afterReceived) -> {
        if (allSent && received >= afterReceived) {
          end(Ending.RESET_SENT, "");
        } else if (allSent && eof) {
          end(Ending.WRONG, "a FIN before what the reset waits for");
        }
      }
      case Fin(boolean last) -> {
        if (allSent && !finSent && (eof || !last)) {
          channel.shutdownOutput();
          finSent = true;
        }
        if (finSent && eof) {
          end(Ending.FINISHED, "");
        }
      }
    }
  }

  private void judgeTime() {
    if (System.nanoTime() - beganNanos > PATIENCE_NANOS) {
      end(
          Ending.WRONG,
          "not over in time (FIN sent: %s, FIN received: %s)".formatted(finSent, eof));
    }
  }

  @Override
  public void failed(Exception cause) {
    boolean reset = String.valueOf(cause.getMessage()).startsWith("Connection reset");
    if (reset && theirs.resets()) {
      end(Ending.RESET_SEEN, "");
    } else {
      end(Ending.WRONG, String.valueOf(cause));
    }
  }

  private void end(Ending ending, String detail) {
    if (ended) {
      return;
    }
    ended = true;
    try {
      if (ending == Ending.RESET_SENT || ending == Ending.WRONG) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
      channel.close();
    } catch (IOException e) {
      ending = Ending.WRONG;
      detail = "closing failed: " + e;
    }
    whenEnded.accept(new EndReport(ending, received, sent, beganNanos, System.nanoTime(), detail));
  }
}
