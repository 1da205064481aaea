/**
 * Consistent hashing by several methods, to see how evenly they spread and how little they move.
 */
@NullMarked
package io.gatehouse.benchmarks.hashing;

import org.jspecify.annotations.NullMarked;
