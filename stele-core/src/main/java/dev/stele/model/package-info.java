/** What memory is made of: immutable records, their identifiers, their JSON form, and the errors everything speaks in. */
@NullMarked
package dev.stele.model;

import org.jspecify.annotations.NullMarked;
