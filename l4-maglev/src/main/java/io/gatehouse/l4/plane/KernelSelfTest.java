package io.gatehouse.l4.plane;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.linux.Errno;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.SockAddr;
import io.gatehouse.linux.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Tries the kernel data plane before anyone relies on it: one connection over loopback, bytes both
 * ways, a half-close, and the answer after it.
 */
final class KernelSelfTest {
  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int CHUNKS = 50;
  private static final int CHUNK_BYTES = 2_000;
  private static final int BUFFER_BYTES = 256 * 1024;

  private final SocketLoop loop;
  private final CompletableFuture<Flow> joined = new CompletableFuture<>();
  private final CompletableFuture<FlowEnd> ended = new CompletableFuture<>();
  private final Random random = new Random(1);

  private KernelSelfTest(SocketLoop loop) {
    this.loop = loop;
  }

  /**
   * Runs the test, which takes some milliseconds and at most some seconds.
   *
   * @throws IOException if the kernel refuses, or does not do what it should; the message says what
   */
  static void run() throws IOException {
    try (var loop = SocketLoop.start("l4-self-test", System::nanoTime)) {
      new KernelSelfTest(loop).tryFlow();
    } catch (ExecutionException | TimeoutException e) {
      var cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("self-test failed: " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("self-test interrupted", e);
    }
  }

  private void tryFlow()
      throws IOException, ExecutionException, TimeoutException, InterruptedException {
    var loopback = InetAddress.ofLiteral("127.0.0.1");
    var ours = listen(new InetSocketAddress(loopback, 0));
    try (var endpoints = new ServerSocket(0, 1, loopback);
        var client = new Socket();
        var address = new SockAddr()) {
      endpoints.setSoTimeout(TIMEOUT_MILLIS);
      Sockets.localAddress(ours, address);
      client.connect(address.get(), TIMEOUT_MILLIS);
      int accepted = accept(ours);
      int connected = Sockets.tcp(false);
      Sockets.connect(
          connected, address.set((InetSocketAddress) endpoints.getLocalSocketAddress()));
      try (var endpoint = endpoints.accept()) {
        loop.execute(() -> join(accepted, connected));
        Flow flow = joined.get(TIMEOUT_MILLIS, MILLISECONDS);
        exchange(flow, client, endpoint);
        if (flow.clientLane().redirected() == 0 || flow.endpointLane().redirected() == 0) {
          throw new IOException("self-test failed: the kernel forwarded nothing");
        }
        halfClose(client, endpoint);
      }
      ended.get(TIMEOUT_MILLIS, MILLISECONDS);
    } finally {
      Sockets.close(ours);
    }
  }

  private static int listen(InetSocketAddress address) throws LinuxException, IOException {
    int socket = Sockets.tcp(false);
    try (var at = new SockAddr()) {
      int result = Sockets.bind(socket, at.set(address));
      result = result < 0 ? result : Sockets.listen(socket, 1);
      if (result < 0) {
        throw new IOException("self-test: listen: " + Errno.describe(-result));
      }
      return socket;
    }
  }

  private static int accept(int listener) throws IOException {
    try (var peer = new SockAddr()) {
      int socket = Sockets.accept(listener, peer);
      if (socket < 0) {
        throw new IOException("self-test: accept: " + Errno.describe(-socket));
      }
      return socket;
    }
  }

  private void join(int client, int endpoint) {
    try {
      loop.watch(client, Flows.EVENTS, events -> {});
      loop.watch(endpoint, Flows.EVENTS, events -> {});
      var flows = Flows.open(loop, 1, true, DescriptorStore.none(), "self-test");
      long now = loop.nowNanos();
      var limits = new FlowLimits(SECONDS.toNanos(60), FlowLimits.UNLIMITED, 0, BUFFER_BYTES);
      var nobody = new InetSocketAddress(0);
      var identity = new FlowIdentity(0, 0, 0, 0, now, now, 1, nobody, nobody);
      var flow =
          flows.join(
              new Pair(client, endpoint, 0, 0, false, true), identity, limits, new Listener(flows));
      if (flow == null) {
        throw new IllegalStateException("no room for one flow");
      }
      flow.settle();
      joined.complete(flow);
    } catch (LinuxException | RuntimeException e) {
      joined.completeExceptionally(e);
    }
  }

  private void exchange(Flow flow, Socket client, Socket endpoint) throws IOException {
    client.setSoTimeout(TIMEOUT_MILLIS);
    endpoint.setSoTimeout(TIMEOUT_MILLIS);
    send(flow.clientLane(), client, endpoint);
    send(flow.endpointLane(), endpoint, client);
  }

  private void send(Lane lane, Socket from, Socket to) throws IOException {
    var sent = new byte[CHUNK_BYTES];
    for (int i = 0; i < CHUNKS; i++) {
      awaitCredit(lane);
      random.nextBytes(sent);
      from.getOutputStream().write(sent);
      if (!Arrays.equals(sent, to.getInputStream().readNBytes(sent.length))) {
        throw new IOException("self-test failed: other bytes arrived than were sent");
      }
    }
  }

  /** Without credit the bytes would take the way through the process, which proves nothing. */
  private static void awaitCredit(Lane lane) throws IOException {
    long startNanos = System.nanoTime();
    while (lane.grant() == 0 || lane.passed() != lane.relayed()) {
      if (System.nanoTime() - startNanos > MILLISECONDS.toNanos(TIMEOUT_MILLIS)) {
        throw new IOException("self-test failed: no credit was granted");
      }
      Thread.onSpinWait();
    }
  }

  private static void halfClose(Socket client, Socket endpoint) throws IOException {
    client.shutdownOutput();
    if (endpoint.getInputStream().read() != -1) {
      throw new IOException("self-test failed: the client's FIN did not arrive");
    }
    endpoint.getOutputStream().write('x');
    endpoint.shutdownOutput();
    if (client.getInputStream().read() != 'x' || client.getInputStream().read() != -1) {
      throw new IOException("self-test failed: the answer after a half-close was lost");
    }
  }

  private final class Listener implements FlowListener {
    private final Flows flows;

    private Listener(Flows flows) {
      this.flows = flows;
    }

    @Override
    public void moved(long bytesFromClient, long bytesToClient, long bytesByKernel) {}

    @Override
    public void stalled() {}

    @Override
    public void taken() {}

    @Override
    public void creditSpent() {}

    @Override
    public void ended(FlowEnd end, long bytesFromClient, long bytesToClient) {
      loop.nextTurn(flows::close);
      loop.nextTurn(() -> ended.complete(end));
    }
  }
}
