/** That real peers can be had, each way. */
@NullMarked
package io.gatehouse.tests.peer;

import org.jspecify.annotations.NullMarked;
