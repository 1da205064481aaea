package io.gatehouse.proxyprotocol;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * The decoder under Jazzer. An ordinary run replays the inputs under {@code
 * src/test/resources/io/gatehouse/proxyprotocol/ProxyHeaderFuzzTestInputs}; with {@code
 * JAZZER_FUZZ=1} in the environment and {@code -Dtest=ProxyHeaderFuzzTest} it searches for new
 * ones.
 */
class ProxyHeaderFuzzTest {

  @FuzzTest(maxDuration = "60s")
  void decodesOrRefusesAnyBytes(byte[] bytes) {
    ProxyHeaderPropertiesTest.AnyBytes.check(bytes);
  }
}
