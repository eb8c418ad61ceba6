/** Durable background tasks, which outlive the process that submitted them. */
@NullMarked
package dev.stele.task;

import org.jspecify.annotations.NullMarked;
