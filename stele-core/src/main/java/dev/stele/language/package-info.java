/** What a language model is to Stele, and the engine that answers when there is none. */
@NullMarked
package dev.stele.language;

import org.jspecify.annotations.NullMarked;
