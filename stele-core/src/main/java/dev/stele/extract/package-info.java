/**
 * Extraction of notes and graph facts from an interaction, by rules ({@link dev.stele.extract.RuleExtractor}) or by a language
 * model ({@link dev.stele.extract.ModelExtractor}). Pure: reads an {@link dev.stele.extract.ExtractionInput}, returns
 * {@link dev.stele.extract.Proposals}, writes nothing.
 */
@NullMarked
package dev.stele.extract;

import org.jspecify.annotations.NullMarked;
