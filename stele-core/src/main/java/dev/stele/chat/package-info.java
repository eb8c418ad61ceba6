/** Talking with an agent that remembers: what is built on the door. */
@NullMarked
package dev.stele.chat;

import org.jspecify.annotations.NullMarked;
