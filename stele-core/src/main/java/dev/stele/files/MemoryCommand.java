package dev.stele.files;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Command of the memory tool {@code memory_20250818}. Immutable. */
public sealed interface MemoryCommand {

    /** Names of the commands, in the order of the tool's documentation. */
    List<String> NAMES = List.of("view", "create", "str_replace", "insert", "delete", "rename");

    /**
     * Returns the name of a command if the command changes or erases what a file contained before.
     *
     * @param name value of the field {@code command} of a call, which need not be valid; null for none
     * @return the name; empty for any other command or value
     */
    static Optional<String> changed(@Nullable Object name) {
        return name instanceof String command
                        && List.of("str_replace", "delete", "rename").contains(command)
                ? Optional.of(command)
                : Optional.empty();
    }

    /**
     * Shows a file with line numbers, or lists a directory.
     *
     * @param path path of the file or directory
     * @param range lines of the file that are shown; empty for all
     */
    record View(String path, Optional<LineRange> range) implements MemoryCommand {}

    /**
     * Range of lines.
     *
     * @param start number of the first line, from 1
     * @param end number of the last line; -1 for the last line of the file
     */
    record LineRange(long start, long end) {}

    /**
     * Creates a file.
     *
     * @param path path of the new file
     * @param fileText text of the file; may be empty
     */
    record Create(String path, String fileText) implements MemoryCommand {}

    /**
     * Replaces a text that occurs once in a file.
     *
     * @param path path of the file
     * @param oldStr text to replace, not empty
     * @param newStr text in its place; may be empty
     */
    record StrReplace(String path, String oldStr, String newStr) implements MemoryCommand {}

    /**
     * Inserts text after a line of a file.
     *
     * @param path path of the file
     * @param insertLine number of the line; 0 inserts at the beginning
     * @param insertText text to insert
     */
    record Insert(String path, long insertLine, String insertText) implements MemoryCommand {}

    /**
     * Erases a file, or a directory with everything in it.
     *
     * @param path path of the file or directory
     */
    record Delete(String path) implements MemoryCommand {}

    /**
     * Moves a file or a directory.
     *
     * @param oldPath present path
     * @param newPath new path, which does not exist
     */
    record Rename(String oldPath, String newPath) implements MemoryCommand {}
}
