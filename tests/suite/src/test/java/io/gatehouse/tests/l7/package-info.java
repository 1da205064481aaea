/**
 * The L7 tier as it runs, between raw clients and backends of others and of our own: what it makes
 * of each published trick, whether everyone behind it agrees on where a request ends, and what
 * hostile clients cost. Start at {@code DifferentialTest}.
 */
@NullMarked
package io.gatehouse.tests.l7;

import org.jspecify.annotations.NullMarked;
