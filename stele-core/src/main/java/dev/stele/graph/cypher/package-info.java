/**
 * Read-only subset of openCypher 9. A query is parsed by a grammar without writing clauses, checked, and executed step
 * by step. The start nodes of a pattern and each relation that it follows are read from the indexes of the store.
 * Values are processed in this package, because SQL compares values of different types in another way than openCypher.
 */
@NullMarked
package dev.stele.graph.cypher;

import org.jspecify.annotations.NullMarked;
