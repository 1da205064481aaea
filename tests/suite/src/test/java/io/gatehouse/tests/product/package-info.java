/** The running product, seen from outside. */
@NullMarked
package io.gatehouse.tests.product;

import org.jspecify.annotations.NullMarked;
