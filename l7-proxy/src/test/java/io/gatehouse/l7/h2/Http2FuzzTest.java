package io.gatehouse.l7.h2;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gatehouse.testkit.FuzzSearch;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Frames and field sections under Jazzer, and on to the heads that backends get. */
class Http2FuzzTest {

  @FuzzTest
  void readsOrRefusesAnyFrames(byte[] octets) {
    AnyFrames.check(octets);
  }

  @TestFactory
  Stream<DynamicTest> search() {
    return FuzzSearch.of(Http2FuzzTest.class);
  }
}
