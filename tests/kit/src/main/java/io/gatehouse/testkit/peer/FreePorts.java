package io.gatehouse.testkit.peer;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.SplittableRandom;

/**
 * Ports on loopback for programs that cannot be told to listen on port 0. Thread-safe.
 *
 * <p>A port is free for TCP and UDP when it is handed out, and never handed out twice by one JVM.
 * It lies below the range from which the kernel takes source ports (32768 and up by default), so
 * that no outgoing connection can take it in between. Another JVM may: whoever starts a program
 * tries again with other ports when it finds one taken.
 */
public final class FreePorts {
  private static final int FIRST = 10_000;
  private static final int LAST = 32_000;

  /** Odd, and sharing no factor with the number of ports: the walk visits each of them once. */
  private static final int STEP = 7_919;

  private static int cursor = new SplittableRandom().nextInt(LAST - FIRST);

  private FreePorts() {}

  /**
   * The next free port.
   *
   * @throws IllegalStateException if every port of the range is taken
   */
  public static synchronized int next() {
    for (int tried = 0; tried < LAST - FIRST; tried++) {
      cursor = (cursor + STEP) % (LAST - FIRST);
      int port = FIRST + cursor;
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port between " + FIRST + " and " + LAST);
  }

  /** Binds without an address, so that a listener on any loopback address counts as taken. */
  private static boolean isFree(int port) {
    try (var tcp = new ServerSocket();
        var udp = new DatagramSocket(null)) {
      tcp.setReuseAddress(true);
      tcp.bind(new InetSocketAddress((InetAddress) null, port));
      udp.bind(new InetSocketAddress((InetAddress) null, port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
