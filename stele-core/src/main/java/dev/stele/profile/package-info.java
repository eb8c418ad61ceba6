/** Profile of an agent: persona, weekly schedule, current state, and access rules. */
@NullMarked
package dev.stele.profile;

import org.jspecify.annotations.NullMarked;
