/** Embedding models: in the process, of services, from files. */
@NullMarked
package dev.stele.models;

import org.jspecify.annotations.NullMarked;
