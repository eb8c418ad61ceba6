package dev.stele.recall;

/**
 * Counts how often each statement occurs among items, by {@link dev.stele.index.IndexSnapshot#statement}. A hash table
 * with open addressing, because a query may match very many items. For one thread.
 */
final class RepetitionCounter {

    private final long[] statements;
    private final int[] counts;
    private int distinct;

    /**
     * Creates a counter.
     *
     * @param items maximum number of items
     */
    RepetitionCounter(int items) {
        int capacity = Integer.highestOneBit(Math.clamp(2L * items, 16, 1 << 29)) << 1;
        this.statements = new long[capacity];
        this.counts = new int[capacity];
    }

    /**
     * Counts an item.
     *
     * @param statement statement of the item; 0 if it is not known, so that the item repeats no other
     * @return number of items with this statement so far, this one included
     */
    int add(long statement) {
        if (statement == 0) {
            distinct++;
            return 1;
        }
        int mask = statements.length - 1;
        int slot = (int) statement & mask;
        while (statements[slot] != 0 && statements[slot] != statement) {
            slot = slot + 1 & mask;
        }
        if (statements[slot] == 0) {
            statements[slot] = statement;
            distinct++;
        }
        return ++counts[slot];
    }

    /** Returns the number of different statements. */
    int distinct() {
        return distinct;
    }
}
