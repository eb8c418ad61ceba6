/**
 * The command {@code stele}: one class for each subcommand, parsed by picocli.
 *
 * <p>{@link dev.stele.cli.Start} is the main class. It runs {@code stele mcp} and {@code stele serve} directly, because
 * the parser takes long to load, and passes all other arguments to {@link dev.stele.cli.SteleCommand}. A subcommand
 * opens the memory through {@code CommonOptions}, which reads the settings, and prints through {@code Output}. Errors
 * become one line on standard error and an exit code. Other modules add subcommands through
 * {@link dev.stele.cli.CommandProvider}.
 */
@NullMarked
package dev.stele.cli;

import org.jspecify.annotations.NullMarked;
