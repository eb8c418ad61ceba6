/**
 * Settings of a memory: {@link dev.stele.config.SteleConfig} with its parts, and
 * {@link dev.stele.config.SteleModels}, the models that a memory uses. Immutable values; no behavior.
 */
@NullMarked
package dev.stele.config;

import org.jspecify.annotations.NullMarked;
