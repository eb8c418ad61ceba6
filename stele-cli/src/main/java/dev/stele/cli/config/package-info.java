/**
 * Settings of the command, and the objects that they describe.
 *
 * <p>{@link dev.stele.cli.config.Setting} lists every setting with its default and meaning. {@link
 * dev.stele.cli.config.Settings} reads values from a file, the environment and flags, and makes the options of the
 * library and of the server. {@link dev.stele.cli.config.SteleOpener} opens a memory with the models that the
 * settings name.
 */
@NullMarked
package dev.stele.cli.config;

import org.jspecify.annotations.NullMarked;
