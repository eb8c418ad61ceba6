/**
 * Knowledge graph: creation, change and retirement of entities and relations, and queries over them. Writes run inside
 * an edit of the store, reads inside a view; the classes of this package hold no persistent state.
 */
@NullMarked
package dev.stele.graph;

import org.jspecify.annotations.NullMarked;
