package io.gatehouse.l4;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gatehouse.testkit.FuzzSearch;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The reader under Jazzer. */
class ClientHelloFuzzTest {

  @FuzzTest
  void readsOrRefusesAnyBytes(byte[] bytes) {
    AnyHello.check(bytes);
  }

  @TestFactory
  Stream<DynamicTest> search() {
    return FuzzSearch.of(ClientHelloFuzzTest.class);
  }
}
