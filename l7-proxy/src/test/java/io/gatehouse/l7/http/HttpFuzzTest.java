package io.gatehouse.l7.http;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gatehouse.testkit.FuzzSearch;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Both parsers, and the reader of chunks, under Jazzer. */
class HttpFuzzTest {

  @FuzzTest
  void readsOrRefusesAnyRequests(byte[] octets) {
    AnyMessage.checkRequests(octets);
  }

  @FuzzTest
  void readsOrRefusesAnyResponse(byte[] octets) {
    AnyMessage.checkResponse(octets);
  }

  @FuzzTest
  void readsOrRefusesAnyChunks(byte[] octets) {
    AnyMessage.checkChunks(octets);
  }

  @TestFactory
  Stream<DynamicTest> search() {
    return FuzzSearch.of(HttpFuzzTest.class);
  }
}
