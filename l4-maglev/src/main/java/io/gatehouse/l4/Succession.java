package io.gatehouse.l4;

import io.gatehouse.l4.plane.FlowIdentity;
import io.gatehouse.l4.plane.Heirs;
import io.gatehouse.l4.plane.Kept;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over what a predecessor of this process left, whether it was killed, crashed or handed
 * over: its data planes go to the loops in turn, and every connection goes on under its old name.
 * Used by the thread that starts the tier.
 */
final class Succession {
  private static final Logger log = LoggerFactory.getLogger(Succession.class);

  private final String node;
  private final List<L4Loop> loops;
  private final List<List<ServiceWorker>> workers;

  /**
   * @param workers per service, in the order of the loops
   */
  Succession(String node, List<L4Loop> loops, List<List<ServiceWorker>> workers) {
    this.node = node;
    this.loops = loops;
    this.workers = workers;
  }

  /** Goes on with all connections that can be gone on with, and closes the others. */
  void adopt(Kept kept) {
    var planes = kept.planes();
    if (planes.isEmpty()) {
      return;
    }
    int count = 0;
    for (int i = 0; i < planes.size(); i++) {
      var loop = loops.get(i % loops.size());
      var plane = planes.get(i);
      count +=
          CompletableFuture.supplyAsync(
                  () -> loop.flows().adopt(plane, kept, heirs(loop)), loop.sockets()::execute)
              .join();
    }
    log.atInfo()
        .addKeyValue("connections", count)
        .addKeyValue("planes", planes.size())
        .log("connections of a predecessor go on");
  }

  private Heirs heirs(L4Loop loop) {
    return identity -> {
      for (List<ServiceWorker> service : workers) {
        var worker = service.get(loop.index());
        if (worker.service().id() == identity.service()) {
          return heir(worker, identity);
        }
      }
      log.atWarn()
          .addKeyValue("client", identity.client())
          .log("a predecessor's connection is closed: its service is not configured any more");
      return null;
    };
  }

  private Connection heir(ServiceWorker worker, FlowIdentity identity) {
    var id = new UniqueId(node, identity.idStart(), identity.idNumber());
    var connection =
        new Connection(worker, identity.client(), identity.local(), id, identity.acceptedNanos());
    @Nullable ServiceTable table = worker.service().tableOf(identity.endpoint());
    if (table == null) {
      connection.resume(identity, null, null);
    } else {
      int i = table.indexOf(identity.endpoint());
      connection.resume(
          identity,
          table.endpoints().get(i).endpoint(),
          table.statsOf(i).shard(worker.loop().index()));
    }
    return connection;
  }
}
