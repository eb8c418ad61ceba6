/** Ranked retrieval: queries, the signals that rank, their fusion, and answers that say why. */
@NullMarked
package dev.stele.recall;

import org.jspecify.annotations.NullMarked;
