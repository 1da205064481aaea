/** Clients that ask at a constant rate and measure how long each answer takes. */
@NullMarked
package io.gatehouse.benchmarks.latency;

import org.jspecify.annotations.NullMarked;
