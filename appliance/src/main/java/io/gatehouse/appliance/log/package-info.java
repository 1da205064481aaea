/**
 * What a node says: operational lines to standard error, the access log to where the configuration
 * puts it, both one JSON object a line.
 */
@NullMarked
package io.gatehouse.appliance.log;

import org.jspecify.annotations.NullMarked;
