/** What recall searches in: analysed words, embeddings, and a picture in memory of an agent's live items. */
@NullMarked
package dev.stele.index;

import org.jspecify.annotations.NullMarked;
