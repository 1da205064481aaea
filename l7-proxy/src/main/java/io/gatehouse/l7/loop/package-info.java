/**
 * What one event loop has for itself: a clock that is read once per batch of events, a tick that
 * looks after every connection's deadlines, counters, randomness, and a log that can't be flooded.
 */
@NullMarked
package io.gatehouse.l7.loop;

import org.jspecify.annotations.NullMarked;
