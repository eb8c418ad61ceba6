/** Background jobs that survive the process which took them on. */
@NullMarked
package dev.stele.task;

import org.jspecify.annotations.NullMarked;
