package io.gatehouse.l4.plane;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * Whose flow it is: what the successor of a process needs to go on logging and counting it.
 *
 * @param service hash of the virtual service's name
 * @param endpoint hash of the endpoint's name
 * @param idStart when the node that named the flow started, in milliseconds since the epoch
 * @param idNumber the flow's number since then
 * @param acceptedNanos on the monotonic clock, which all processes of a machine share
 * @param connectedNanos likewise
 * @param attempts connects begun
 * @param client address of the client
 * @param local address that it connected to
 */
public record FlowIdentity(
    long service,
    long endpoint,
    long idStart,
    long idNumber,
    long acceptedNanos,
    long connectedNanos,
    long attempts,
    InetSocketAddress client,
    InetSocketAddress local) {
  static final int WORDS = 13;

  private static final int CLIENT_AT = 7;
  private static final int LOCAL_AT = 10;
  private static final int IPV6_BYTES = 16;

  void writeTo(Lane lane) {
    lane.identityWord(0, service);
    lane.identityWord(1, endpoint);
    lane.identityWord(2, idStart);
    lane.identityWord(3, idNumber);
    lane.identityWord(4, acceptedNanos);
    lane.identityWord(5, connectedNanos);
    lane.identityWord(6, attempts);
    writeAddress(lane, CLIENT_AT, client);
    writeAddress(lane, LOCAL_AT, local);
  }

  static FlowIdentity readFrom(Lane lane) {
    return new FlowIdentity(
        lane.identityWord(0),
        lane.identityWord(1),
        lane.identityWord(2),
        lane.identityWord(3),
        lane.identityWord(4),
        lane.identityWord(5),
        lane.identityWord(6),
        readAddress(lane, CLIENT_AT),
        readAddress(lane, LOCAL_AT));
  }

  /** IPv4 as {@code ::ffff:a.b.c.d} (RFC 4291, section 2.5.5.2). */
  private static void writeAddress(Lane lane, int at, InetSocketAddress address) {
    byte[] raw = address.getAddress().getAddress();
    var words = ByteBuffer.allocate(IPV6_BYTES);
    if (raw.length < IPV6_BYTES) {
      words.putLong(0).putInt(0xffff);
    }
    words.put(raw).flip();
    lane.identityWord(at, words.getLong());
    lane.identityWord(at + 1, words.getLong());
    lane.identityWord(at + 2, address.getPort());
  }

  private static InetSocketAddress readAddress(Lane lane, int at) {
    var raw = ByteBuffer.allocate(IPV6_BYTES);
    raw.putLong(lane.identityWord(at)).putLong(lane.identityWord(at + 1));
    try {
      // Sixteen bytes of a mapped address make an IPv4 address again.
      return new InetSocketAddress(
          InetAddress.getByAddress(raw.array()), (int) lane.identityWord(at + 2) & 0xffff);
    } catch (UnknownHostException e) {
      throw new AssertionError("sixteen bytes are an address", e);
    }
  }
}
