/** The command {@code stele}. */
@NullMarked
package dev.stele.cli;

import org.jspecify.annotations.NullMarked;
