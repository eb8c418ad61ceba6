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
 * The vectors of an agent's live items at one change, and their codes, in a file that all processes map and so share in
 * memory. Derived: whoever finds it missing, damaged, or of another history, model or version does without and writes it
 * anew. Immutable and thread-safe.
 *
 * <p>Layout (a {@link ChecksummedFile}): a head of its own length; then vectors as 4-byte floats, in the order of their items' numbers; then
 * codes in blocks (see {@link BinaryQuantizer}); then those numbers, as 8 bytes each, negative where there is no vector. So it can be written while
 * items are read, once and in that order.
 */
public final class VectorFile {

    private static final long MAGIC = 0x5354_454C_4556_4543L; // STELEVEC
    private static final int VERSION = 2;

    private final Head head;
    private final long checksum;
    private final MemorySegment numbers;
    private final MemorySegment codes;
    private final MemorySegment vectors;

    /**
     * What a file says of itself.
     *
     * @param history says which history of changes it is of, besides how many there were
     * @param center see {@link BinaryQuantizer}
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
                for (float middle : center) {
                    out.writeFloat(middle);
                }
            }
            return bytes.toByteArray();
        }

        private static Head read(MemorySegment file) throws IOException {
            int most = (int) Math.min(file.byteSize(), 1 << 20);
            byte[] start = file.asSlice(0, most).toArray(ValueLayout.JAVA_BYTE);
            try (var in = new DataInputStream(new java.io.ByteArrayInputStream(start))) {
                if (in.readLong() != MAGIC || in.readInt() != VERSION) {
                    throw new IOException("it is not a file of vectors of this version");
                }
                String model = in.readUTF();
                int count = in.readInt();
                long change = in.readLong();
                long history = in.readLong();
                int dimension = in.readInt();
                if (count < 1 || dimension < 1 || dimension > most / Float.BYTES) {
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

    private VectorFile(Head head, long checksum, MemorySegment numbers, MemorySegment codes, MemorySegment vectors) {
        this.head = head;
        this.checksum = checksum;
        this.numbers = numbers;
        this.codes = codes;
        this.vectors = vectors;
    }

    /** What is to be written. */
    public interface Source {
        /** Gives the items in the order of their numbers, as many as the head says. */
        void each(Sink to);
    }

    /** Takes items. */
    public interface Sink {
        /** @param vector empty for none */
        void item(long number, Optional<float[]> vector);
    }

    /**
     * Maps a file after having checked all of it. It is unmapped when nothing refers to it any more.
     *
     * @throws IOException if it cannot be read or is not what it should be; the message says in what
     */
    public static VectorFile map(Path path) throws IOException {
        ChecksummedFile checked = ChecksummedFile.map(path);
        MemorySegment file = checked.content();
        Head head = Head.read(file);
        int dimension = head.center().length;
        long vectors = aligned(head.bytes().length);
        long codes = aligned(vectors + (long) Float.BYTES * dimension * head.count());
        long numbers = codes + BinaryQuantizer.bytes(dimension, head.count());
        if (numbers + (long) Long.BYTES * head.count() != file.byteSize()) {
            throw new IOException("its length is wrong");
        }
        return new VectorFile(
                head,
                checked.checksum(),
                file.asSlice(numbers),
                file.asSlice(codes, numbers - codes),
                file.asSlice(vectors, (long) Float.BYTES * dimension * head.count()));
    }

    /**
     * Writes a file, whole or not at all.
     *
     * @param arena for the codes, which wait for the vectors to be written
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

    /** Writes vectors and gathers what stands behind them. For one thread. */
    private static final class VectorsOut implements Sink {
        private final int count;
        private final ChecksummedFile.Out out;
        private final BinaryQuantizer codes;
        private final float[] nothing;
        private final MemorySegment codesBehind;
        private final MemorySegment numbersBehind;
        private int index;

        /** @param codesBehind all zero, as is the code of what has no vector */
        VectorsOut(Head head, ChecksummedFile.Out out, MemorySegment codesBehind, MemorySegment numbersBehind) {
            this.count = head.count();
            this.out = out;
            this.codes = new BinaryQuantizer(head.center());
            this.nothing = new float[head.center().length];
            this.codesBehind = codesBehind;
            this.numbersBehind = numbersBehind;
        }

        @Override
        public void item(long number, Optional<float[]> vector) {
            try {
                checkCount(index < count);
                out.write(vector.orElse(nothing));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            vector.ifPresent(some -> codes.put(codesBehind, index, codes.of(some)));
            numbersBehind.setAtIndex(LONG, index++, vector.isPresent() ? number : -number);
        }

        void end() throws IOException {
            checkCount(index == count);
        }

        private void checkCount(boolean right) throws IOException {
            if (!right) {
                throw new IOException("there are not %d items, as was said before".formatted(count));
            }
        }
    }

    public String model() {
        return head.model();
    }

    public int dimension() {
        return head.center().length;
    }

    public int count() {
        return head.count();
    }

    /** The latest change it knows of. */
    public long change() {
        return head.change();
    }

    public long history() {
        return head.history();
    }

    public float[] center() {
        return head.center();
    }

    /** Tells this file from any other. */
    long checksum() {
        return checksum;
    }

    /** The number of an item, by its place. */
    public long number(int place) {
        return Math.abs(numbers.getAtIndex(LONG, place));
    }

    public boolean hasVector(int place) {
        return numbers.getAtIndex(LONG, place) > 0;
    }

    public MemorySegment codes() {
        return codes;
    }

    MemorySegment vectors() {
        return vectors;
    }
}
