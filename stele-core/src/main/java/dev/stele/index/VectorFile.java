package dev.stele.index;

import static dev.stele.index.CheckedFile.LONG;
import static dev.stele.index.CheckedFile.aligned;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * The vectors of an agent's live items at one change, and their codes, in a file that all processes map and so share in
 * memory. Derived: whoever finds it missing, damaged, or of another history, model or version does without and writes it
 * anew. Immutable and thread-safe.
 *
 * <p>Layout (a {@link CheckedFile}): a head of its own length; then the numbers of the items, ascending, as 8
 * bytes each, negative where there is no vector; then codes in blocks (see {@link Codes}); then vectors as 4-byte floats.
 */
final class VectorFile {

    private static final long MAGIC = 0x5354_454C_4556_4543L; // STELEVEC
    private static final int VERSION = 1;

    private final Head head;
    private final long checksum;
    private final MemorySegment numbers;
    private final MemorySegment codes;
    private final MemorySegment vectors;

    /**
     * What a file says of itself.
     *
     * @param history says which history of changes it is of, besides how many there were
     * @param center see {@link Codes}
     */
    record Head(String model, int count, long change, long history, float[] center) {

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

    /** What is to be written: items in the order of their numbers. */
    interface Source {
        long number(int index);

        boolean hasVector(int index);

        float[] vector(int index);
    }

    /**
     * Maps a file after having checked all of it. It is unmapped when nothing refers to it any more.
     *
     * @throws IOException if it cannot be read or is not what it should be; the message says in what
     */
    static VectorFile map(Path path) throws IOException {
        CheckedFile checked = CheckedFile.map(path);
        MemorySegment file = checked.content();
        Head head = Head.read(file);
        int dimension = head.center().length;
        long numbers = aligned(head.bytes().length);
        long codes = aligned(numbers + (long) Long.BYTES * head.count());
        long vectors = aligned(codes + Codes.bytes(dimension, head.count()));
        long bytes = (long) Float.BYTES * dimension * head.count();
        if (vectors + bytes != file.byteSize()) {
            throw new IOException("its length is wrong");
        }
        return new VectorFile(
                head,
                checked.checksum(),
                file.asSlice(numbers, (long) Long.BYTES * head.count()),
                file.asSlice(codes, Codes.bytes(dimension, head.count())),
                file.asSlice(vectors, bytes));
    }

    /** Writes a file, whole or not at all. */
    static void write(Path path, Head head, Source source) throws IOException {
        CheckedFile.write(path, out -> {
            out.write(head.bytes());
            out.align();
            for (int i = 0; i < head.count(); i++) {
                long number = source.number(i);
                out.write(source.hasVector(i) ? number : -number);
            }
            out.align();
            writeCodes(head, source, out);
            out.align();
            var nothing = new float[head.center().length];
            for (int i = 0; i < head.count(); i++) {
                out.write(source.hasVector(i) ? source.vector(i) : nothing);
            }
        });
    }

    private static void writeCodes(Head head, Source source, CheckedFile.Out out) throws IOException {
        var codes = new Codes(head.center());
        var none = new long[codes.words()];
        for (int block = 0; block < head.count(); block += Codes.BLOCK) {
            var all = new long[Codes.BLOCK][];
            for (int i = 0; i < Codes.BLOCK; i++) {
                int index = block + i;
                all[i] = index < head.count() && source.hasVector(index) ? codes.of(source.vector(index)) : none;
            }
            for (int word = 0; word < codes.words(); word++) {
                for (long[] code : all) {
                    out.write(code[word]);
                }
            }
        }
    }

    String model() {
        return head.model();
    }

    int dimension() {
        return head.center().length;
    }

    int count() {
        return head.count();
    }

    /** The latest change it knows of. */
    long change() {
        return head.change();
    }

    long history() {
        return head.history();
    }

    float[] center() {
        return head.center();
    }

    /** Tells this file from any other. */
    long checksum() {
        return checksum;
    }

    /** The number of an item, by its place. */
    long number(int place) {
        return Math.abs(numbers.getAtIndex(LONG, place));
    }

    boolean hasVector(int place) {
        return numbers.getAtIndex(LONG, place) > 0;
    }

    MemorySegment codes() {
        return codes;
    }

    MemorySegment vectors() {
        return vectors;
    }
}
