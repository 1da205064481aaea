package io.gatehouse.tests.l7;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * One case of h2spec.
 *
 * @param section as h2spec numbers it, after RFC 7540
 * @param sends what the client does
 * @param required of the other side
 * @param why something else comes of it; empty if nothing does
 * @param settings the client's own, as pairs of identifier and value
 * @param script does it and looks for what must come of it
 */
record Http2Case(
    String section,
    String sends,
    String required,
    String why,
    List<Integer> settings,
    Script script) {

  /** Drives a connection whose prefaces and settings have been exchanged. */
  @FunctionalInterface
  interface Script {
    void run(Http2Wire wire) throws IOException;
  }

  static Http2Case of(String section, String sends, String required, Script script) {
    return new Http2Case(section, sends, required, "", List.of(), script);
  }

  Http2Case with(Integer... own) {
    return new Http2Case(section, sends, required, why, List.of(own), script);
  }

  Http2Case otherwise(String reason) {
    return new Http2Case(section, sends, required, reason, settings, script);
  }

  /** All of them. */
  static List<Http2Case> all() {
    return Stream.of(
            Http2GenericCases.ALL, Http2FrameCases.ALL, Http2MessageCases.ALL, Http2HpackCases.ALL)
        .flatMap(List::stream)
        .toList();
  }

  @Override
  public String toString() {
    return section + ": " + sends;
  }
}
