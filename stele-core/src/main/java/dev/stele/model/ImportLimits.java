package dev.stele.model;

/**
 * Limits of imports of folders and zip files. Immutable.
 *
 * @param entries maximum number of files in a folder or zip file ({@code limits.import-entries})
 * @param bytes maximum size of the unpacked content of a zip file in bytes ({@code limits.import-unpacked-bytes})
 * @param ratio maximum ratio of the unpacked to the packed size of a zip file, beyond the first MiB
 *     ({@code limits.import-ratio})
 */
public record ImportLimits(int entries, long bytes, int ratio) {

    /** Default limits. */
    public static final ImportLimits DEFAULT = new ImportLimits(100_000, 8L << 30, 200);

    public ImportLimits {
        check("limits.import-entries", entries);
        check("limits.import-unpacked-bytes", bytes);
        check("limits.import-ratio", ratio);
    }

    private static void check(String key, long value) {
        if (value < 1) {
            throw new InvalidInputException("%s is %d; it must be at least 1.".formatted(key, value));
        }
    }
}
