package io.gatehouse.tests.l4;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** A connection as the L4 node's access log tells of it. */
record LogLine(
    String connectionId,
    InetSocketAddress client,
    String flags,
    String reason,
    long bytesIn,
    long bytesOut,
    String text) {

  static LogLine parse(String line) {
    try {
      return new LogLine(
          field(line, "connection_id"),
          new InetSocketAddress(
              InetAddress.getByName(field(line, "client")),
              Integer.parseInt(field(line, "client_port"))),
          field(line, "flags"),
          field(line, "reason"),
          Long.parseLong(field(line, "bytes_in")),
          Long.parseLong(field(line, "bytes_out")),
          line);
    } catch (UnknownHostException e) {
      throw new AssertionError("client is no address in: " + line, e);
    }
  }

  private static String field(String line, String name) {
    var field = Pattern.compile("\"" + name + "\":(?:\"([^\"]*)\"|(-?\\d+))").matcher(line);
    if (!field.find()) {
      throw new AssertionError("no field '%s' in: %s".formatted(name, line));
    }
    return field.group(1) == null ? field.group(2) : field.group(1);
  }
}
