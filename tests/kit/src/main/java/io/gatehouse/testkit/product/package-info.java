/** The built product, run as an operator runs it, for end-to-end tests. */
@NullMarked
package io.gatehouse.testkit.product;

import org.jspecify.annotations.NullMarked;
