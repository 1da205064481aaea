package io.gatehouse.l7.http;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * The engine under Jazzer. An ordinary run replays the inputs under {@code
 * src/test/resources/io/gatehouse/l7/http/HttpFuzzTestInputs}; with {@code JAZZER_FUZZ=1} in the
 * environment and {@code -Dtest=HttpFuzzTest#readsOrRefusesAnyRequests} it searches for new ones.
 */
class HttpFuzzTest {

  @FuzzTest(maxDuration = "60s")
  void readsOrRefusesAnyRequests(byte[] octets) {
    AnyMessage.checkRequests(octets);
  }

  @FuzzTest(maxDuration = "60s")
  void readsOrRefusesAnyResponse(byte[] octets) {
    AnyMessage.checkResponse(octets);
  }

  @FuzzTest(maxDuration = "60s")
  void readsOrRefusesAnyChunks(byte[] octets) {
    AnyMessage.checkChunks(octets);
  }
}
