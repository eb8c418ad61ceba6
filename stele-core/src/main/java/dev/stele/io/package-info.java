/** Files that are durable, appear whole or not at all, and are readable by their owner only. */
@NullMarked
package dev.stele.io;

import org.jspecify.annotations.NullMarked;
