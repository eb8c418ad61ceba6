package dev.stele.store;

import java.util.Optional;

/**
 * Data derived from an item's text before the write transaction, so that the writer thread does no analysis.
 *
 * @param rules analyzer version with which the terms were produced
 * @param body analyzed terms of the content, separated by spaces
 * @param context analyzed terms of speaker and date
 * @param length number of terms in {@code body} and {@code context}
 * @param traits bit set of content properties that ranking uses besides the terms
 * @param form hash of what the content says, see {@link dev.stele.analysis.StatementForm#hash}; 0 if it is not known
 * @param embedding the vector; empty if there is no model or the model failed, in which case the vector is computed
 *     later in the background
 */
public record IndexEntry(
        String rules, String body, String context, int length, int traits, long form, Optional<Embedding> embedding) {}
