package io.gatehouse.l7.tls;

import io.gatehouse.l7.ListenerConfig.Ocsp;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks an OCSP responder over HTTP (RFC 6960 appendix A), without waiting: one question at a time.
 * Owned by the thread of {@link TlsUpkeep}.
 */
final class OcspClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final long MAX_RESPONSE_BYTES = 64 * 1024;
  private static final int OK = 200;

  private @Nullable HttpClient http;
  private @Nullable CompletableFuture<HttpResponse<byte[]>> asked;

  /**
   * Takes the answer if there is one, else asks if it is time to.
   *
   * @return the answer; null if none has come yet
   * @throws IOException if the responder can't be reached or refuses
   * @throws IllegalArgumentException if there is no responder to ask
   */
  byte @Nullable [] poll(Ocsp.Fetched source, KeyPairFile pair, boolean due) throws IOException {
    var running = asked;
    if (running != null) {
      if (!running.isDone()) {
        return null;
      }
      asked = null;
      return body(running);
    }
    if (due) {
      asked = ask(source, pair);
    }
    return null;
  }

  /** Forgets a question that was asked. */
  void cancel() {
    if (asked != null) {
      asked.cancel(true);
      asked = null;
    }
  }

  private CompletableFuture<HttpResponse<byte[]>> ask(Ocsp.Fetched source, KeyPairFile pair) {
    if (pair.chain().size() < 2) {
      throw new IllegalArgumentException(
          "the chain file holds no certificate of the issuer, which the question names");
    }
    URI responder = source.responder();
    if (responder == null) {
      responder =
          OcspMessages.responder(pair.leaf())
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "the certificate names no responder; configure one or none"));
    }
    var request =
        HttpRequest.newBuilder(responder)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/ocsp-request")
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    OcspMessages.request(pair.leaf(), pair.chain().get(1))))
            .build();
    if (http == null) {
      http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(TIMEOUT)
              .build();
    }
    return http.sendAsync(
        request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_RESPONSE_BYTES));
  }

  private static byte[] body(CompletableFuture<HttpResponse<byte[]>> done) throws IOException {
    try {
      var response = done.join();
      if (response.statusCode() != OK) {
        throw new IOException(
            "the responder %s answers %d".formatted(response.uri(), response.statusCode()));
      }
      return response.body();
    } catch (CompletionException e) {
      throw new IOException("the responder can't be asked: " + e.getCause(), e);
    }
  }
}
