/** What a node shows to its operator on the admin port: metrics, health, readiness, status. */
@NullMarked
package io.gatehouse.appliance.admin;

import org.jspecify.annotations.NullMarked;
