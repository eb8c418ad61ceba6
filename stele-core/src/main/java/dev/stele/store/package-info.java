/**
 * The store as the rest of the house sees it: one {@link dev.stele.store.AgentStore} per agent, snapshots to read from,
 * atomic writes, a totally ordered change log. Implementations live in packages below.
 */
@NullMarked
package dev.stele.store;

import org.jspecify.annotations.NullMarked;
