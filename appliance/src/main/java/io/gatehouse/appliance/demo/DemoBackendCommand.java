package io.gatehouse.appliance.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gatehouse demo-backend}: one backend of the demo by itself, for the lab. */
@Command(
    name = "demo-backend",
    mixinStandardHelpOptions = true,
    hidden = true,
    description = "Runs one backend of the demo, for the lab and for tests.")
public final class DemoBackendCommand implements Callable<Integer> {
  @Option(names = "--listen", required = true, paramLabel = "ADDRESS:PORT")
  private String listen = "";

  @Option(names = "--name", required = true, paramLabel = "NAME")
  private String name = "";

  @Override
  public Integer call() throws IOException, InterruptedException {
    int colon = listen.lastIndexOf(':');
    var address =
        new InetSocketAddress(
            listen.substring(0, colon), Integer.parseInt(listen.substring(colon + 1)));
    var stop = new CountDownLatch(1);
    try (var backend = DemoBackend.start(name, address)) {
      Runtime.getRuntime().addShutdownHook(new Thread(stop::countDown, "stop"));
      System.out.println("ready " + backend.address());
      stop.await();
    }
    return 0;
  }
}
