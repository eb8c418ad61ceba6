/** Interface to language models, and the rule-based model that replies when none is configured. */
@NullMarked
package dev.stele.language;

import org.jspecify.annotations.NullMarked;
