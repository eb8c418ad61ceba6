/**
 * Chat with agents, explanations and briefings, built on the public API of the memory. {@link dev.stele.chat.Chat} is
 * the entry point.
 */
@NullMarked
package dev.stele.chat;

import org.jspecify.annotations.NullMarked;
