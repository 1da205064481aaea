/** JSON: log lines, the admin API, diagnostics for machines. */
@NullMarked
package io.gatehouse.appliance.json;

import org.jspecify.annotations.NullMarked;
