/**
 * Off-heap memory in six kinds, bounded and counted. Pools of slabs are made once per process and reused; every instance
 * has an account with budgets of its own. A block freed by one kind never serves another.
 */
@NullMarked
package dev.stele.arena;

import org.jspecify.annotations.NullMarked;
