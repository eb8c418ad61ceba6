/**
 * Options of a memory: {@link dev.stele.config.SteleConfig} and the records it consists of. Immutable values; no behavior.
 */
@NullMarked
package dev.stele.config;

import org.jspecify.annotations.NullMarked;
