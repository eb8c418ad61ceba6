package dev.stele.document;

/**
 * A part of a document under one heading.
 *
 * @param heading empty text for none
 * @param text paragraphs divided by empty lines
 */
public record Section(String heading, String text) {}
