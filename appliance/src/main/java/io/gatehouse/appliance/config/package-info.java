/**
 * The configuration file of the whole front door, from bytes to immutable records. Start reading at
 * {@link io.gatehouse.appliance.config.FrontDoorFile}; what every key means stands in the classes
 * named {@code …Section}, from which binding, the JSON Schema and the reference are all derived.
 *
 * <p>In order: {@code YamlTree} parses text into nodes with positions, the sections bind nodes to
 * records, {@code CrossChecks} and {@code CertificateFiles} judge what no single key can, and
 * {@code FrontDoor.planFor} cuts out what one node needs. Every step reports what it finds to
 * {@code Findings} and goes on, so that an operator sees all mistakes at once.
 */
@NullMarked
package io.gatehouse.appliance.config;

import org.jspecify.annotations.NullMarked;
