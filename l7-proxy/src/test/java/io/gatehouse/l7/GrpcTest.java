package io.gatehouse.l7;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.health.Verdict;
import io.gatehouse.l7.PoolConfig.Http2;
import io.gatehouse.l7.PoolConfig.Lifetime;
import io.gatehouse.l7.PoolConfig.Protocol;
import io.gatehouse.testkit.h2.FrameClient;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/** gRPC through the tier, with grpc-java on both sides. */
class GrpcTest {
  private static final MethodDescriptor.Marshaller<String> TEXT =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(String value) {
          return new ByteArrayInputStream(value.getBytes(UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
          try {
            return new String(stream.readAllBytes(), UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private static final MethodDescriptor<String, String> UNARY = method("Unary", MethodType.UNARY);
  private static final MethodDescriptor<String, String> MANY =
      method("Many", MethodType.SERVER_STREAMING);
  private static final MethodDescriptor<String, String> COUNT =
      method("Count", MethodType.CLIENT_STREAMING);
  private static final MethodDescriptor<String, String> CHAT =
      method("Chat", MethodType.BIDI_STREAMING);

  private static MethodDescriptor<String, String> method(String name, MethodType type) {
    return MethodDescriptor.<String, String>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName("test.Echo", name))
        .setRequestMarshaller(TEXT)
        .setResponseMarshaller(TEXT)
        .build();
  }

  /** A running server, the tier before it, and a channel to that. */
  private static final class Path implements AutoCloseable {
    final CountDownLatch cancelled = new CountDownLatch(1);
    final Server server;
    final ManagedChannel channel;

    Path(TierFixture fixture) throws IOException {
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
              .addService(service())
              .build()
              .start();
      fixture.connections =
          new PoolConfig.Connections(Protocol.H2C, null, Http2.DEFAULT, Lifetime.DEFAULT);
      fixture.http2 = Http2Config.DEFAULT;
      fixture.endpoint(
          "grpc", (InetSocketAddress) server.getListenSockets().getFirst(), Verdict.UP);
      fixture.start();
      channel =
          NettyChannelBuilder.forAddress(fixture.address())
              .overrideAuthority("echo.test")
              .maxInboundMessageSize(16 << 20)
              .usePlaintext()
              .build();
    }

    private ServerServiceDefinition service() {
      return ServerServiceDefinition.builder("test.Echo")
          .addMethod(UNARY, ServerCalls.asyncUnaryCall(this::unary))
          .addMethod(MANY, ServerCalls.asyncServerStreamingCall(this::many))
          .addMethod(COUNT, ServerCalls.asyncClientStreamingCall(this::count))
          .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(this::chat))
          .build();
    }

    private void unary(String request, StreamObserver<String> answer) {
      if (request.equals("fail")) {
        answer.onError(Status.NOT_FOUND.withDescription("no such thing").asException());
        return;
      }
      if (request.equals("wait")) {
        ((ServerCallStreamObserver<String>) answer).setOnCancelHandler(cancelled::countDown);
        return;
      }
      answer.onNext("echo " + request);
      answer.onCompleted();
    }

    private void many(String request, StreamObserver<String> answer) {
      int count = Integer.parseInt(request);
      for (int i = 0; i < count; i++) {
        answer.onNext("item " + i);
      }
      if (count == 3) {
        answer.onError(Status.DATA_LOSS.asException());
      } else if (count == 4) {
        server.shutdownNow();
      } else {
        answer.onCompleted();
      }
    }

    private StreamObserver<String> count(StreamObserver<String> answer) {
      return new Heard() {
        private int items;

        @Override
        public void onNext(String value) {
          items++;
        }

        @Override
        public void onCompleted() {
          answer.onNext(items + " items");
          answer.onCompleted();
        }
      };
    }

    private StreamObserver<String> chat(StreamObserver<String> answer) {
      return new Heard() {
        @Override
        public void onNext(String value) {
          answer.onNext("re: " + value);
        }

        @Override
        public void onCompleted() {
          answer.onCompleted();
        }
      };
    }

    String unary(String request) {
      return ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, request);
    }

    @Override
    public void close() {
      channel.shutdownNow();
      server.shutdownNow();
      TierFixture.await(
          "both ends have ended", () -> channel.isTerminated() && server.isTerminated());
    }
  }

  private abstract static class Heard implements StreamObserver<String> {
    @Override
    public void onError(Throwable thrown) {}
  }

  /** What a client has heard of a call. */
  private static final class Replies implements StreamObserver<String> {
    final BlockingQueue<String> messages = new LinkedBlockingQueue<>();

    @Override
    public void onNext(String value) {
      messages.add(value);
    }

    @Override
    public void onError(Throwable thrown) {
      messages.add(String.valueOf(thrown.getMessage()));
    }

    @Override
    public void onCompleted() {
      messages.add("(end)");
    }

    String next() throws InterruptedException {
      var next = messages.poll(10, SECONDS);
      if (next == null) {
        throw new AssertionError("nothing heard within 10 s");
      }
      return next;
    }
  }

  @OnEachTransport
  void carriesUnaryCalls(TierFixture fixture) throws Exception {
    try (var path = new Path(fixture)) {
      for (int i = 0; i < 100; i++) {
        assertThat(path.unary("n" + i)).isEqualTo("echo n" + i);
      }
      var record = fixture.recordings.next();
      assertThat(record.grpcStatus()).isZero();
      assertThat(record.path()).isEqualTo("/test.Echo/Unary");
      assertThat(fixture.count(L7Counter.UPSTREAM_CONNECTIONS)).isEqualTo(1);
    }
  }

  @OnEachTransport
  void carriesLargeMessages(TierFixture fixture) throws Exception {
    try (var path = new Path(fixture)) {
      String large = "0123456789abcdef".repeat(200_000);
      assertThat(path.unary(large)).isEqualTo("echo " + large);
    }
  }

  @OnEachTransport
  void carriesManyAnswers(TierFixture fixture) throws Exception {
    try (var path = new Path(fixture)) {
      Iterator<String> items =
          ClientCalls.blockingServerStreamingCall(path.channel, MANY, CallOptions.DEFAULT, "10000");
      int count = 0;
      while (items.hasNext()) {
        assertThat(items.next()).isEqualTo("item " + count++);
      }
      assertThat(count).isEqualTo(10_000);
    }
  }

  @OnEachTransport
  void carriesManyRequests(TierFixture fixture) throws Exception {
    try (var path = new Path(fixture)) {
      var replies = new Replies();
      var requests =
          ClientCalls.asyncClientStreamingCall(
              path.channel.newCall(COUNT, CallOptions.DEFAULT), replies);
      for (int i = 0; i < 10_000; i++) {
        requests.onNext("item " + i);
      }
      requests.onCompleted();
      assertThat(replies.next()).isEqualTo("10000 items");
      assertThat(replies.next()).isEqualTo("(end)");
    }
  }

  @OnEachTransport
  void carriesBothAtOnce(TierFixture fixture) throws Exception {
    try (var path = new Path(fixture)) {
      var replies = new Replies();
      var requests =
          ClientCalls.asyncBidiStreamingCall(
              path.channel.newCall(CHAT, CallOptions.DEFAULT), replies);
      for (int i = 0; i < 100; i++) {
        requests.onNext("hello " + i);
        assertThat(replies.next()).isEqualTo("re: hello " + i);
      }
      requests.onCompleted();
      assertThat(replies.next()).isEqualTo("(end)");
    }
  }

  @OnEachTransport
  void carriesManyCallsAtOnce(TierFixture fixture) throws Exception {
    try (var path = new Path(fixture)) {
      List<Replies> all = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        var replies = new Replies();
        all.add(replies);
        ClientCalls.asyncUnaryCall(
            path.channel.newCall(UNARY, CallOptions.DEFAULT), "n" + i, replies);
      }
      for (int i = 0; i < all.size(); i++) {
        assertThat(all.get(i).next()).isEqualTo("echo n" + i);
        assertThat(all.get(i).next()).isEqualTo("(end)");
      }
    }
  }

  @OnEachTransport
  void passesAStatusOn(TierFixture fixture) throws Exception {
    try (var path = new Path(fixture)) {
      assertThatThrownBy(() -> path.unary("fail"))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessage("NOT_FOUND: no such thing");
      assertThat(fixture.recordings.next().grpcStatus()).as("alone in a head").isEqualTo(5);
      var items =
          ClientCalls.blockingServerStreamingCall(path.channel, MANY, CallOptions.DEFAULT, "3");
      assertThatThrownBy(() -> items.forEachRemaining(item -> {})).hasMessage("DATA_LOSS");
      assertThat(fixture.recordings.next().grpcStatus()).as("behind messages").isEqualTo(15);
    }
  }

  @OnEachTransport
  void passesACancelOn(TierFixture fixture) throws Exception {
    try (var path = new Path(fixture)) {
      var options =
          CallOptions.DEFAULT.withDeadlineAfter(300, java.util.concurrent.TimeUnit.MILLISECONDS);
      assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(path.channel, UNARY, options, "wait"))
          .hasMessageStartingWith("DEADLINE_EXCEEDED");
      assertThat(path.cancelled.await(10, SECONDS)).isTrue();
      assertThat(path.unary("next")).isEqualTo("echo next");
    }
  }

  @OnEachTransport
  void endsACallAtItsDeadlineWhereTheClientDoesNot(TierFixture fixture) throws Exception {
    try (var path = new Path(fixture);
        var client = FrameClient.connect(fixture.address()).begin()) {
      client.headers(
          1,
          false,
          FrameClient.request(
              "POST",
              "/test.Echo/Unary",
              "content-type",
              "application/grpc",
              "te",
              "trailers",
              "grpc-timeout",
              "200m"));
      client.data(1, true, "\0\0\0\0\4wait");
      assertThat(client.answer(1).status()).isEqualTo(200);
      var record = fixture.recordings.next();
      assertThat(record.grpcStatus()).as("DEADLINE_EXCEEDED").isEqualTo(4);
      // The server has a clock of its own, and may be the first to end it.
      assertThat(record.reason()).isIn("upstream_response_timeout", "upstream_reset_stream");
      assertThat(path.cancelled.await(10, SECONDS)).isTrue();
    }
  }

  @OnEachTransport
  void saysUnavailableWhenTheBackendIsGone(TierFixture fixture) throws Exception {
    try (var path = new Path(fixture)) {
      assertThat(path.unary("a")).isEqualTo("echo a");
      var items =
          ClientCalls.blockingServerStreamingCall(path.channel, MANY, CallOptions.DEFAULT, "4");
      assertThatThrownBy(() -> items.forEachRemaining(item -> {}))
          .hasMessageStartingWith("UNAVAILABLE");
      assertThat(path.server.awaitTermination(10, SECONDS)).isTrue();
      assertThatThrownBy(() -> path.unary("b")).hasMessage("UNAVAILABLE: upstream_connect_failed");
      fixture.endpoint("grpc", new InetSocketAddress("127.0.0.1", 1), Verdict.DOWN);
      assertThatThrownBy(() -> path.unary("c")).hasMessage("UNAVAILABLE: no_healthy_upstream");
    }
  }

  @OnEachTransport
  void saysUnimplementedWhereNoRouteLeads(TierFixture fixture) throws Exception {
    fixture.pathPrefix = "/other";
    try (var path = new Path(fixture)) {
      assertThatThrownBy(() -> path.unary("a")).hasMessageStartingWith("UNIMPLEMENTED: ");
      var record = fixture.recordings.next();
      assertThat(record.grpcStatus()).isEqualTo(12);
      assertThat(record.flags()).isEqualTo("NR");
    }
  }
}
