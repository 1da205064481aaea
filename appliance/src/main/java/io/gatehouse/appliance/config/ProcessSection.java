package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.ProcessOptions;
import io.gatehouse.l4.DataPlaneChoice;
import io.gatehouse.transport.Transport;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** {@code process}: what holds for each node's process. */
final class ProcessSection {
  private static final int MAX_EVENT_LOOPS = 512;

  private static final Key<Transport.Choice> TRANSPORT =
      Key.of(
          "transport",
          Scalars.choice(Transport.Choice.class, c -> c.name().toLowerCase(Locale.ROOT)),
          Transport.Choice.AUTO,
          "How the process talks to the kernel. `auto` takes io_uring where the kernel offers it,"
              + " else epoll; a forced one that is not there keeps the node from starting.");

  private static final Key<Integer> EVENT_LOOPS =
      Key.optional(
          "eventLoops",
          Scalars.whole(1, MAX_EVENT_LOOPS),
          "one per core",
          "Threads that carry traffic, each with its own listeners and upstream connections. More"
              + " than cores only adds switching; fewer leaves cores to others.");

  private static final Key<DataPlaneChoice> DATA_PLANE =
      Key.of(
          "dataPlane",
          Scalars.choice(DataPlaneChoice.class, Scalars::dashed),
          DataPlaneChoice.AUTO,
          "What carries established connections on L4 nodes: `kernel` (BPF; needs privileges),"
              + " `relay` (this process), or `auto`, which prefers the kernel and says in"
              + " `/status` which it took and why.");

  private static final Key<Integer> MAX_CONNECTIONS =
      Key.optional(
          "maxConnections",
          Scalars.whole(1, Integer.MAX_VALUE),
          "the sum of the services' `limits.maxConnections`",
          "Client connections at once on one L4 node, over all services; more are closed and"
              + " counted. Each takes two file descriptors. Lower keeps one busy service from"
              + " taking the room of the others.");

  private static final Key<Long> BUFFER_MEMORY =
      Key.optional(
          "bufferMemory",
          Scalars.size("16MiB", "1024GiB"),
          "half of what the JVM gives for buffers, which `gatehouse status` shows",
          "What the buffers of an L7 node may take. Beyond it new connections are closed and"
              + " requests are answered 503, and counted, until a tenth of it is free; what is"
              + " under way goes on. `gatehouse check` says how much one connection can take. The"
              + " JVM gives as much as its heap may have, a quarter of the machine's memory, or"
              + " what -XX:MaxDirectMemorySize says.");

  private static final Key<String> ACCESS_LOG =
      Key.of(
          "accessLog",
          Scalars.LOG_DESTINATION,
          NodePlan.STANDARD_OUTPUT,
          "Where each request (L7) and connection (L4) leaves a line of JSON: `stdout`, `off`, or a"
              + " file to append to, relative to the folder where the node was started.");

  private static final Key<Path> STATE_DIRECTORY =
      Key.optional(
          "stateDirectory",
          Scalars.FILE,
          "what systemd gives (`StateDirectory=`), else none",
          "Folder that exists, in which a node keeps what is to outlive it, under its own name: the"
              + " members of the ring, through which it finds back when no seed lives, and its"
              + " incarnation, by which it is believed at once after a restart. Without one the"
              + " node says so in its log and works with its seeds alone.");

  static final ObjectType<ProcessOptions> TYPE =
      ObjectType.of(
          "the process options",
          fields -> {
            Integer loops = fields.find(EVENT_LOOPS);
            Integer connections = fields.find(MAX_CONNECTIONS);
            Long memory = fields.find(BUFFER_MEMORY);
            return new ProcessOptions(
                fields.get(TRANSPORT),
                loops == null ? OptionalInt.empty() : OptionalInt.of(loops),
                fields.get(DATA_PLANE),
                connections == null ? OptionalInt.empty() : OptionalInt.of(connections),
                memory == null ? OptionalLong.empty() : OptionalLong.of(memory),
                fields.get(ACCESS_LOG),
                Optional.ofNullable(fields.find(STATE_DIRECTORY)));
          },
          TRANSPORT,
          EVENT_LOOPS,
          DATA_PLANE,
          MAX_CONNECTIONS,
          BUFFER_MEMORY,
          ACCESS_LOG,
          STATE_DIRECTORY);

  static final ProcessOptions DEFAULT =
      new ProcessOptions(
          Transport.Choice.AUTO,
          OptionalInt.empty(),
          DataPlaneChoice.AUTO,
          OptionalInt.empty(),
          OptionalLong.empty(),
          NodePlan.STANDARD_OUTPUT,
          Optional.empty());

  private ProcessSection() {}
}
