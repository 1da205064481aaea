package io.gatehouse.testkit;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/**
 * Fails the run when Netty's leak detector finds a buffer that was collected before it was
 * released. Registered as a service, so it covers every test of every module that depends on the
 * test kit.
 *
 * <p>Netty reports a leak only when it next allocates, so the end of the run collects garbage and
 * allocates until no more is reported.
 */
public final class LeakCheck implements TestExecutionListener {
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();
  private static final int SWEEPS = 5;

  @Override
  public void testPlanExecutionStarted(TestPlan testPlan) {
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new RecordingFactory());
  }

  @Override
  public void testPlanExecutionFinished(TestPlan testPlan) {
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      System.gc();
      for (int i = 0; i < 16; i++) {
        io.netty.buffer.PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
      }
    }
    if (!LEAKS.isEmpty()) {
      LEAKS.forEach(System.err::println);
      System.err.println(LEAKS.size() + " buffer leak(s): the run fails");
      // An exception here would only be logged by the launcher; the exit code is what counts.
      Runtime.getRuntime().halt(1);
    }
  }

  private static final class RecordingFactory extends ResourceLeakDetectorFactory {
    @Override
    @Deprecated // abstract in Netty, so it must be there
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval, long maxActive) {
      return newResourceLeakDetector(resource, samplingInterval);
    }

    @Override
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval) {
      return new RecordingDetector<>(resource, samplingInterval);
    }
  }

  private static final class RecordingDetector<T> extends ResourceLeakDetector<T> {
    RecordingDetector(Class<?> resourceType, int samplingInterval) {
      super(resourceType, samplingInterval);
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      LEAKS.add("leak of " + resourceType + records);
      super.reportTracedLeak(resourceType, records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      LEAKS.add("leak of " + resourceType);
      super.reportUntracedLeak(resourceType);
    }
  }
}
