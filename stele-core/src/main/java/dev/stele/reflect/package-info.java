/** What can be learnt from an interaction: proposals of notes and facts, by rules or by a language model, and what is new in them. */
@NullMarked
package dev.stele.reflect;

import org.jspecify.annotations.NullMarked;
