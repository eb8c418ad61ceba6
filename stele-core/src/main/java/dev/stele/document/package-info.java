/** Cutting documents into passages. */
@NullMarked
package dev.stele.document;

import org.jspecify.annotations.NullMarked;
