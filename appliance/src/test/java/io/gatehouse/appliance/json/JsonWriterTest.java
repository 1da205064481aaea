package io.gatehouse.appliance.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class JsonWriterTest {
  private final JsonWriter json = new JsonWriter(1);

  @Test
  void putsCommasBetweenFieldsAndElements() {
    json.beginObject().field("a", 1).name("b").beginArray().value(true).beginObject().endObject();
    json.value("x").endArray().field("c", List.of("p", "q")).endObject();
    assertThat(json).hasToString("{\"a\":1,\"b\":[true,{},\"x\"],\"c\":[\"p\",\"q\"]}");
  }

  @Test
  void escapesWhatMayNotStandInAString() {
    json.value("\"\\\n\r\t\u0000\u001f\u007f");
    assertThat(json).hasToString("\"\\\"\\\\\\n\\r\\t\\u0000\\u001f\\u007f\"");
  }

  @Test
  void escapesInTheMiddleOfWhateverHoldsTheText() {
    json.beginArray().value("plain").value("a\"b").value(new StringBuilder("c\\d"));
    json.value(new StringBuilder("plain")).value("").endArray();
    assertThat(json).hasToString("[\"plain\",\"a\\\"b\",\"c\\\\d\",\"plain\",\"\"]");
  }

  @Test
  void encodesEveryPlaneAndReplacesHalfASurrogatePair() {
    json.value("é€😀\ud83d!");
    assertThat(json).hasToString("\"é€😀\uFFFD!\"");
  }

  @Test
  void writesEveryLong() {
    for (long value : new long[] {0, 9, 10, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      json.reset();
      assertThat(json.value(value)).hasToString(Long.toString(value));
    }
  }

  @Test
  void writesNanosecondsAsMillisecondsWithThreeDecimals() {
    json.beginObject().name("t").millis(12_034_567).name("u").millis(999).endObject();
    assertThat(json).hasToString("{\"t\":12.034,\"u\":0.000}");
  }

  @Test
  void writesNullForWhatJsonCannotSay() {
    json.beginArray().value(Double.NaN).value((String) null).value(0.5).endArray();
    assertThat(json).hasToString("[null,null,0.5]");
  }

  @Test
  void separatesLinesWithoutAComma() {
    json.beginObject().endObject().newLine().beginObject().endObject().newLine();
    assertThat(json).hasToString("{}\n{}\n");
  }

  @Test
  void writesNamesThatWereEncodedBeforeLikeOthers() {
    var name = new JsonName("a\"é");
    json.beginObject().name(name).value(1).name("b").beginObject().name(name).value("x");
    json.endObject().name(name).beginArray().value(2).endArray().endObject();
    assertThat(json).hasToString("{\"a\\\"é\":1,\"b\":{\"a\\\"é\":\"x\"},\"a\\\"é\":[2]}");
  }

  @Test
  void refusesToNestWithoutBound() {
    for (int i = 1; i < JsonWriter.MAX_DEPTH; i++) {
      json.beginArray();
    }
    assertThatThrownBy(json::beginArray).hasMessageContaining("depth: 32");
  }
}
