/**
 * What an operator touches: the configuration file, the command line, the admin API, and the wiring
 * of one node. Start reading at {@code Main}.
 */
@NullMarked
package io.gatehouse.appliance;

import org.jspecify.annotations.NullMarked;
