package io.gatehouse.testkit;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Fails the run when Netty's leak detector finds a buffer that was collected before it was
 * released. Registered as a service that JUnit detects, so it covers every test of every module
 * that depends on the test kit.
 *
 * <p>The check belongs to the whole run, not to one class: event loops release late, and a buffer
 * is known to be lost only when it has been collected. It is what JUnit closes last, and what it
 * throws there is reported as a failure of the run, with the place where each lost buffer was
 * allocated.
 */
public final class LeakCheck implements BeforeAllCallback {
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

  /** Enough for chains of buffers of which each keeps the next alive. */
  private static final int MAX_SWEEPS = 5;

  private static final long COLLECT_TIMEOUT_MILLIS = 2_000;

  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getRoot()
        .getStore(Namespace.create(LeakCheck.class))
        .computeIfAbsent(Run.class, _ -> new Run(), Run.class);
  }

  /** From the first test class to the end. */
  private static final class Run implements AutoCloseable {
    Run() {
      ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new RecordingFactory());
    }

    @Override
    public void close() {
      for (int sweep = 0; sweep < MAX_SWEEPS; sweep++) {
        int found = LEAKS.size();
        collectGarbage();
        // Netty reports what was collected when it next allocates.
        PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
        if (sweep > 0 && LEAKS.size() == found) {
          break;
        }
      }
      if (!LEAKS.isEmpty()) {
        throw new AssertionError(
            "%d buffer leak(s):%n%s".formatted(LEAKS.size(), String.join("\n", LEAKS)));
      }
    }

    /** Returns when the collector has queued what it found, not only found it. */
    private static void collectGarbage() {
      var queue = new ReferenceQueue<Object>();
      var witness = new WeakReference<>(new Object(), queue);
      System.gc();
      try {
        queue.remove(COLLECT_TIMEOUT_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while looking for buffer leaks", e);
      }
      witness.clear();
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
      LEAKS.add("leak of " + resourceType + ownFrames(records));
      super.reportTracedLeak(resourceType, records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      LEAKS.add("leak of " + resourceType);
      super.reportUntracedLeak(resourceType);
    }

    /** Without what lies between the test and the main method: it is the same for each. */
    private static String ownFrames(String records) {
      return records
          .lines()
          .filter(line -> !line.contains("\torg.junit.") && !line.contains("\torg.apache.maven."))
          .collect(Collectors.joining("\n"));
    }
  }
}
