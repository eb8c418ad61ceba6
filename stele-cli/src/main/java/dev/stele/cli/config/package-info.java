/** Settings: every key with its default and meaning, read from a file, the environment and flags. */
@NullMarked
package dev.stele.cli.config;

import org.jspecify.annotations.NullMarked;
