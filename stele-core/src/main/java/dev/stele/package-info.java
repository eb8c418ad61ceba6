/** The door: {@link dev.stele.Stele} opens a data directory, {@link dev.stele.AgentMemory} is one agent's memory. */
@NullMarked
package dev.stele;

import org.jspecify.annotations.NullMarked;
