package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.ScalarType.WrongWordException;
import io.gatehouse.proxyprotocol.TrustedPeers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The types of addresses and hosts. No name is resolved here: a file reads the same anywhere. */
final class Addresses {
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
  private static final Pattern HOST_LABEL =
      Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
  private static final int MAX_HOST_LENGTH = 253;

  private Addresses() {}

  /** One IP address. */
  static final Type<InetAddress> ADDRESS =
      Scalars.string(
          "an IP address such as 192.0.2.10 or 2001:db8::10",
          "192.0.2.10",
          Addresses::address,
          Addresses::show);

  /** An IP address and a port. */
  static final Type<InetSocketAddress> ADDRESS_AND_PORT =
      Scalars.string(
          "an IP address and a port such as 192.0.2.10:8080 or [2001:db8::10]:8080",
          "192.0.2.10:8080",
          Addresses::addressAndPort,
          Addresses::show);

  /** An IP address or a name, and a port; the name stays unresolved. */
  static final Type<InetSocketAddress> HOST_AND_PORT =
      Scalars.string(
          "an IP address or a name, and a port, such as 192.0.2.10:8080 or app.internal:8080",
          "192.0.2.10:8080",
          Addresses::hostAndPort,
          Addresses::show);

  /** An IP address or a name, with port 0 if none is written; the name stays unresolved. */
  static final Type<InetSocketAddress> HOST_AND_MAYBE_PORT =
      Scalars.string(
          "an IP address or a name, with a port if need be",
          "192.0.2.10",
          Addresses::hostAndMaybePort,
          Addresses::showMaybePort);

  /** A network, checked by the module that uses it. */
  static final Type<String> NETWORK =
      Scalars.string(
          "a network such as 10.0.0.0/8 or 192.0.2.7",
          "192.0.2.0/24",
          Addresses::network,
          network -> network);

  /** A host pattern of a route, in lower case. */
  static final Type<String> HOST_PATTERN =
      Scalars.string(
          "a host such as www.example.com or *.example.com",
          "www.example.com",
          Addresses::hostPattern,
          host -> host);

  /** A name without a wildcard, or an IP address; in lower case. */
  static final Type<String> HOST_NAME =
      Scalars.string(
          "a host such as app.example.com", "app.example.com", Addresses::hostName, host -> host);

  /** An address as it stands in the file. */
  static String show(InetAddress address) {
    return address.getHostAddress();
  }

  /** An address and port as they stand in the file. */
  static String show(InetSocketAddress address) {
    String host = address.isUnresolved() ? address.getHostString() : show(address.getAddress());
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private static InetAddress address(String text) throws WrongWordException {
    boolean isV6 = text.indexOf(':') >= 0 && text.indexOf('%') < 0 && text.indexOf('[') < 0;
    if (isV6 || IPV4.matcher(text).matches()) {
      try {
        return InetAddress.ofLiteral(text);
      } catch (IllegalArgumentException e) {
        // said below
      }
    }
    boolean isName = text.matches(".*[g-zG-Z].*");
    throw new WrongWordException(
        "bad-address", null, isName ? "names are not resolved; write the address" : null);
  }

  private static InetSocketAddress addressAndPort(String text) throws WrongWordException {
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.startsWith("[") && text.charAt(Math.max(0, colon - 1)) == ']';
    boolean hasPort = colon > 0 && (bracketed || text.indexOf(':') == colon);
    if (!hasPort) {
      boolean isV6 = text.indexOf(':') >= 0;
      throw new WrongWordException(
          "bad-address",
          null,
          isV6 ? "write [address]:port" : "add the port: %s:8080".formatted(text));
    }
    String port = text.substring(colon + 1);
    int number = port.matches("[0-9]{1,5}") ? Integer.parseInt(port) : 0;
    if (number < 1 || number > 65_535) {
      throw new WrongWordException("bad-address", "has no port from 1 to 65535 after ':'", null);
    }
    InetAddress host = address(bracketed ? text.substring(1, colon - 1) : text.substring(0, colon));
    return new InetSocketAddress(host, number);
  }

  private static InetSocketAddress hostAndPort(String text) throws WrongWordException {
    int colon = text.indexOf(':');
    boolean isName =
        colon > 0 && colon == text.lastIndexOf(':') && text.matches("[^\\[]*[g-zG-Z-][^:]*:.*");
    if (!isName) {
      return addressAndPort(text);
    }
    String host = hostName(text.substring(0, colon));
    return InetSocketAddress.createUnresolved(
        host, addressAndPort("0.0.0.0" + text.substring(colon)).getPort());
  }

  private static InetSocketAddress hostAndMaybePort(String text) throws WrongWordException {
    int colon = text.indexOf(':');
    boolean bareV6 = colon != text.lastIndexOf(':') && !text.startsWith("[");
    if (colon >= 0 && !bareV6) {
      return hostAndPort(text);
    }
    boolean isName = colon < 0 && text.matches(".*[g-zG-Z-].*");
    return isName
        ? InetSocketAddress.createUnresolved(hostName(text), 0)
        : new InetSocketAddress(address(text), 0);
  }

  private static String showMaybePort(InetSocketAddress address) {
    if (address.getPort() != 0) {
      return show(address);
    }
    return address.isUnresolved() ? address.getHostString() : show(address.getAddress());
  }

  private static String network(String text) throws WrongWordException {
    try {
      TrustedPeers.parse(List.of(text));
      return text;
    } catch (IllegalArgumentException e) {
      throw new WrongWordException("bad-network", null, e.getMessage());
    }
  }

  private static String hostName(String text) throws WrongWordException {
    if (text.indexOf('*') >= 0) {
      throw new WrongWordException("bad-host", null, "write one name, without '*'");
    }
    return hostPattern(text);
  }

  private static String hostPattern(String text) throws WrongWordException {
    String host = text.toLowerCase(Locale.ROOT);
    String exact = host.startsWith("*.") ? host.substring(2) : host;
    if (IPV4.matcher(exact).matches() && exact.length() == host.length()) {
      return host;
    }
    boolean wellFormed =
        exact.length() <= MAX_HOST_LENGTH
            && Arrays.stream(exact.split("\\.", -1)).allMatch(l -> HOST_LABEL.matcher(l).matches());
    if (!wellFormed) {
      throw new WrongWordException(
          "bad-host",
          null,
          host.indexOf(':') >= 0
              ? "leave out the port: requests match on any"
              : host.indexOf('*') >= 0 ? "a '*' stands only at the front, for whole labels" : null);
    }
    return host;
  }
}
