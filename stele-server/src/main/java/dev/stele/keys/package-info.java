/** API keys: who may do what to which agents. */
@NullMarked
package dev.stele.keys;

import org.jspecify.annotations.NullMarked;
