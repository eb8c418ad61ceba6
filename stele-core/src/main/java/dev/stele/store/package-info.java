/**
 * Storage interfaces that the rest of the architecture depends on. An {@link dev.stele.store.AgentStore} per agent
 * offers consistent read snapshots, atomic writes and a totally ordered change log. Implementations are in the
 * subpackages.
 */
@NullMarked
package dev.stele.store;

import org.jspecify.annotations.NullMarked;
