package io.gatehouse.l7.http;

import io.gatehouse.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The engine under many thousands of seeded messages, valid and not. */
class HttpMutationTest {
  private static byte[] octets(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void readsOrRefusesMutatedRequestsTheSameHoweverTheyAreCut() {
    SeededCases.check(
        20_000,
        random ->
            AnyMessage.checkRequests(
                octets(RandomMessages.mutate(RandomMessages.requests(random), random))));
  }

  @Test
  void readsOrRefusesMutatedVectors() {
    SeededCases.check(
        10_000,
        random -> {
          var vector = RequestVectors.ALL.get(random.nextInt(RequestVectors.ALL.size()));
          AnyMessage.checkRequests(octets(RandomMessages.mutate(vector.head(), random)));
        });
  }

  @Test
  void readsOrRefusesMutatedResponses() {
    SeededCases.check(
        10_000,
        random -> {
          String request = RandomMessages.requests(random);
          String fields = request.substring(request.indexOf("\r\n"));
          AnyMessage.checkResponse(
              octets(RandomMessages.mutate("HTTP/1.1 200 OK" + fields, random)));
        });
  }

  @Test
  void readsOrRefusesMutatedChunks() {
    SeededCases.check(
        10_000,
        random ->
            AnyMessage.checkChunks(
                octets(RandomMessages.mutate(RandomMessages.chunks(random), random))));
  }

  @Test
  void readsOrRefusesAnyOctets() {
    SeededCases.check(
        5_000,
        random -> {
          byte[] octets = new byte[random.nextInt(200)];
          random.nextBytes(octets);
          AnyMessage.checkRequests(octets);
          AnyMessage.checkResponse(octets);
          AnyMessage.checkChunks(octets);
        });
  }
}
