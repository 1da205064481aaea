package io.gatehouse.l4;

import io.gatehouse.l4.MaglevTable.Backend;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** How long a table of 1,000 backends takes to build, from their names to the last entry. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class MaglevBuildBenchmark {
  private static final List<Backend> FLEET =
      IntStream.range(0, 1000).mapToObj(i -> new Backend("edge-" + i, 1)).toList();

  /** M. */
  @Param({"65537", "655373"})
  public int entries;

  /** Builds one table; what is returned cannot be optimized away. */
  @Benchmark
  public Object build() {
    return MaglevTable.build(FLEET, entries);
  }
}
