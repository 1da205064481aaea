/**
 * The L4 tier from outside: the built product between clients and endpoints that these tests play.
 * {@link L4SoakTest} runs random connections through it; each is a {@link SoakScript} that two
 * {@link ScriptedEnd}s play. {@link DataPlaneTest} holds each data plane to the same promises, one
 * at a time.
 */
@NullMarked
package io.gatehouse.tests.l4;

import org.jspecify.annotations.NullMarked;
