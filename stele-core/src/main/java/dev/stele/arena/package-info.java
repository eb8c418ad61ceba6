/**
 * Off-heap memory of six kinds, with budgets and statistics. {@link dev.stele.arena.Arenas} pools slabs once per
 * process and reuses them; every instance has an {@link dev.stele.arena.ArenaAccount} with its own budgets. Memory
 * released by one kind is never reused by another kind.
 */
@NullMarked
package dev.stele.arena;

import org.jspecify.annotations.NullMarked;
