package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.resolver.DefaultHostsFileEntriesResolver;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Asks the name servers of {@code /etc/resolv.conf}, by UDP, or TCP where an answer is too long;
 * {@code /etc/hosts} comes first. A question goes to one server, and the next question to the next.
 * Owned by its loop.
 */
final class DnsLookup implements NameLookup {
  private static final long QUERY_TIMEOUT_MILLIS = 2_000;

  /** The hosts file has no times; it is looked at as often as this. */
  private static final long HOSTS_FILE_NANOS = SECONDS.toNanos(60);

  private final DnsNameResolver resolver;
  private final DefaultHostsFileEntriesResolver hosts = new DefaultHostsFileEntriesResolver();

  DnsLookup(Transport transport, EventLoop loop, DnsServerAddressStreamProvider servers) {
    this.resolver =
        new DnsNameResolverBuilder(loop)
            .datagramChannelType(transport.datagramChannel())
            .socketChannelType(transport.socketChannel())
            .nameServerProvider(servers)
            .queryTimeoutMillis(QUERY_TIMEOUT_MILLIS)
            .build();
  }

  @Override
  public void find(String name, boolean ipv6, Consumer<Answer> answer) {
    var types = ipv6 ? ResolvedAddressTypes.IPV6_ONLY : ResolvedAddressTypes.IPV4_ONLY;
    List<InetAddress> fromFile = hosts.addresses(name, types);
    if (fromFile != null && !fromFile.isEmpty()) {
      answer.accept(new Answer.Found(fromFile, HOSTS_FILE_NANOS));
      return;
    }
    var type = ipv6 ? DnsRecordType.AAAA : DnsRecordType.A;
    resolver
        .query(new DefaultDnsQuestion(name, type))
        .addListener(
            future -> {
              if (!future.isSuccess()) {
                answer.accept(new Answer.Failed(String.valueOf(future.cause().getMessage())));
                return;
              }
              @SuppressWarnings("unchecked") // the type of query's future
              var envelope =
                  (io.netty.channel.AddressedEnvelope<DnsResponse, java.net.InetSocketAddress>)
                      future.getNow();
              try {
                answer.accept(read(name, type, envelope.content()));
              } finally {
                envelope.release();
              }
            });
  }

  private static Answer read(String name, DnsRecordType type, DnsResponse response) {
    var code = response.code();
    if (!code.equals(DnsResponseCode.NOERROR) && !code.equals(DnsResponseCode.NXDOMAIN)) {
      return new Answer.Failed("the name server says " + code);
    }
    var addresses = new ArrayList<InetAddress>();
    long ttlSeconds = Long.MAX_VALUE;
    for (int i = 0; i < response.count(DnsSection.ANSWER); i++) {
      DnsRecord record = response.recordAt(DnsSection.ANSWER, i);
      ttlSeconds = Math.min(ttlSeconds, record.timeToLive()); // aliases on the way count, too
      if (record.type().equals(type) && record instanceof DnsRawRecord raw) {
        byte[] bytes = new byte[raw.content().readableBytes()];
        raw.content().getBytes(raw.content().readerIndex(), bytes);
        try {
          addresses.add(InetAddress.getByAddress(name, bytes));
        } catch (UnknownHostException e) {
          return new Answer.Failed("an address of " + bytes.length + " bytes");
        }
      }
    }
    return new Answer.Found(addresses, addresses.isEmpty() ? 0 : SECONDS.toNanos(ttlSeconds));
  }

  @Override
  public void close() {
    resolver.close();
  }
}
