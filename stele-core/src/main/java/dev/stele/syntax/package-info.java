/**
 * Syntax analysis of one sentence at a time: {@link dev.stele.syntax.SentenceSplitter} finds the sentences of a text,
 * {@link dev.stele.syntax.Tokenizer} their tokens, and {@link dev.stele.syntax.PartOfSpeechTagger} the part of speech
 * of each token. Tokens keep their offsets, so a caller can return the words of the speaker byte for byte. {@link
 * dev.stele.syntax.VerbForms} maps English verb forms to lemmas. The package knows no fact and no meaning; {@code
 * dev.stele.extract} builds clauses from the tokens.
 */
@NullMarked
package dev.stele.syntax;

import org.jspecify.annotations.NullMarked;
