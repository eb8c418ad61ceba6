/** What an agent is like, what it is doing now, and who may talk with it. */
@NullMarked
package dev.stele.profile;

import org.jspecify.annotations.NullMarked;
