package io.gatehouse.health;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;

/** Reads a {@link Report} out of a body, bounded in depth and in the length of its parts. */
final class ReportReader {
  static final int MAX_DEPTH = 16;
  static final int MAX_NAME_CHARS = 256;
  static final int MAX_TEXT_CHARS = 8 * 1024;
  static final int MAX_NUMBER_CHARS = 32;
  private static final int MAX_WHY_CHARS = 80;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME_CHARS)
                  .maxStringLength(MAX_TEXT_CHARS)
                  .maxNumberLength(MAX_NUMBER_CHARS)
                  .maxDocumentLength(Probe.Healthy.MOST_BODY_BYTES)
                  .build())
          .build();

  private int weightPercent = Report.FULL_WEIGHT;
  private boolean drain;
  private String degraded = "";

  /** The body is not what a deep check expects; the message is for the operator. */
  static final class NoReportException extends Exception {
    private static final long serialVersionUID = 1;

    NoReportException(String message) {
      super(message);
    }
  }

  private ReportReader() {}

  /**
   * @throws NoReportException if the body is no JSON object, or a key of ours has a value that it
   *     cannot have; other keys are passed over
   */
  static Report read(byte[] body) throws NoReportException {
    var reader = new ReportReader();
    try (JsonParser json = JSON.createParser(body)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new NoReportException("the body is no JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        reader.key(json, json.currentName());
      }
      if (json.nextToken() != null) {
        throw new NoReportException("the body goes on after its JSON object");
      }
      return new Report(reader.weightPercent, reader.drain, reader.degraded);
    } catch (IOException e) {
      throw new NoReportException("the body is no JSON object within bounds");
    }
  }

  private void key(JsonParser json, String name) throws IOException, NoReportException {
    JsonToken value = json.nextToken();
    switch (name) {
      case "weight" -> weightPercent = weight(json, value);
      case "drain" -> drain = flag(name, value);
      case "degraded" -> degraded = degraded(json, value);
      default -> json.skipChildren();
    }
  }

  private static int weight(JsonParser json, JsonToken value)
      throws IOException, NoReportException {
    double percent =
        value == JsonToken.VALUE_NUMBER_INT || value == JsonToken.VALUE_NUMBER_FLOAT
            ? json.getDoubleValue()
            : Double.NaN;
    if (!(percent >= 0 && percent <= Report.FULL_WEIGHT)) {
      throw new NoReportException("weight is no number from 0 to 100");
    }
    return (int) Math.ceil(percent);
  }

  private static boolean flag(String name, JsonToken value) throws NoReportException {
    return switch (value) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE, VALUE_NULL -> false;
      default -> throw new NoReportException(name + " is neither true nor false");
    };
  }

  private static String degraded(JsonParser json, JsonToken value)
      throws IOException, NoReportException {
    if (value == JsonToken.VALUE_STRING) {
      String why = json.getText();
      return why.substring(0, Math.min(why.length(), MAX_WHY_CHARS));
    }
    return flag("degraded", value) ? "it says so" : "";
  }
}
