/**
 * Real peers for tests: HAProxy, nginx, Serf, Redis and the like, run as a local binary where one
 * is installed, else as a container, else the test is skipped with the reason. Start reading at
 * {@link io.gatehouse.testkit.peer.Peer}.
 */
@NullMarked
package io.gatehouse.testkit.peer;

import org.jspecify.annotations.NullMarked;
