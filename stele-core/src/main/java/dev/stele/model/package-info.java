/**
 * Data model of the memory: immutable records, their identifiers, their JSON form, and the exceptions of the public
 * API.
 */
@NullMarked
package dev.stele.model;

import org.jspecify.annotations.NullMarked;
