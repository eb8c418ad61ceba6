package dev.stele.vector;

import java.lang.foreign.MemorySegment;

/**
 * Block of binary quantized vectors on the heap together with the Hamming distances to one query. Codes are copied to
 * the heap before the comparison because the JIT compiler does not optimize loops that access memory of several kinds
 * (mapped files and arenas); each value would then take several times as long. Not thread-safe.
 */
public final class CodeBlock {

    private final BinaryQuantizer.Query query;
    /** Codes in the block layout of {@link BinaryQuantizer}. */
    private final long[] codes;

    private final long[] distances = new long[BinaryQuantizer.BLOCK];
    private int first;
    private int count;

    /** Creates an empty block for comparisons with a query. */
    public CodeBlock(BinaryQuantizer.Query query) {
        this.query = query;
        this.codes = new long[BinaryQuantizer.BLOCK * query.code().length];
    }

    /**
     * Loads another block and computes its distances to the query.
     *
     * @param memory memory of codes in blocks
     * @param index index of the block in that memory
     * @param ordinal ordinal of the first code of the block
     * @param used number of codes in the block, 0 to {@link BinaryQuantizer#BLOCK}
     */
    public void look(MemorySegment memory, int index, int ordinal, int used) {
        BinaryQuantizer.copy(memory, index, codes);
        HammingScan.BEST.distances(codes, query.code(), distances);
        first = ordinal;
        count = used;
    }

    /** Returns the ordinal of the first code. */
    public int first() {
        return first;
    }

    /** Returns the ordinal after the last code. */
    public int end() {
        return first + count;
    }

    /**
     * Returns a bit mask of the codes whose distance is below a bound. The loop has no branch per code, since the
     * processor could not predict it.
     *
     * @param bound exclusive upper bound of the Hamming distance
     * @return bit i is set for the code at index i
     */
    public long below(int bound) {
        long any = 0; // the compiler vectorizes this loop; usually no code is below the bound
        for (int i = 0; i < BinaryQuantizer.BLOCK; i++) {
            any += (distances[i] - bound) >>> (Long.SIZE - 1);
        }
        long below = 0;
        for (int i = 0; any > 0 && i < count; i++) {
            below |= (distances[i] - bound) >>> (Long.SIZE - 1) << i;
        }
        return below;
    }

    /**
     * Returns the Hamming distance of one code of the block.
     *
     * @param index index within the block
     */
    public int distance(int index) {
        return (int) distances[index];
    }

    /**
     * Returns the asymmetric distance of one code of the block: the sum of the weights of the bits that differ.
     *
     * @param index index within the block
     */
    public int weight(int index) {
        int weight = 0;
        for (int word = 0; word < query.code().length; word++) {
            weight += query.weight(word, codes[word * BinaryQuantizer.BLOCK + index]);
        }
        return weight;
    }
}
