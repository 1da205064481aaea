package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gatehouse.health.EvidenceState.MalformedStateException;
import io.gatehouse.health.ReportReader.NoReportException;
import io.gatehouse.testkit.FuzzSearch;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What comes from other nodes and from endpoints, under Jazzer. */
class HealthFuzzTest {

  /** Lines that are taken are written again as something that reads the same. */
  @FuzzTest
  void readsLinesOrLeavesThemOut(byte[] bytes) {
    for (var evidence : EvidenceText.read(bytes)) {
      var again = EvidenceText.read(EvidenceText.line(evidence).getBytes(UTF_8));
      if (again.size() != 1 || !again.getFirst().equals(evidence)) {
        throw new AssertionError(evidence + " became " + again);
      }
    }
    Hint.read(bytes);
  }

  @FuzzTest
  void readsATableOrRefusesIt(byte[] bytes) {
    try {
      var table = EvidenceState.read(bytes);
      if (!EvidenceState.read(EvidenceState.write(table, Integer.MAX_VALUE)).equals(table)) {
        throw new AssertionError("the table is not written as it was read");
      }
    } catch (MalformedStateException e) {
      // refused
    }
  }

  @FuzzTest
  void readsAReportOrRefusesIt(byte[] bytes) {
    try {
      var report = ReportReader.read(bytes);
      if (report.weightPercent() < 0 || report.weightPercent() > Report.FULL_WEIGHT) {
        throw new AssertionError(report.toString());
      }
    } catch (NoReportException e) {
      // refused
    }
    GrpcHealth.status(bytes);
  }

  @TestFactory
  Stream<DynamicTest> search() {
    return FuzzSearch.of(HealthFuzzTest.class);
  }
}
