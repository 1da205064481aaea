package io.gatehouse.membership;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The TCP streams under way: each carries one message there and one back, within a deadline, and
 * there are only so many at once in each direction. Owned by the ring's loop.
 */
final class Streams {
  private final Limits limits;
  private final Wire wire;
  private final ByteBudget buffers;
  private final long timeoutNanos;
  private final Transport transport;
  private final EventLoop loop;
  private final Consumer<RingCounter> counter;
  private final Consumer<Event> events;
  private final BiConsumer<RingCounter, String> limitReached;
  private final BiConsumer<SocketAddress, String> refused;
  private final Map<Long, Channel> accepted = new HashMap<>();
  private final Set<OutgoingStream> opened = new HashSet<>();
  private long nextId;

  /**
   * @param events takes {@link Event.StreamReceived} and what becomes of the streams opened here
   * @param refused told who sent what cannot be used, and why it cannot
   */
  Streams(
      RingConfig config,
      Wire wire,
      Transport transport,
      EventLoop loop,
      Consumer<RingCounter> counter,
      Consumer<Event> events,
      BiConsumer<RingCounter, String> limitReached,
      BiConsumer<SocketAddress, String> refused) {
    this.limits = config.limits();
    this.wire = wire;
    this.buffers = new ByteBudget(limits.streamBufferBytes());
    this.timeoutNanos = config.timing().streamTimeoutNanos();
    this.transport = transport;
    this.loop = loop;
    this.counter = counter;
    this.events = events;
    this.limitReached = limitReached;
    this.refused = refused;
  }

  /** A peer has opened a stream. */
  void accept(Channel channel) {
    if (accepted.size() >= limits.streams()) {
      refuse("accepted from " + channel.remoteAddress());
      channel.close();
      return;
    }
    long id = nextId++;
    accepted.put(id, channel);
    channel
        .pipeline()
        .addLast(handler(message -> events.accept(new Event.StreamReceived(id, message))));
    var deadline = loop.schedule(() -> timedOut(channel), timeoutNanos, NANOSECONDS);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              deadline.cancel(false);
              accepted.remove(id);
            });
  }

  private StreamHandler handler(Consumer<Message> onMessage) {
    return new StreamHandler(new StreamOpener(wire, limits, buffers, counter), onMessage, refused);
  }

  private void refuse(String detail) {
    counter.accept(RingCounter.LIMIT_STREAMS);
    limitReached.accept(RingCounter.LIMIT_STREAMS, detail);
  }

  private void timedOut(Channel channel) {
    counter.accept(RingCounter.STREAM_TIMEOUTS);
    channel.close();
  }

  /** Answers an accepted stream and closes it. */
  void reply(long stream, byte[] bytes) {
    Channel channel = accepted.get(stream);
    if (channel == null) {
      return;
    }
    if (bytes.length == 0) {
      channel.close();
      return;
    }
    channel.writeAndFlush(sealed(bytes)).addListener(ChannelFutureListener.CLOSE);
  }

  private ByteBuf sealed(byte[] message) {
    return Unpooled.wrappedBuffer(wire.sealStream(message));
  }

  /** Opens a push/pull. One event tells what became of it, later. */
  void exchange(InetSocketAddress to, byte[] bytes) {
    open(
        to,
        bytes,
        (message, remote) ->
            events.accept(
                message instanceof Message.PushPull state
                    ? new Event.ExchangeAnswered(to, remote, state)
                    : new Event.ExchangeFailed(to)),
        () -> events.accept(new Event.ExchangeFailed(to)));
  }

  /** Sends a ping over TCP. An event tells of an ack; silence is no event. */
  void ping(InetSocketAddress to, byte[] bytes) {
    open(
        to,
        bytes,
        (message, remote) -> {
          if (message instanceof Message.Ack(var seq)) {
            events.accept(new Event.StreamAcked(seq));
          }
        },
        () -> {});
  }

  private void open(
      InetSocketAddress to,
      byte[] bytes,
      BiConsumer<Message, InetSocketAddress> onAnswer,
      Runnable onFailure) {
    if (opened.size() >= limits.streams()) {
      refuse("opened to " + to);
      loop.execute(onFailure);
      return;
    }
    var stream = new OutgoingStream(onAnswer, onFailure);
    opened.add(stream);
    stream.deadline = loop.schedule(() -> timedOut(stream), timeoutNanos, NANOSECONDS);
    connect(to, stream, bytes);
  }

  private void connect(InetSocketAddress to, OutgoingStream stream, byte[] bytes) {
    var connecting =
        new Bootstrap()
            .group(loop)
            .channelFactory(new ReflectiveChannelFactory<SocketChannel>(transport.socketChannel()))
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(answerHandler(to, stream, channel));
                  }
                })
            .connect(to);
    stream.channel = connecting.channel();
    connecting.channel().closeFuture().addListener(end -> finish(stream, stream.onFailure));
    connecting.addListener(
        connected -> {
          if (connected.isSuccess()) {
            connecting.channel().writeAndFlush(sealed(bytes));
          } else {
            finish(stream, stream.onFailure);
          }
        });
  }

  private StreamHandler answerHandler(
      InetSocketAddress to, OutgoingStream stream, Channel channel) {
    return handler(
        message -> {
          finish(stream, () -> stream.onAnswer.accept(message, to));
          channel.close();
        });
  }

  private void timedOut(OutgoingStream stream) {
    counter.accept(RingCounter.STREAM_TIMEOUTS);
    finish(stream, stream.onFailure);
    if (stream.channel != null) {
      stream.channel.close();
    }
  }

  /** Tells the outcome the first time that there is one. */
  private void finish(OutgoingStream stream, Runnable outcome) {
    if (opened.remove(stream)) {
      if (stream.deadline != null) {
        stream.deadline.cancel(false);
      }
      outcome.run();
    }
  }

  /** Closes all of them; nothing is told any more. */
  void close() {
    for (OutgoingStream stream : opened) {
      if (stream.deadline != null) {
        stream.deadline.cancel(false);
      }
      if (stream.channel != null) {
        stream.channel.close();
      }
    }
    opened.clear();
    List.copyOf(accepted.values()).forEach(Channel::close);
  }

  /** A stream opened here. Owned by the ring's loop. */
  private static final class OutgoingStream {
    private final BiConsumer<Message, InetSocketAddress> onAnswer;
    private final Runnable onFailure;
    private @Nullable Channel channel;
    private @Nullable Future<?> deadline;

    private OutgoingStream(BiConsumer<Message, InetSocketAddress> onAnswer, Runnable onFailure) {
      this.onAnswer = onAnswer;
      this.onFailure = onFailure;
    }
  }
}
