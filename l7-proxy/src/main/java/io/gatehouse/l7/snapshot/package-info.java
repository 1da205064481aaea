/** What the data path reads: {@link io.gatehouse.l7.snapshot.L7Snapshot}, published as a whole. */
@NullMarked
package io.gatehouse.l7.snapshot;

import org.jspecify.annotations.NullMarked;
