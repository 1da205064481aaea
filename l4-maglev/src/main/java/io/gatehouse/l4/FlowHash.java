package io.gatehouse.l4;

import io.gatehouse.l4.ServiceConfig.HashKey;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The hash of a connection, by which the Maglev table is entered. Every L4 node computes the same
 * one, so a connection that the network moves to another node still finds its endpoint.
 *
 * <p>An IPv4 address and its IPv4-mapped IPv6 form are one client and hash alike. The seed is
 * derived from the service's name: two services do not send the same client to the same place in
 * their tables.
 */
final class FlowHash {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final byte TCP = 6;
  private static final int ADDRESS_BYTES = 16;
  private static final int FIVE_TUPLE_BYTES = 2 * ADDRESS_BYTES + 2 * Short.BYTES + 1;

  private final HashKey key;
  private final long seed;

  FlowHash(HashKey key, String service) {
    this.key = key;
    this.seed = Hash64.hash(service.getBytes(StandardCharsets.UTF_8), 0);
  }

  long of(InetSocketAddress client, InetSocketAddress local) {
    return switch (key) {
      case SOURCE_IP -> {
        var bytes = new byte[ADDRESS_BYTES];
        putAddress(bytes, 0, client);
        yield Hash64.hash(bytes, seed);
      }
      case FIVE_TUPLE -> {
        var bytes = new byte[FIVE_TUPLE_BYTES];
        putAddress(bytes, 0, client);
        putAddress(bytes, ADDRESS_BYTES, local);
        SHORT.set(bytes, 2 * ADDRESS_BYTES, (short) client.getPort());
        SHORT.set(bytes, 2 * ADDRESS_BYTES + Short.BYTES, (short) local.getPort());
        bytes[FIVE_TUPLE_BYTES - 1] = TCP;
        yield Hash64.hash(bytes, seed);
      }
    };
  }

  /** Sixteen bytes; IPv4 as {@code ::ffff:a.b.c.d} (RFC 4291, section 2.5.5.2). */
  private static void putAddress(byte[] bytes, int at, InetSocketAddress address) {
    byte[] raw = address.getAddress().getAddress();
    if (raw.length == ADDRESS_BYTES) {
      System.arraycopy(raw, 0, bytes, at, ADDRESS_BYTES);
      return;
    }
    bytes[at + 10] = (byte) 0xff;
    bytes[at + 11] = (byte) 0xff;
    System.arraycopy(raw, 0, bytes, at + 12, raw.length);
  }
}
