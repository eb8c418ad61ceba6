package dev.stele.vector;

import java.lang.foreign.MemorySegment;

/**
 * A block of codes on the heap, compared with a query's. What is compared, codes and vectors, is copied to the heap first: a compiler
 * gives up on loops over memory of several kinds, which files and arenas are, and each number then takes several times as long. For one
 * thread.
 */
public final class CodeBlock {

    private final BinaryQuantizer.Query query;
    /** See {@link BinaryQuantizer}. */
    private final long[] codes;

    private final long[] distances = new long[BinaryQuantizer.BLOCK];
    private int first;
    private int count;

    public CodeBlock(BinaryQuantizer.Query query) {
        this.query = query;
        this.codes = new long[BinaryQuantizer.BLOCK * query.code().length];
    }

    /**
     * Looks at another block.
     *
     * @param memory of which it is a part
     * @param index which it is there
     * @param place of its first code
     * @param used how many of it are codes
     */
    public void look(MemorySegment memory, int index, int place, int used) {
        BinaryQuantizer.copy(memory, index, codes);
        HammingScan.BEST.distances(codes, query.code(), distances);
        first = place;
        count = used;
    }

    /** The place of its first code. */
    public int first() {
        return first;
    }

    /** The place after its last code. */
    public int end() {
        return first + count;
    }

    /** Which of its codes are nearer than a bound, a bit for each: without a branch for each, which no processor could guess. */
    public long below(int bound) {
        long any = 0; // by vector instructions: mostly there are none
        for (int i = 0; i < BinaryQuantizer.BLOCK; i++) {
            any += (distances[i] - bound) >>> (Long.SIZE - 1);
        }
        long below = 0;
        for (int i = 0; any > 0 && i < count; i++) {
            below |= (distances[i] - bound) >>> (Long.SIZE - 1) << i;
        }
        return below;
    }

    /** In how many bits one of its codes differs. */
    public int distance(int index) {
        return (int) distances[index];
    }

    /** What those bits weigh. */
    public int weight(int index) {
        int weight = 0;
        for (int word = 0; word < query.code().length; word++) {
            weight += query.weight(word, codes[word * BinaryQuantizer.BLOCK + index]);
        }
        return weight;
    }
}
