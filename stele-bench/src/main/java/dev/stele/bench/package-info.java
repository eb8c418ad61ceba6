/** Measurements: retrieval quality and speed, each beside what it is compared with. */
@NullMarked
package dev.stele.bench;

import org.jspecify.annotations.NullMarked;
