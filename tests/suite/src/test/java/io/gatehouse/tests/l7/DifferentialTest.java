package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import io.gatehouse.testkit.peer.Peer;
import io.gatehouse.tests.l7.Conversation.Answer;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The same mutated requests through a running node to three backends that read HTTP by code of
 * their own: nginx, HAProxy and a strict recorder. Each tells of every request what it has read, so
 * where one of them sees another end, another body or one request more, the answers differ. A
 * backend may refuse a request that the others take, and closes then; that puts no end in doubt.
 *
 * <p>{@code -Dgatehouse.differential.cases=100000} makes it long; a failure names its seed, and
 * {@code -Dgatehouse.seed=N} plays that conversation alone.
 */
class DifferentialTest {
  private static final Logger log = LoggerFactory.getLogger(DifferentialTest.class);
  private static final int CASES = Integer.getInteger("gatehouse.differential.cases", 2_000);

  /** Above all methods in lower case (nginx) and fields that may not stand twice (nginx). */
  private static final int MAX_REFUSED_PERCENT = 2;

  private enum Backend {
    RECORDER,
    NGINX,
    HAPROXY
  }

  /** What the conversations came to. Confined to the test's thread. */
  private static final class Tally {
    final Map<Backend, Integer> refused = new EnumMap<>(Backend.class);
    int conversations;
    int requests;
    int toTheEnd;
  }

  private final Tally tally = new Tally();

  @Test
  void noTwoBackendsDisagreeOnWhereARequestEnds(@TempDir Path directory) throws Exception {
    try (var recorder = new Recorder();
        var behindNginx = new Recorder();
        var nginx = nginx(behindNginx);
        var haproxy = haproxy();
        var node = L7Node.start(directory, file(recorder, nginx, haproxy));
        var lanes = Executors.newVirtualThreadPerTaskExecutor()) {
      SeededCases.check(
          CASES,
          random -> {
            var conversations = converse(node, random, lanes);
            compare(conversations);
            sawNothingElse(recorder, conversations.recorder());
            sawNothingElse(behindNginx, conversations.nginx());
          });
      report();
      assertThat(node.count("upstream_unsolicited_total")).isZero();
      assertThat(node.count("upstream_failures_total")).isZero();
      assertThat(node.count("internal_errors_total")).isZero();
    }
  }

  /** The same octets by way of each backend. */
  private record Threefold(Conversation recorder, Conversation nginx, Conversation haproxy) {}

  private static Threefold converse(L7Node node, SplittableRandom random, ExecutorService lanes)
      throws Exception {
    byte[] octets = RandomConversation.of(random).getBytes(ISO_8859_1);
    var nginx = lanes.submit(() -> Conversation.of(node.address(Backend.NGINX.name()), octets));
    var haproxy = lanes.submit(() -> Conversation.of(node.address(Backend.HAPROXY.name()), octets));
    var recorder = Conversation.of(node.address(Backend.RECORDER.name()), octets);
    return new Threefold(recorder, nginx.get(), haproxy.get());
  }

  private void compare(Threefold conversations) {
    tally.conversations++;
    var expected = conversations.recorder();
    assertThat(expected.whole()).as("answers end where the connection ends").isTrue();
    tally.requests += (int) expected.answers().stream().filter(a -> a.seen().isPresent()).count();
    var last = expected.answers().getLast().seen();
    tally.toTheEnd += last.filter(seen -> seen.startsWith("GET /end")).isPresent() ? 1 : 0;
    compare(Backend.NGINX, expected.answers(), conversations.nginx().answers());
    compare(Backend.HAPROXY, expected.answers(), conversations.haproxy().answers());
  }

  private void compare(Backend backend, List<Answer> expected, List<Answer> actual) {
    var seenByRecorder = new ArrayList<String>();
    var seenByBackend = new ArrayList<String>();
    for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
      Optional<Answer> theirs = i < actual.size() ? Optional.of(actual.get(i)) : Optional.empty();
      Optional<Answer> ours = i < expected.size() ? Optional.of(expected.get(i)) : Optional.empty();
      if (theirs.isPresent() && ours.isPresent() && hasRefused(ours.get(), theirs.get())) {
        tally.refused.merge(backend, 1, Integer::sum);
        if (i == actual.size() - 1) {
          break; // and has closed
        }
        continue;
      }
      ours.ifPresent(answer -> seenByRecorder.add(answer.toString()));
      theirs.ifPresent(answer -> seenByBackend.add(answer.toString()));
    }
    assertThat(seenByBackend).as(backend.name()).isEqualTo(seenByRecorder);
  }

  /** Whether a backend has refused, by itself, what the recorder has taken. */
  private static boolean hasRefused(Answer recorders, Answer answer) {
    return recorders.seen().isPresent()
        && answer.seen().isEmpty()
        && answer.status() >= 400
        && answer.status() != 502
        && answer.status() < 505
        && !answer.isOwn();
  }

  /** No request but those that the client has answers to: none was smuggled. */
  private static void sawNothingElse(Recorder recorder, Conversation conversation) {
    assertThat(recorder.takeFaults()).isEmpty();
    assertThat(recorder.takeSeen())
        .isEqualTo(
            conversation.answers().stream().flatMap(answer -> answer.seen().stream()).toList());
  }

  private void report() {
    log.atInfo()
        .addKeyValue("conversations", tally.conversations)
        .addKeyValue("requestsSeen", tally.requests)
        .addKeyValue("toTheEnd", tally.toTheEnd)
        .addKeyValue("refusedByBackend", tally.refused)
        .log("no two backends disagreed");
    if (tally.conversations > 1) {
      assertThat(tally.requests).as("most are not refused").isGreaterThan(tally.conversations);
    }
    assertThat(tally.refused.values())
        .allSatisfy(
            count -> assertThat(100 * count).isLessThan(MAX_REFUSED_PERCENT * tally.requests));
  }

  private static String file(Recorder recorder, Peer nginx, Peer haproxy) {
    var text = new StringBuilder("listeners:\n");
    for (var backend : Backend.values()) {
      text.append(
          "  %1$s: { port: ${port:%1$s}, limits: { maxBody: %2$dB } }\n"
              .formatted(backend.name(), RandomConversation.MAX_BODY_BYTES));
    }
    text.append("routes:\n");
    for (var backend : Backend.values()) {
      text.append("  - { name: %1$s, listener: %1$s, pool: %1$s }\n".formatted(backend.name()));
    }
    text.append("pools:\n");
    text.append(pool(Backend.RECORDER, recorder.address()));
    text.append(pool(Backend.NGINX, nginx.address("web")));
    text.append(pool(Backend.HAPROXY, haproxy.address("web")));
    return text.toString();
  }

  private static String pool(Backend backend, InetSocketAddress address) {
    return "  %s: { endpoints: [\"127.0.0.1:%d\"], healthCheck: off }\n"
        .formatted(backend.name(), address.getPort());
  }

  /** Reads the whole body before it passes a request on to the recorder behind it. */
  private static Peer nginx(Recorder behind) {
    return Peer.nginx(
        """
        events {}
        http {
          ${temp_paths}
          access_log off;
          keepalive_requests 1000000000;
          keepalive_timeout 600s;
          ignore_invalid_headers off;
          underscores_in_headers on;
          client_body_buffer_size 64k;
          large_client_header_buffers 4 64k;
          upstream recorder { server 127.0.0.1:%d; keepalive 16; keepalive_requests 1000000000; }
          server {
            listen 127.0.0.1:${port:web};
            location / {
              proxy_pass http://recorder;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_set_header Host a.example;
            }
          }
        }
        """
            .formatted(behind.address().getPort()));
  }

  /** Answers by itself, once it has the whole body. */
  private static Peer haproxy() {
    return Peer.haproxy(
        """
        global
          tune.bufsize 65536
        defaults
          mode http
          timeout client 600s
          timeout http-request 600s
          timeout http-keep-alive 600s
        frontend web
          bind 127.0.0.1:${port:web}
          option http-buffer-request
          http-request return status 200 content-type text/plain string ok hdr %s "%%[method] %%[url] =%%[req.body,hex]"
        """
            .formatted(Recorder.FIELD));
  }
}
