package io.gatehouse.linux;

/**
 * Options of sockets that are known by descriptor (socket(7), tcp(7), ip(7), ipv6(7)), each an
 * integer; one that is on or off is 1 or 0.
 */
public enum SocketOption {
  /** On: small writes are sent at once, not gathered while an acknowledgement is out. */
  TCP_NODELAY(Libc.IPPROTO_TCP, 1),

  /** How long a connection is idle before the first probe, in seconds. */
  TCP_KEEPIDLE(Libc.IPPROTO_TCP, 4),

  /** How long between probes, in seconds. */
  TCP_KEEPINTVL(Libc.IPPROTO_TCP, 5),

  /** How many probes go unanswered before the connection fails. */
  TCP_KEEPCNT(Libc.IPPROTO_TCP, 6),

  /** How long sent data may stay unacknowledged before the connection fails, in ms (RFC 5482). */
  TCP_USER_TIMEOUT(Libc.IPPROTO_TCP, 18),

  /** On a listener: how many connections may wait that brought data with the SYN (RFC 7413). */
  TCP_FASTOPEN(Libc.IPPROTO_TCP, 23),

  /** The socket is writable only while fewer bytes than this wait to be sent for the first time. */
  TCP_NOTSENT_LOWAT(Libc.IPPROTO_TCP, 25),

  /** On: a listener may bind while old connections of its port are in TIME_WAIT. */
  SO_REUSEADDR(Libc.SOL_SOCKET, 2),

  /** The send buffer in bytes. The kernel doubles it, for its own books, and caps it. */
  SO_SNDBUF(Libc.SOL_SOCKET, 7),

  /** The receive buffer in bytes. The kernel doubles it, for its own books, and caps it. */
  SO_RCVBUF(Libc.SOL_SOCKET, 8),

  /** On: an idle connection is probed. */
  SO_KEEPALIVE(Libc.SOL_SOCKET, 9),

  /** On: several listeners share a port, and the kernel spreads connections over them. */
  SO_REUSEPORT(Libc.SOL_SOCKET, 15),

  /** On, for UNIX sockets: what is received tells the sender's process id. */
  SO_PASSCRED(Libc.SOL_SOCKET, 16),

  /**
   * How many bytes make a socket readable. Setting it also makes the kernel look again at what is
   * queued already.
   */
  SO_RCVLOWAT(Libc.SOL_SOCKET, 18),

  /** As {@link #SO_SNDBUF}, with no cap; needs CAP_NET_ADMIN. Not to be read. */
  SO_SNDBUFFORCE(Libc.SOL_SOCKET, 32),

  /** As {@link #SO_RCVBUF}, with no cap; needs CAP_NET_ADMIN. Not to be read. */
  SO_RCVBUFFORCE(Libc.SOL_SOCKET, 33),

  /** The CPU that last received for it; set on listeners that share a port, the one preferred. */
  SO_INCOMING_CPU(Libc.SOL_SOCKET, 49),

  /**
   * On: binding to a source address picks no port yet; connecting does, and may share ports between
   * destinations. To be set before binding.
   */
  IP_BIND_ADDRESS_NO_PORT(Libc.IPPROTO_IP, 24),

  /** Off: a socket of IPv6 carries IPv4 as well. To be set before binding. */
  IPV6_V6ONLY(Libc.IPPROTO_IPV6, 26);

  private final int level;
  private final int number;

  SocketOption(int level, int number) {
    this.level = level;
    this.number = number;
  }

  /** Sets the option on the socket {@code fd}, which is borrowed; 0 or minus the error number. */
  public int set(int fd, int value) {
    return Sockets.setOption(fd, level, number, value);
  }

  /** The value on the socket {@code fd}, which is borrowed, or minus the error number. */
  public int get(int fd) {
    return Sockets.option(fd, level, number);
  }
}
