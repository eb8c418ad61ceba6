package dev.stele.store;

import java.util.Optional;

/**
 * What is derived from an item's text before it is written, so that the writer need not think.
 *
 * @param rules by which the terms were analysed
 * @param body analysed terms of the content, separated by blanks
 * @param context analysed terms of speaker and date
 * @param length number of terms in both
 * @param traits what a ranking wants to know of the content beyond its words, as bits
 * @param embedding the vector, or empty when there is no model or it failed; it is made up for later
 */
public record IndexEntry(
        String rules, String body, String context, int length, int traits, Optional<Embedding> embedding) {}
