/** {@code gatehouse demo}: a whole front door on loopback, and the check that it works. */
@NullMarked
package io.gatehouse.appliance.demo;

import org.jspecify.annotations.NullMarked;
