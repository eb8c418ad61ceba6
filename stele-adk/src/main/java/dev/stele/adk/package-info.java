/**
 * Services of Google's Agent Development Kit for Java over a memory: {@link dev.stele.adk.SteleSessionService} keeps
 * sessions with their events and state, {@link dev.stele.adk.SteleMemoryService} finds what was said in them. An
 * application of the kit is an agent of the memory, so its name must be a valid name of an agent.
 */
@NullMarked
package dev.stele.adk;

import org.jspecify.annotations.NullMarked;
