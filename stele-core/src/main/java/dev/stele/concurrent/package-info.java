/**
 * Threads by kind of work, and limits on what one piece of work may use. Depends on {@code model} for its errors only.
 */
@NullMarked
package dev.stele.concurrent;

import org.jspecify.annotations.NullMarked;
