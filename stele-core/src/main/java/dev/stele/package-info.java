/**
 * Public API: {@link dev.stele.Stele} opens a data directory or database server, {@link dev.stele.AgentMemory} is the
 * memory of one agent.
 */
@NullMarked
package dev.stele;

import org.jspecify.annotations.NullMarked;
