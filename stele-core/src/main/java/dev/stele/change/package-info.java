/**
 * Following of the change log of an agent, see {@link dev.stele.change.ChangeFollower}, obtained from {@code
 * AgentMemory.follow}.
 */
@NullMarked
package dev.stele.change;

import org.jspecify.annotations.NullMarked;
