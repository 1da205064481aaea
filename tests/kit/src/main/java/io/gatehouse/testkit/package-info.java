/**
 * What the tests of every module share: leak detection that fails a run, seeded generators, real
 * peers.
 */
@NullMarked
package io.gatehouse.testkit;

import org.jspecify.annotations.NullMarked;
