package io.gatehouse.l7.http;

import static io.gatehouse.l7.http.HeadResult.Progress.DONE;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Netty's decoder as an oracle: whatever both accept on one connection, both read as the same
 * messages with the same methods, targets, fields and bodies.
 */
class NettyOracleTest {

  /** One message as a reader understood it. */
  private record Message(String start, List<String> fields, String body) {}

  @Test
  void agreesWithNettyOnEveryMessageThatBothAccept() {
    var compared = new AtomicInteger();
    SeededCases.check(
        20_000,
        random -> {
          String text = RandomMessages.requests(random);
          if (random.nextBoolean()) {
            text = RandomMessages.mutate(text, random);
          }
          List<Message> ours = ours(text);
          List<Message> theirs = nettys(text);
          int both = Math.min(ours.size(), theirs.size());
          assertThat(ours.subList(0, both)).as(text).isEqualTo(theirs.subList(0, both));
          compared.addAndGet(both);
        });
    assertThat(compared.get()).as("messages that both accept").isPositive();
  }

  private static List<Message> ours(String text) {
    var parser = new RequestParser(Heads.LIMITS);
    HeaderBlock head = Heads.block();
    var reader = new BodyReader();
    ByteBuf in = Heads.buffer(text);
    List<Message> messages = new ArrayList<>();
    while (parser.parse(in, head) == DONE) {
      reader.begin(parser.framing());
      String body = body(reader, in);
      if (body == null) {
        break;
      }
      messages.add(message(head, body));
    }
    return messages;
  }

  private static @Nullable String body(BodyReader reader, ByteBuf in) {
    var payload = new StringBuilder();
    BodyResult result;
    while ((result = reader.next(in)) == BodyResult.Progress.PAYLOAD) {
      payload.append(in.readCharSequence(reader.payloadBytes(), StandardCharsets.ISO_8859_1));
    }
    return result == BodyResult.Progress.END ? payload.toString() : null;
  }

  private static Message message(HeaderBlock head, String body) {
    List<String> fields = new ArrayList<>();
    for (int i = 0; i < head.count(); i++) {
      if (!head.isRemoved(i) && !head.nameEquals(i, HeaderName.HOST)) {
        fields.add(field(head.nameString(i), head.valueString(i)));
      }
    }
    fields.sort(null);
    String version = head.version() == HttpVersion.HTTP_1_0 ? "HTTP/1.0" : "HTTP/1.1";
    return new Message(
        head.methodString() + " " + head.targetString() + " " + version, fields, body);
  }

  /** A field in the form that both share: Gatehouse drops the leading zeros of a length. */
  private static String field(String name, String value) {
    String lower = name.toLowerCase(Locale.ROOT);
    String plain = lower.equals("content-length") ? value.replaceFirst("^0+(?=.)", "") : value;
    return lower + ": " + plain;
  }

  private static List<Message> nettys(String text) {
    var channel = new EmbeddedChannel(new HttpRequestDecoder());
    List<Message> messages = new ArrayList<>();
    try {
      channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
      HttpRequest request = null;
      var payload = new StringBuilder();
      for (Object o = channel.readInbound(); o != null; o = channel.readInbound()) {
        boolean valid = ((HttpObject) o).decoderResult().isSuccess();
        if (valid && o instanceof HttpRequest begun) {
          request = begun;
          payload.setLength(0);
        }
        if (valid && o instanceof HttpContent content) {
          payload.append(content.content().toString(StandardCharsets.ISO_8859_1));
        }
        if (valid && o instanceof LastHttpContent && request != null) {
          messages.add(message(request, payload.toString()));
        }
        ReferenceCountUtil.release(o);
        if (!valid) {
          break;
        }
      }
    } finally {
      channel.finishAndReleaseAll();
    }
    return messages;
  }

  private static Message message(HttpRequest request, String body) {
    List<String> fields = new ArrayList<>();
    request
        .headers()
        .forEach(
            f -> {
              if (!f.getKey().equalsIgnoreCase("host")) {
                fields.add(field(f.getKey(), f.getValue()));
              }
            });
    fields.sort(null);
    return new Message(
        request.method() + " " + originForm(request) + " " + request.protocolVersion(),
        fields,
        body);
  }

  /** The target as Gatehouse sends it on. */
  private static String originForm(HttpRequest request) {
    String rest = request.uri().replaceFirst("(?i)^https?://[^/?]*", "");
    if (rest.isEmpty()) {
      return request.method().name().equals("OPTIONS") ? "*" : "/";
    }
    return rest.startsWith("?") ? "/" + rest : rest;
  }
}
