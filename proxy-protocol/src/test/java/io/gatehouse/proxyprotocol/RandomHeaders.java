package io.gatehouse.proxyprotocol;

import io.gatehouse.proxyprotocol.ProxyHeader.Local;
import io.gatehouse.proxyprotocol.ProxyHeader.Protocol;
import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Legal headers of every shape, up to the default size limit. */
final class RandomHeaders {
  private static final int[] LOCAL_FAMILIES = {0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32};

  private final SplittableRandom random;

  RandomHeaders(SplittableRandom random) {
    this.random = random;
  }

  ProxyHeader any() {
    return switch (random.nextInt(8)) {
      case 0 -> new Local(Version.V1, 0, unknownText(), List.of());
      case 1, 2 -> new Proxied(Version.V1, Protocol.STREAM, inet(), List.of());
      case 3 -> {
        int family = LOCAL_FAMILIES[random.nextInt(LOCAL_FAMILIES.length)];
        yield new Local(Version.V2, family, bytes(V2Layout.addressBytes(family)), tlvs());
      }
      case 4 -> new Proxied(Version.V2, protocol(), new Addresses.Unix(path(), path()), tlvs());
      case 5 -> new Proxied(Version.V2, Protocol.STREAM, new Addresses.Unspecified(), tlvs());
      default -> new Proxied(Version.V2, protocol(), inet(), tlvs());
    };
  }

  private Protocol protocol() {
    return random.nextBoolean() ? Protocol.STREAM : Protocol.DGRAM;
  }

  private Addresses.Inet inet() {
    int size = random.nextBoolean() ? 4 : 16;
    return new Addresses.Inet(socketAddress(size), socketAddress(size));
  }

  private InetSocketAddress socketAddress(int size) {
    var address = bytes(size).toByteArray();
    if (size == 16 && random.nextBoolean()) {
      // Runs of zeros, and IPv4-mapped addresses, are where text is ambiguous.
      Arrays.fill(address, 0, 2 * random.nextInt(9), (byte) 0);
      if (random.nextBoolean()) {
        address[10] = (byte) 0xff;
        address[11] = (byte) 0xff;
      }
    }
    return new InetSocketAddress(Addresses.fromBytes(address), random.nextInt(0x10000));
  }

  private ByteString path() {
    return bytes(random.nextInt(Addresses.Unix.MAX_PATH_BYTES + 1));
  }

  private ByteString unknownText() {
    int length = random.nextInt(93);
    if (length == 0) {
      return ByteString.EMPTY;
    }
    var text = bytes(length).toByteArray();
    text[0] = ' ';
    for (int i = 0; i < length; i++) {
      text[i] = text[i] == '\r' || text[i] == '\n' ? (byte) '.' : text[i];
    }
    return ByteString.of(text);
  }

  List<Tlv> tlvs() {
    var tlvs = new ArrayList<Tlv>();
    for (int count = random.nextInt(8); count > 0; count--) {
      tlvs.add(tlv());
    }
    if (random.nextBoolean()) {
      tlvs.add(random.nextInt(tlvs.size() + 1), new Tlv.Crc32c());
    }
    return tlvs;
  }

  private Tlv tlv() {
    return switch (random.nextInt(8)) {
      case 0 -> new Tlv.Alpn(value());
      case 1 -> new Tlv.Authority(value());
      case 2 -> new Tlv.Noop(value());
      case 3 -> new Tlv.UniqueId(bytes(random.nextInt(Tlv.UniqueId.MAX_BYTES + 1)));
      case 4 -> ssl();
      case 5 -> new Tlv.Netns(value());
      case 6 -> new Tlv.Other(0xe0 + random.nextInt(32), value());
      default -> new Tlv.Other(0x40 + random.nextInt(0x80), value());
    };
  }

  private Tlv.Ssl ssl() {
    var tlvs = new ArrayList<SslTlv>();
    for (int count = random.nextInt(5); count > 0; count--) {
      tlvs.add(SslTlv.of(0x20 + random.nextInt(12), bytes(random.nextInt(40))));
    }
    return new Tlv.Ssl(random.nextInt(256), random.nextInt(), tlvs);
  }

  private ByteString value() {
    return bytes(random.nextInt(8) == 0 ? 0 : random.nextInt(300));
  }

  private ByteString bytes(int length) {
    var bytes = new byte[length];
    random.nextBytes(bytes);
    return ByteString.of(bytes);
  }
}
