/**
 * Extraction of notes and graph facts from an interaction. The package is pure: it reads its input, returns proposals
 * and writes nothing.
 *
 * <p>Flow: the reflection worker builds an {@link dev.stele.extract.ExtractionInput} and calls the entry point, {@link
 * dev.stele.extract.Extractor#propose}. {@link dev.stele.extract.ModelExtractor} asks a language model, validates the
 * reply against the messages, and falls back to {@link dev.stele.extract.RuleExtractor}. The rules split a message into
 * clauses ({@link dev.stele.extract.StatementParser}), match each clause against a table of English sentence patterns,
 * and interpret the match as a {@link dev.stele.extract.Statement} in the third person, possibly with a {@link
 * dev.stele.extract.Slot}. A sentence that refers to the one before by a pronoun is completed first ({@link
 * dev.stele.extract.PronounReferences}). A message in German or Spanish is read by the plain facts of a grammar file of
 * its language ({@link dev.stele.extract.PlainFactGrammar}). The result is a {@link dev.stele.extract.Proposals}; {@code
 * dev.stele.reflect} compares it with the existing notes.
 */
@NullMarked
package dev.stele.extract;

import org.jspecify.annotations.NullMarked;
