/**
 * A read-only part of openCypher 9. A query is parsed by a grammar that has no clause that writes, checked, and run step by step:
 * where a pattern begins and each relation that it follows is asked of the store by its indexes, and what is done with values is
 * done here, since SQL compares values of different types in another way than openCypher.
 */
@NullMarked
package dev.stele.graph.cypher;

import org.jspecify.annotations.NullMarked;
