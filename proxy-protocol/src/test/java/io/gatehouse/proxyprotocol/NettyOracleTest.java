package io.gatehouse.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.gatehouse.testkit.SeededCases;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Netty's codec-haproxy as an oracle, in both directions. Where it is known to deviate from the
 * specification, the cases are kept away from it:
 *
 * <ul>
 *   <li>it neither checks nor makes a CRC-32C: it only sees its four bytes;
 *   <li>it drops the addresses and TLVs of LOCAL and of unspecified addresses;
 *   <li>it loses a TLV without content at the end of a header;
 *   <li>it reads UNIX addresses only up to their first NUL;
 *   <li>it reads a sub-TLV of type 0x20 within an SSL TLV as an SSL TLV again, and throws if it is
 *       none;
 *   <li>its encoder puts the sub-TLVs of an SSL TLV twice, and does not check the length;
 *   <li>it takes bytes that are neither version for version 1, and knows no strict IPv6 text.
 * </ul>
 */
class NettyOracleTest {

  @Test
  void nettyReadsOurHeadersAsWeMeantThem() {
    SeededCases.check(
        1000,
        random -> {
          var header = ipHeader(random);
          var channel = new EmbeddedChannel(new HAProxyMessageDecoder());
          channel.writeInbound(Unpooled.wrappedBuffer(Wire.encode(header)));
          HAProxyMessage message = channel.readInbound();
          try {
            assertSame(header, message);
          } finally {
            message.release();
            channel.finishAndReleaseAll();
          }
        });
  }

  @Test
  void weReadNettysHeadersAsItMeantThem() {
    SeededCases.check(
        1000,
        random -> {
          var header = ipHeader(random);
          var withoutSsl =
              header.withTlvs(
                  header.tlvs().stream()
                      .filter(tlv -> !(tlv instanceof Tlv.Ssl || tlv instanceof Tlv.Crc32c))
                      .toList());
          var channel = new EmbeddedChannel(HAProxyMessageEncoder.INSTANCE);
          channel.writeOutbound(nettyMessage(withoutSsl));
          ByteBuf out = channel.readOutbound();
          try {
            assertThat(new ProxyHeaderDecoder().decode(out))
                .isEqualTo(new Decoding.Complete(withoutSsl, out.writerIndex()));
          } finally {
            out.release();
            channel.finishAndReleaseAll();
          }
        });
  }

  private static Proxied ipHeader(SplittableRandom random) {
    var headers = new RandomHeaders(random);
    while (true) {
      if (headers.any() instanceof Proxied header && header.addresses() instanceof Addresses.Inet) {
        // An empty TLV at the end would be lost: there is always one with content.
        if (header.version() == Version.V1) {
          return header;
        }
        var tlvs = new ArrayList<>(header.tlvs());
        tlvs.removeIf(NettyOracleTest::nestsType20);
        tlvs.add(new Tlv.Authority("last"));
        return header.withTlvs(tlvs);
      }
    }
  }

  private static boolean nestsType20(Tlv tlv) {
    return tlv instanceof Tlv.Ssl ssl && ssl.tlvs().stream().anyMatch(sub -> sub.type() == 0x20);
  }

  private static void assertSame(Proxied header, HAProxyMessage message) {
    var inet = (Addresses.Inet) header.addresses();
    assertThat(message.command()).isEqualTo(HAProxyCommand.PROXY);
    assertThat(message.proxiedProtocol()).isEqualTo(protocol(header));
    assertThat(address(message.sourceAddress())).isEqualTo(inet.source().getAddress().getAddress());
    assertThat(address(message.destinationAddress()))
        .isEqualTo(inet.destination().getAddress().getAddress());
    assertThat(message.sourcePort()).isEqualTo(inet.source().getPort());
    assertThat(message.destinationPort()).isEqualTo(inet.destination().getPort());
    var theirs =
        message.tlvs().stream().filter(tlv -> !isSubTlv(tlv, message)).map(TypeAndValue::of);
    assertThat(theirs.toList()).isEqualTo(header.tlvs().stream().map(TypeAndValue::of).toList());
  }

  private static boolean isSubTlv(HAProxyTLV tlv, HAProxyMessage message) {
    return message.tlvs().stream()
        .filter(HAProxySSLTLV.class::isInstance)
        .map(HAProxySSLTLV.class::cast)
        .flatMap(ssl -> ssl.encapsulatedTLVs().stream())
        .anyMatch(sub -> isThisVery(sub, tlv));
  }

  @SuppressWarnings("ReferenceEquality") // the very object, not one like it
  private static boolean isThisVery(Object one, Object other) {
    return one == other;
  }

  private static byte @Nullable [] address(String text) {
    // Netty prints what it reads; an IPv4-mapped address comes back as text of 16 bytes.
    return NetUtil.createByteArrayFromIpAddressString(text);
  }

  private static HAProxyProxiedProtocol protocol(Proxied header) {
    boolean v4 = ((Addresses.Inet) header.addresses()).isIpv4();
    return switch (header.protocol()) {
      case STREAM -> v4 ? HAProxyProxiedProtocol.TCP4 : HAProxyProxiedProtocol.TCP6;
      case DGRAM -> v4 ? HAProxyProxiedProtocol.UDP4 : HAProxyProxiedProtocol.UDP6;
    };
  }

  private static HAProxyMessage nettyMessage(Proxied header) {
    var inet = (Addresses.Inet) header.addresses();
    return new HAProxyMessage(
        header.version() == Version.V1 ? HAProxyProtocolVersion.V1 : HAProxyProtocolVersion.V2,
        HAProxyCommand.PROXY,
        protocol(header),
        NetUtil.toAddressString(inet.source().getAddress()),
        NetUtil.toAddressString(inet.destination().getAddress()),
        inet.source().getPort(),
        inet.destination().getPort(),
        header.version() == Version.V1 ? Collections.emptyList() : nettyTlvs(header.tlvs()));
  }

  private static List<HAProxyTLV> nettyTlvs(List<Tlv> tlvs) {
    return tlvs.stream()
        .map(TypeAndValue::of)
        .map(
            tlv -> new HAProxyTLV((byte) tlv.type, Unpooled.wrappedBuffer(tlv.value.toByteArray())))
        .toList();
  }

  /**
   * What both codecs agree to compare: a checksum's value is not Netty's business, nor ours here.
   */
  private record TypeAndValue(int type, ByteString value) {
    static TypeAndValue of(HAProxyTLV tlv) {
      int type = tlv.typeByteValue() & 0xff;
      var bytes = new byte[tlv.content().readableBytes()];
      tlv.content().getBytes(tlv.content().readerIndex(), bytes);
      return new TypeAndValue(type, type == 0x03 ? ByteString.EMPTY : ByteString.of(bytes));
    }

    static TypeAndValue of(Tlv tlv) {
      var encoded = Wire.encode(ProxyHeader.local(tlv));
      var value = Arrays.copyOfRange(encoded, 19, encoded.length);
      return new TypeAndValue(
          tlv.type(), tlv instanceof Tlv.Crc32c ? ByteString.EMPTY : ByteString.of(value));
    }
  }
}
