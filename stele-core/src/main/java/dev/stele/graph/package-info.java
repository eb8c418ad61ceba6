/**
 * The knowledge graph: how entities and relations come to be, change and end, and what can be asked of them. Writes run inside an
 * edit of the store, reads inside a view of it; nothing here holds state.
 */
@NullMarked
package dev.stele.graph;

import org.jspecify.annotations.NullMarked;
