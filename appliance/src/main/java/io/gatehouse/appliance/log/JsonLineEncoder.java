package io.gatehouse.appliance.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import io.gatehouse.appliance.json.JsonWriter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Encodes a log event as one line of JSON: {@code time}, {@code level}, {@code node}, {@code
 * logger}, {@code message}, then the event's own key-values, then {@code error} with the stack
 * trace if there is one. Named in logback.xml. Has no state of its own but the node's name, which
 * is set once.
 */
public final class JsonLineEncoder extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = {};
  private static volatile String nodeName = "";

  /** Puts the node's name on every later line. */
  public static void setNode(String node) {
    nodeName = node;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    var json = new JsonWriter(256).beginObject();
    json.field("time", Instant.ofEpochMilli(event.getTimeStamp()).toString());
    json.field("level", event.getLevel().toString());
    String node = nodeName;
    if (!node.isEmpty()) {
      json.field("node", node);
    }
    json.field("logger", shortName(event.getLoggerName()));
    json.field("message", event.getFormattedMessage());
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(pair -> keyValue(json, pair.key, pair.value));
    }
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      json.field("error", ThrowableProxyUtil.asString(thrown));
    }
    return json.endObject().newLine().toByteArray();
  }

  private static void keyValue(JsonWriter json, String key, @Nullable Object value) {
    switch (value) {
      case Integer i -> json.field(key, i.longValue());
      case Long l -> json.field(key, l.longValue());
      case Boolean b -> json.field(key, b.booleanValue());
      case Double d -> json.field(key, d.doubleValue());
      case null -> json.field(key, (String) null);
      default -> json.field(key, value.toString());
    }
  }

  /** The class alone: package names are the same for a whole tier and say little. */
  private static String shortName(String logger) {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }
}
