package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.ProcessOptions;
import io.gatehouse.l4.DataPlaneChoice;
import io.gatehouse.transport.Transport;
import java.util.Locale;
import java.util.OptionalInt;

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

  private static final Key<String> ACCESS_LOG =
      Key.of(
          "accessLog",
          Scalars.LOG_DESTINATION,
          NodePlan.STANDARD_OUTPUT,
          "Where each request (L7) and connection (L4) leaves a line of JSON: `stdout`, `off`, or a"
              + " file to append to, relative to the folder where the node was started.");

  static final ObjectType<ProcessOptions> TYPE =
      ObjectType.of(
          "the process options",
          fields -> {
            Integer loops = fields.find(EVENT_LOOPS);
            Integer connections = fields.find(MAX_CONNECTIONS);
            return new ProcessOptions(
                fields.get(TRANSPORT),
                loops == null ? OptionalInt.empty() : OptionalInt.of(loops),
                fields.get(DATA_PLANE),
                connections == null ? OptionalInt.empty() : OptionalInt.of(connections),
                fields.get(ACCESS_LOG));
          },
          TRANSPORT,
          EVENT_LOOPS,
          DATA_PLANE,
          MAX_CONNECTIONS,
          ACCESS_LOG);

  static final ProcessOptions DEFAULT =
      new ProcessOptions(
          Transport.Choice.AUTO,
          OptionalInt.empty(),
          DataPlaneChoice.AUTO,
          OptionalInt.empty(),
          NodePlan.STANDARD_OUTPUT);

  private ProcessSection() {}
}
