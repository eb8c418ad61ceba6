/**
 * Options of a memory: what {@code SteleConfig} consists of. Immutable values; no behavior.
 */
@NullMarked
package dev.stele.config;

import org.jspecify.annotations.NullMarked;
