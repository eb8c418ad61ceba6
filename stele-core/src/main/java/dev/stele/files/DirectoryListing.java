package dev.stele.files;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Listing of a directory, two levels deep, in the format that the memory tool prescribes: a size and a path a line. The
 * size of a directory is the sum of its files. Not thread-safe.
 */
final class DirectoryListing {

    private static final int MAX_DEPTH = 2;
    private static final String UNITS = "BKMG";

    /** Entry of the listing: a file without children, or a directory. */
    private static final class Entry {
        private final Map<String, Entry> children = new TreeMap<>();
        private boolean directory;
        private long bytes;
    }

    private final String path;
    private final int maxEntries;
    private final Entry root = new Entry();
    private long entries;

    /**
     * Creates an empty listing.
     *
     * @param path path of the directory
     * @param maxEntries maximum number of entries that are listed
     */
    DirectoryListing(String path, int maxEntries) {
        this.path = path;
        this.maxEntries = maxEntries;
    }

    /**
     * Adds a file. A file whose path has a hidden part, or a part with the name {@code node_modules}, is left out.
     *
     * @param relative path of the file relative to the directory
     * @param bytes size of the file in UTF-8 bytes
     */
    void add(String relative, long bytes) {
        String[] names = relative.split("/", -1);
        for (String name : names) {
            if (name.startsWith(".") || name.equals("node_modules")) {
                return;
            }
        }
        root.bytes += bytes;
        Entry entry = root;
        for (int depth = 0; depth < Math.min(names.length, MAX_DEPTH); depth++) {
            Entry child = entry.children.get(names[depth]);
            if (child == null) {
                child = new Entry();
                entry.children.put(names[depth], child);
                entries++;
            }
            child.directory |= depth < names.length - 1;
            child.bytes += bytes;
            entry = child;
        }
    }

    /** Returns the text of the listing. */
    String text() {
        var out = new StringBuilder("Here're the files and directories up to 2 levels deep in ")
                .append(path)
                .append(", excluding hidden items and node_modules:\n")
                .append(size(root.bytes))
                .append('\t')
                .append(path);
        int shown = write(root, path, 0, out);
        if (shown < entries) {
            out.append("\n(")
                    .append(entries - shown)
                    .append(" more entries are not listed; view a directory of the listing)");
        }
        return out.toString();
    }

    private int write(Entry directory, String parent, int before, StringBuilder out) {
        int shown = before;
        for (Map.Entry<String, Entry> child : directory.children.entrySet()) {
            if (shown == maxEntries) {
                break;
            }
            Entry entry = child.getValue();
            String childPath = parent + "/" + child.getKey();
            out.append('\n')
                    .append(size(entry.bytes))
                    .append('\t')
                    .append(childPath)
                    .append(entry.directory ? "/" : "");
            shown = write(entry, childPath, shown + 1, out);
        }
        return shown;
    }

    /** Returns a size for people, such as {@code 0B}, {@code 812B}, {@code 5.5K} and {@code 2M}. */
    static String size(long bytes) {
        int unit = 0;
        double size = bytes;
        while (size >= 1024 && unit < UNITS.length() - 1) {
            size /= 1024;
            unit++;
        }
        String number = size == Math.rint(size) ? Long.toString((long) size) : String.format(Locale.ROOT, "%.1f", size);
        return number + UNITS.charAt(unit);
    }
}
