/** What {@code tests/benchmarks/run} starts in a JVM of its own. */
@NullMarked
package io.gatehouse.benchmarks;

import org.jspecify.annotations.NullMarked;
