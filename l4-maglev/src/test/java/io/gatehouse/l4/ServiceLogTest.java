package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

class ServiceLogTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 40_000);
  private static final long NOW = 1_000;

  private final Logger logger = (Logger) LoggerFactory.getLogger(ServiceLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final ServiceLog log = new ServiceLog("web", NOW);

  @BeforeEach
  void attach() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void detach() {
    logger.detachAppender(lines);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ADMITTED")
  void everyReasonHasACounterOfItsOwnAndALine(Admission why) {
    assertThat(Arrays.stream(Admission.values()).filter(a -> a.counter() == why.counter()))
        .containsExactly(why);
    assertThat(why.counter().metric()).isEqualTo("gatehouse_l4_connections_refused_total");
    assertThat(why.flags()).isNotEmpty();
    log.refused(why, CLIENT, NOW);
    assertThat(lines.list).hasSize(1);
    assertThat(lines.list.getFirst().getKeyValuePairs())
        .extracting(pair -> pair.key + "=" + pair.value)
        .contains("service=web", "reason=" + why.counter().reason(), "suppressed=0");
  }

  @Test
  void everyRefusalCounterIsAReason() {
    var counters = Arrays.stream(Admission.values()).map(Admission::counter).toList();
    assertThat(
            Arrays.stream(L4Counter.values())
                .filter(c -> c.metric().equals("gatehouse_l4_connections_refused_total")))
        .allSatisfy(counter -> assertThat(counters).contains(counter));
  }

  @Test
  void aReasonHasOneLinePerSecondAndHoldsNoOtherBack() {
    for (int i = 0; i < 10; i++) {
      log.refused(Admission.OVER_RATE, CLIENT, NOW + i);
    }
    log.refused(Admission.SERVER_NAME, CLIENT, NOW + 10);
    log.unhealthy("l7", CLIENT, NOW + 11);
    assertThat(suppressed()).containsExactly(0L, 0L, 0L);
    log.refused(Admission.OVER_RATE, CLIENT, NOW + SECONDS.toNanos(1));
    assertThat(suppressed()).containsExactly(0L, 0L, 0L, 9L);
  }

  private List<Object> suppressed() {
    return lines.list.stream()
        .flatMap(line -> line.getKeyValuePairs().stream())
        .filter(pair -> pair.key.equals("suppressed"))
        .map(pair -> pair.value)
        .toList();
  }
}
