package io.gatehouse.membership;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does to the keys what queries ask for, on a thread of its own since the disk may be slow. Owned
 * by the ring's loop.
 */
final class KeyChanges {
  private static final Logger log = LoggerFactory.getLogger(KeyChanges.class);

  /** Requests under way at once; operators make one after the other. */
  private static final int MAX_PENDING = 16;

  private final KeyRing keys;
  private final EventLoop loop;
  private int pending;

  KeyChanges(KeyRing keys, EventLoop loop) {
    this.keys = keys;
    this.loop = loop;
  }

  /** Gives the answer on the loop, later. */
  void request(KeyRequest request, Consumer<KeyRequest.Answer> onAnswer) {
    if (pending >= MAX_PENDING) {
      loop.execute(() -> onAnswer.accept(KeyRequest.Answer.failed("too many requests at once")));
      return;
    }
    pending++;
    Thread.ofVirtual()
        .name("ring-keys")
        .start(
            () -> {
              KeyRequest.Answer answer = answer(request);
              loop.execute(
                  () -> {
                    pending--;
                    onAnswer.accept(answer);
                  });
            });
  }

  private KeyRequest.Answer answer(KeyRequest request) {
    KeyRequest.Answer answer;
    try {
      answer = KeyRequest.Answer.ok(perform(request));
    } catch (KeyRing.KeyChangeException | IllegalArgumentException e) {
      answer = KeyRequest.Answer.failed(String.valueOf(e.getMessage()));
    }
    log.atInfo()
        .addKeyValue("action", request.action())
        .addKeyValue("done", answer.done())
        .addKeyValue("cause", answer.text())
        .log("the ring's keys were asked for by a query");
    return answer;
  }

  private List<String> perform(KeyRequest request) throws KeyRing.KeyChangeException {
    switch (request.action()) {
      case INSTALL -> keys.install(GossipKey.of(request.key()));
      case USE -> keys.use(GossipKey.of(request.key()));
      case REMOVE -> keys.remove(GossipKey.of(request.key()));
      case LIST -> {
        if (!keys.encrypts()) {
          throw new IllegalArgumentException("the ring is not encrypted");
        }
        var listed = new ArrayList<String>();
        keys.keys().forEach(key -> listed.add(key.base64()));
        return listed;
      }
    }
    return List.of();
  }
}
