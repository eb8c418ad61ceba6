/**
 * Extraction of text from documents: plain text, Markdown, HTML and PDF.
 *
 * <p>{@link dev.stele.server.documents.DocumentParser} is the entry point. It runs the parsers in separate processes
 * with limits for time and memory, because documents come from untrusted sources.
 */
@NullMarked
package dev.stele.server.documents;

import org.jspecify.annotations.NullMarked;
