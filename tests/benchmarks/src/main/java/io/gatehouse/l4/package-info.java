/** Measures what the L4 tier keeps to its package. */
@NullMarked
package io.gatehouse.l4;

import org.jspecify.annotations.NullMarked;
