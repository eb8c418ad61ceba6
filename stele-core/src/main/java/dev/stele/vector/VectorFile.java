package dev.stele.vector;

import static dev.stele.io.ChecksummedFile.LONG;
import static dev.stele.io.ChecksummedFile.aligned;

import dev.stele.arena.Block;
import dev.stele.arena.OverBudgetPolicy;
import dev.stele.arena.TypedArena;
import dev.stele.io.ChecksummedFile;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Memory-mapped file of the vectors of an agent's live items as of one change, with their binary quantized codes. All
 * processes map the file and thereby share its pages. The file is derived data: a process that finds it missing,
 * damaged, or of another history, model or version continues without it and writes it again. Immutable and thread-safe.
 *
 * <p>Layout (a {@link ChecksummedFile}); the order of the sections allows the file to be written in one pass over the
 * items:
 *
 * <pre>
 *   header     see {@link Head}; variable length
 *   vectors    4-byte floats, in ascending order of item ids
 *   codes      blocks of codes, see {@link BinaryQuantizer}
 *   item ids   8 bytes each, negative if the item has no vector
 * </pre>
 */
public final class VectorFile {

    private static final long MAGIC = 0x5354_454C_4556_4543L; // STELEVEC
    private static final int VERSION = 2;

    private final Head head;
    private final long checksum;
    private final MemorySegment itemIds;
    private final MemorySegment codes;
    private final MemorySegment vectors;

    /**
     * Header of a file.
     *
     * @param model name of the embedding model
     * @param count number of items, at least 1
     * @param change number of the last change contained in the file
     * @param history hash that distinguishes the history of changes up to {@code change} from those of other memories
     * @param center centroid of the codes, see {@link BinaryQuantizer}
     */
    public record Head(String model, int count, long change, long history, float[] center) {

        private byte[] bytes() throws IOException {
            var bytes = new java.io.ByteArrayOutputStream();
            try (var out = new DataOutputStream(bytes)) {
                out.writeLong(MAGIC);
                out.writeInt(VERSION);
                out.writeUTF(model);
                out.writeInt(count);
                out.writeLong(change);
                out.writeLong(history);
                out.writeInt(center.length);
                for (float component : center) {
                    out.writeFloat(component);
                }
            }
            return bytes.toByteArray();
        }

        private static Head read(MemorySegment file) throws IOException {
            int headerLimit = (int) Math.min(file.byteSize(), 1 << 20);
            byte[] start = file.asSlice(0, headerLimit).toArray(ValueLayout.JAVA_BYTE);
            try (var in = new DataInputStream(new java.io.ByteArrayInputStream(start))) {
                if (in.readLong() != MAGIC || in.readInt() != VERSION) {
                    throw new IOException("it is not a file of vectors of this version");
                }
                String model = in.readUTF();
                int count = in.readInt();
                long change = in.readLong();
                long history = in.readLong();
                int dimension = in.readInt();
                if (count < 1 || dimension < 1 || dimension > headerLimit / Float.BYTES) {
                    throw new IOException("it holds %d vectors of %d numbers".formatted(count, dimension));
                }
                var center = new float[dimension];
                for (int i = 0; i < dimension; i++) {
                    center[i] = in.readFloat();
                }
                return new Head(model, count, change, history, center);
            }
        }
    }

    private VectorFile(Head head, long checksum, MemorySegment itemIds, MemorySegment codes, MemorySegment vectors) {
        this.head = head;
        this.checksum = checksum;
        this.itemIds = itemIds;
        this.codes = codes;
        this.vectors = vectors;
    }

    /** Source of the items of a new file. */
    public interface Source {
        /**
         * Passes all items to a sink, in ascending order of item ids.
         *
         * @param to receives as many items as the header states
         */
        void each(Sink to);
    }

    /** Receiver of the items of a new file. */
    public interface Sink {
        /**
         * Receives an item.
         *
         * @param itemId id of the item, positive
         * @param vector vector of the item; empty if it has none
         */
        void item(long itemId, Optional<float[]> vector);
    }

    /**
     * Maps a file after verifying its checksum and structure. The mapping is released when no object refers to it any
     * more.
     *
     * @param path location of the file
     * @throws IOException if the file cannot be read or is invalid; the message states the defect
     */
    public static VectorFile map(Path path) throws IOException {
        ChecksummedFile checked = ChecksummedFile.map(path);
        MemorySegment file = checked.content();
        Head head = Head.read(file);
        int dimension = head.center().length;
        long vectors = aligned(head.bytes().length);
        long codes = aligned(vectors + (long) Float.BYTES * dimension * head.count());
        long itemIds = codes + BinaryQuantizer.bytes(dimension, head.count());
        if (itemIds + (long) Long.BYTES * head.count() != file.byteSize()) {
            throw new IOException("its length is wrong");
        }
        return new VectorFile(
                head,
                checked.checksum(),
                file.asSlice(itemIds),
                file.asSlice(codes, itemIds - codes),
                file.asSlice(vectors, (long) Float.BYTES * dimension * head.count()));
    }

    /**
     * Writes a file atomically.
     *
     * @param path location of the file
     * @param head header of the file
     * @param source items; their number must be that of the header
     * @param arena source of memory for the codes and item ids, which are written after the vectors
     * @throws IOException if the file cannot be written or the number of items differs
     */
    public static void write(Path path, Head head, Source source, TypedArena arena) throws IOException {
        long codes = BinaryQuantizer.bytes(head.center().length, head.count());
        ChecksummedFile.write(path, out -> {
            out.write(head.bytes());
            out.align();
            try (Block block = arena.allocate(codes + (long) Long.BYTES * head.count(), OverBudgetPolicy.USE_HEAP)) {
                var vectors = new VectorsOut(
                        head,
                        out,
                        block.memory().asSlice(0, codes),
                        block.memory().asSlice(codes));
                source.each(vectors);
                vectors.end();
                out.align();
                out.write(block.memory());
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        });
    }

    /**
     * Sink that writes vectors at once and collects the codes and item ids that follow them in the file. Not
     * thread-safe.
     */
    private static final class VectorsOut implements Sink {
        private final int count;
        private final ChecksummedFile.Out out;
        private final BinaryQuantizer codes;
        private final float[] zeros;
        private final MemorySegment collectedCodes;
        private final MemorySegment collectedIds;
        private int index;

        /**
         * Creates a sink.
         *
         * @param collectedCodes memory of zeros; the code of an item without a vector stays zero
         * @param collectedIds memory for one item id per item
         */
        VectorsOut(Head head, ChecksummedFile.Out out, MemorySegment collectedCodes, MemorySegment collectedIds) {
            this.count = head.count();
            this.out = out;
            this.codes = new BinaryQuantizer(head.center());
            this.zeros = new float[head.center().length];
            this.collectedCodes = collectedCodes;
            this.collectedIds = collectedIds;
        }

        @Override
        public void item(long itemId, Optional<float[]> vector) {
            try {
                checkCount(index < count);
                out.write(vector.orElse(zeros));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            vector.ifPresent(present -> codes.put(collectedCodes, index, codes.of(present)));
            collectedIds.setAtIndex(LONG, index++, vector.isPresent() ? itemId : -itemId);
        }

        void end() throws IOException {
            checkCount(index == count);
        }

        private void checkCount(boolean matches) throws IOException {
            if (!matches) {
                throw new IOException("there are not %d items, as was said before".formatted(count));
            }
        }
    }

    /** Returns the name of the embedding model. */
    public String model() {
        return head.model();
    }

    /** Returns the number of components of every vector. */
    public int dimension() {
        return head.center().length;
    }

    /** Returns the number of items, including those without a vector. */
    public int count() {
        return head.count();
    }

    /** Returns the number of the last change contained in the file. */
    public long change() {
        return head.change();
    }

    /** Returns the hash of the history of changes, see {@link Head}. */
    public long history() {
        return head.history();
    }

    /** Returns the centroid of the codes. The array is not copied; callers must not modify it. */
    public float[] center() {
        return head.center();
    }

    /** Returns the checksum, which identifies the content of the file. */
    long checksum() {
        return checksum;
    }

    /**
     * Returns the id of an item.
     *
     * @param ordinal index of the item in the file, 0 to {@link #count()} - 1
     */
    public long number(int ordinal) {
        return Math.abs(itemIds.getAtIndex(LONG, ordinal));
    }

    /**
     * Returns whether an item has a vector.
     *
     * @param ordinal index of the item in the file, 0 to {@link #count()} - 1
     */
    public boolean hasVector(int ordinal) {
        return itemIds.getAtIndex(LONG, ordinal) > 0;
    }

    /** Returns the mapped codes in blocks, see {@link BinaryQuantizer}. */
    public MemorySegment codes() {
        return codes;
    }

    MemorySegment vectors() {
        return vectors;
    }
}
