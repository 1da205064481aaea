/** Which route a request takes: {@link io.gatehouse.l7.route.RouteTable}. */
@NullMarked
package io.gatehouse.l7.route;

import org.jspecify.annotations.NullMarked;
