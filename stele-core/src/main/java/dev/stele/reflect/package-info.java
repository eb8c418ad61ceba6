/**
 * Reflection: comparison of proposals with the existing notes of a user, and consolidation of these notes. The package
 * writes nothing: it decides and plans, and the caller stores the result.
 *
 * <p>Flow of a reflection step: the reflection worker takes a pending interaction, lets an {@link
 * dev.stele.extract.Extractor} propose notes and facts, and asks {@link dev.stele.reflect.Novelty#of} for a verdict on
 * each proposed note: new, duplicate, replacement, past or unsure. A {@link dev.stele.extract.Slot} with one value at a
 * time decides before similarity does. The caller stores the notes according to the verdicts.
 *
 * <p>Flow of a consolidation: {@link dev.stele.reflect.ConsolidationPlanner} asks a language model for
 * {@link dev.stele.reflect.Operation operations} or validates the given ones, and returns a
 * {@link dev.stele.reflect.ConsolidationPlanner.Plan} with the allowed and the refused operations.
 */
@NullMarked
package dev.stele.reflect;

import org.jspecify.annotations.NullMarked;
