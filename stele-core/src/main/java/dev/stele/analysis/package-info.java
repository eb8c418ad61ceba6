/**
 * Text analysis: splits text into the terms of the keyword index, per language, and builds the text that is embedded
 * for each kind of item. {@link dev.stele.analysis.Analyzers} is the entry point. Pure functions; no I/O.
 */
@NullMarked
package dev.stele.analysis;

import org.jspecify.annotations.NullMarked;
