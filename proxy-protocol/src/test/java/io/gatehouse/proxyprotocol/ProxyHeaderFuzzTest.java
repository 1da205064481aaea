package io.gatehouse.proxyprotocol;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gatehouse.testkit.FuzzSearch;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The decoder under Jazzer. */
class ProxyHeaderFuzzTest {

  @FuzzTest
  void decodesOrRefusesAnyBytes(byte[] bytes) {
    ProxyHeaderPropertiesTest.AnyBytes.check(bytes);
  }

  @TestFactory
  Stream<DynamicTest> search() {
    return FuzzSearch.of(ProxyHeaderFuzzTest.class);
  }
}
