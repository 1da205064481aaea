package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.health.HealthMonitor;
import io.gatehouse.l7.balance.Balancer;
import io.gatehouse.l7.downstream.Drain;
import io.gatehouse.l7.downstream.Listener;
import io.gatehouse.l7.exchange.ExchangeScope;
import io.gatehouse.l7.http.DateHeader;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.l7.loop.BufferMemory;
import io.gatehouse.l7.loop.CalmLog;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.loop.LoopClock;
import io.gatehouse.l7.loop.Ticker;
import io.gatehouse.l7.snapshot.Snapshots;
import io.gatehouse.l7.tls.TlsUpkeep;
import io.gatehouse.l7.upstream.UpstreamConnector;
import io.gatehouse.l7.upstream.UpstreamPool;
import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the tier together and takes it apart. Its methods may be called by any thread; nothing of it
 * is on the path of a request.
 */
final class RunningTier implements L7Tier {
  private static final Logger log = LoggerFactory.getLogger(L7Tier.class);

  private static final long CLOSE_TIMEOUT_SECONDS = 10;
  private static final long MEMORY_LOOK_MILLIS = 20;

  private final L7Config config;
  private final LoopCounters<L7Counter> counters;
  private final LoopCounters<HttpViolation> violations;
  private final Drain drain = new Drain();
  private final List<Loop> loops = new ArrayList<>();
  private final List<Future<?>> ticks = new ArrayList<>();
  private final List<Listener> listeners = new ArrayList<>();
  private final List<UpstreamPool> pools = new ArrayList<>();
  private final BufferMemory memory;
  private final Snapshots snapshots;
  private @Nullable TlsUpkeep tlsUpkeep;
  private boolean ending;
  private boolean closed;

  RunningTier(
      L7Config config,
      Transport transport,
      EventLoopGroup group,
      HealthMonitor health,
      IntFunction<RequestRecorder> recorders) {
    this.config = config;
    this.memory = BufferMemory.ofThisProcess(config.bufferMemoryBytes());
    List<EventLoop> eventLoops = Transport.loops(group);
    this.counters = new LoopCounters<>(L7Counter.class, eventLoops.size() + 1);
    this.violations = new LoopCounters<>(HttpViolation.class, eventLoops.size());
    var seeds = new SecureRandom();
    for (int i = 0; i < eventLoops.size(); i++) {
      loops.add(newLoop(i, eventLoops.get(i), seeds.nextLong()));
    }
    try {
      loadPools(loops.stream().map(loop -> new UpstreamConnector(loop, transport)).toList());
      this.snapshots = new Snapshots(config, pools);
      open(transport, health, recorders);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void loadPools(List<UpstreamConnector> connectors) {
    for (PoolConfig pool : config.pools()) {
      pools.add(new UpstreamPool(pool, connectors, Instant.now()));
    }
  }

  private Loop newLoop(int index, EventLoop eventLoop, long seed) {
    var clock = new LoopClock();
    return new Loop(
        index,
        eventLoop,
        clock,
        new Ticker(clock),
        counters.shard(index),
        violations.shard(index),
        new SplittableRandom(seed),
        new DateHeader(),
        new CalmLog(log, clock.nanos()),
        memory);
  }

  private void open(
      Transport transport, HealthMonitor health, IntFunction<RequestRecorder> recorders) {
    // Everything that can be wrong with the configuration comes before the first socket.
    for (ListenerConfig listener : config.listeners()) {
      listeners.add(new Listener(listener, listeners.size(), drain, InstantSource.system()));
    }
    // The last shard of the counters is the upkeep's.
    tlsUpkeep =
        TlsUpkeep.start(
            listeners.stream().map(Listener::tls).flatMap(Stream::ofNullable).toList(),
            counters.shard(loops.size()));
    health.onChange(snapshots::update);
    loops.forEach(loop -> ticks.add(loop.ticker().start(loop.eventLoop())));
    ticks.add(
        loops
            .getFirst()
            .eventLoop()
            .scheduleAtFixedRate(
                memory::look, MEMORY_LOOK_MILLIS, MEMORY_LOOK_MILLIS, MILLISECONDS));
    var scopes = loops.stream().map(loop -> scope(loop, health, recorders)).toList();
    for (Listener listener : listeners) {
      listener.bind(transport, scopes);
      log.atInfo()
          .addKeyValue("listener", listener.config().name())
          .addKeyValue("addresses", listener.addresses())
          .addKeyValue("transport", transport.name())
          .log("listening");
    }
  }

  private ExchangeScope scope(
      Loop loop, HealthMonitor health, IntFunction<RequestRecorder> recorders) {
    var balancers =
        config.pools().stream()
            .map(pool -> Balancer.of(pool.balance(), loop.index(), loop.random()))
            .toList();
    return new ExchangeScope(loop, snapshots, balancers, health, recorders.apply(loop.index()));
  }

  @Override
  public Map<String, List<InetSocketAddress>> listening() {
    var addresses = new LinkedHashMap<String, List<InetSocketAddress>>();
    listeners.forEach(l -> addresses.put(l.config().name(), l.addresses()));
    return addresses;
  }

  @Override
  public LoopCounters<L7Counter> counters() {
    return counters;
  }

  @Override
  public LoopCounters<HttpViolation> violations() {
    return violations;
  }

  @Override
  public L7Status status() {
    return StatusReport.of(config, drain.hasBegun(), listeners, snapshots.current(), memory);
  }

  @Override
  public synchronized void windDown() {
    if (!drain.hasBegun()) {
      drain.begin();
    }
  }

  @Override
  public synchronized void resume() {
    if (!ending) {
      drain.undo();
    }
  }

  @Override
  public synchronized CompletionStage<Void> drain() {
    if (!ending) {
      ending = true;
      log.atInfo().log("draining");
      drain.begin();
      listeners.forEach(Listener::stopListening);
      drain.listenersClosed();
    }
    return drain.done();
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    ending = true;
    drain.begin();
    listeners.forEach(Listener::stopListening);
    ticks.forEach(tick -> tick.cancel(false));
    for (Loop loop : loops) {
      loop.eventLoop().submit(loop.ticker()::closeAll).awaitUninterruptibly();
    }
    drain.listenersClosed();
    drain
        .done()
        .toCompletableFuture()
        .completeOnTimeout(null, CLOSE_TIMEOUT_SECONDS, SECONDS)
        .join();
    if (tlsUpkeep != null) {
      tlsUpkeep.close();
    }
    listeners.forEach(Listener::release);
    pools.forEach(UpstreamPool::close);
  }
}
