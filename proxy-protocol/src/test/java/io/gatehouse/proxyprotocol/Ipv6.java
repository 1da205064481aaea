package io.gatehouse.proxyprotocol;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Assumptions;

/** Whether this machine has an IPv6 loopback. */
final class Ipv6 {
  private Ipv6() {}

  static void assumeLoopback() {
    try (var server = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
      Assumptions.assumeTrue(server.isBound());
    } catch (IOException e) {
      Assumptions.abort("no IPv6 loopback here: " + e.getMessage());
    }
  }
}
