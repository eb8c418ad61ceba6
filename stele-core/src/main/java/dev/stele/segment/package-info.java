/**
 * Segments: texts with vectors that callers computed, in collections. {@link dev.stele.segment.Segments} is the entry
 * point, obtained from {@link dev.stele.AgentMemory#segments}.
 */
@NullMarked
package dev.stele.segment;

import org.jspecify.annotations.NullMarked;
