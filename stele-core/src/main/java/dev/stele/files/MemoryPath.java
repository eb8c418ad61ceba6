package dev.stele.files;

import dev.stele.model.Ids;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Valid path of a file or a directory below {@value #ROOT}. Paths are only keys of the store, never paths of a file
 * system; the strict rules keep one file from having two names and keep a handler that copies files to a disk safe.
 * Immutable.
 *
 * @param given path as the model wrote it, without slashes at the end, for replies
 * @param text path in Unicode's normalization form C, by which the file is stored
 */
record MemoryPath(String given, String text) {

    static final String ROOT = "/memories";

    /** Percent-encoded dots, slashes, backslashes, percent signs and control characters. */
    private static final Pattern ENCODED =
            Pattern.compile("%(?:2e|2f|5c|25|[01][0-9a-f]|7f)", Pattern.CASE_INSENSITIVE);

    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\p{Cs}\\u2028\\u2029]");

    /**
     * Parses a path of a command.
     *
     * @throws CommandRefusal if the path does not lie below the root, or is invalid
     */
    static MemoryPath parse(String path) {
        String trimmed = path;
        while (trimmed.length() > 1 && trimmed.endsWith("/")) {
            trimmed = trimmed.substring(0, trimmed.length() - 1);
        }
        if (!trimmed.equals(ROOT) && !trimmed.startsWith(ROOT + "/")) {
            throw new CommandRefusal("Path must start with /memories, got: " + path);
        }
        if (ENCODED.matcher(trimmed).find()) {
            throw escaping(path);
        }
        for (String segment : trimmed.substring(1).split("/", -1)) {
            if (segment.equals("..") || segment.contains("\\")) {
                throw escaping(path);
            }
            if (segment.isEmpty() || segment.equals(".")) {
                throw invalid(path, "it has an empty name or the name \".\"");
            }
            if (!segment.strip().equals(segment)) {
                throw invalid(path, "a name begins or ends with a blank");
            }
            if (UNPRINTABLE.matcher(segment).find()) {
                throw invalid(path, "it holds a control character");
            }
        }
        return new MemoryPath(trimmed, Ids.normal(trimmed));
    }

    private static CommandRefusal escaping(String path) {
        return new CommandRefusal("Path " + path + " would escape /memories directory");
    }

    private static CommandRefusal invalid(String path, String reason) {
        return new CommandRefusal("Error: The path " + path + " is not valid: " + reason);
    }

    boolean isRoot() {
        return text.equals(ROOT);
    }

    /** Returns whether this path is another one or lies below it. */
    boolean isWithin(MemoryPath other) {
        return text.equals(other.text) || text.startsWith(other.text + "/");
    }

    /** Returns the directories between the root and this path, both excluded, the outermost first. */
    List<String> parents() {
        var parents = new ArrayList<String>();
        for (int slash = text.indexOf('/', ROOT.length() + 1); slash > 0; slash = text.indexOf('/', slash + 1)) {
            parents.add(text.substring(0, slash));
        }
        return parents;
    }
}
