package io.gatehouse.l4;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * The reader under Jazzer. An ordinary run replays the inputs under {@code
 * src/test/resources/io/gatehouse/l4/ClientHelloFuzzTestInputs}; with {@code JAZZER_FUZZ=1} in the
 * environment and {@code -Dtest=ClientHelloFuzzTest} it searches for new ones.
 */
class ClientHelloFuzzTest {

  @FuzzTest(maxDuration = "60s")
  void readsOrRefusesAnyBytes(byte[] bytes) {
    AnyHello.check(bytes);
  }
}
