/** Embedding models that run in the process. */
@NullMarked
package dev.stele.models;

import org.jspecify.annotations.NullMarked;
