package dev.stele.transfer;

/** Receiver of what a reader of a format finds in a file. */
interface EntrySink {

    /** Takes an entry to import. */
    void add(ImportEntry entry);

    /**
     * Counts an item of the file that cannot be imported.
     *
     * @param reason reason, which names the item
     */
    void refuse(String reason);

    /**
     * Counts an item that is imported with a replacement, such as the time of the preceding message instead of an
     * invalid one.
     *
     * @param reason what was replaced, and by what
     */
    void repair(String reason);

    /**
     * Counts valid items of the file that are not imported on purpose, such as turns on another branch.
     *
     * @param items number of items
     * @param kind kind of the items in the plural, such as {@code "turns on other branches"}
     */
    void leaveOut(long items, String kind);
}
