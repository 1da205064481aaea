/** {@code gatehouse status}: a node's {@code /status} as tables for a person. */
@NullMarked
package io.gatehouse.appliance.status;

import org.jspecify.annotations.NullMarked;
