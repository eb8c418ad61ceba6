package dev.stele.index;

import dev.stele.store.Durable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * The vectors of an agent's live items at one change, and their codes, in a file that all processes map and so share in
 * memory. Derived: whoever finds it missing, damaged, or of another history, model or version does without and writes it
 * anew. Immutable and thread-safe; a file that is replaced while it is mapped stays as it was for who has it.
 *
 * <p>Layout, little endian: a head of its own length; at the next multiple of 64 the numbers of the items, ascending, as 8
 * bytes each, negative where there is no vector; then codes in blocks (see {@link Codes}); then vectors as 4-byte floats; each
 * part begins at a multiple of 64. The last 8 bytes are the CRC-32C of all before.
 */
final class VectorFile {

    private static final long MAGIC = 0x5354_454C_4556_4543L; // STELEVEC
    private static final int VERSION = 1;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int ALIGNED = 64;
    private static final long MOST_BYTES = 1 << 30;

    private final Head head;
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

    private VectorFile(Head head, MemorySegment numbers, MemorySegment codes, MemorySegment vectors) {
        this.head = head;
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
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            long end = file.byteSize() - Long.BYTES;
            if (end < Long.BYTES || checksum(file, end) != file.get(LONG, end)) {
                throw new IOException("its checksum is wrong");
            }
            Head head = Head.read(file);
            int dimension = head.center().length;
            long numbers = aligned(head.bytes().length);
            long codes = aligned(numbers + (long) Long.BYTES * head.count());
            long vectors = aligned(codes + Codes.bytes(dimension, head.count()));
            long bytes = (long) Float.BYTES * dimension * head.count();
            if (vectors + bytes != end) {
                throw new IOException("its length is wrong");
            }
            return new VectorFile(
                    head,
                    file.asSlice(numbers, (long) Long.BYTES * head.count()),
                    file.asSlice(codes, Codes.bytes(dimension, head.count())),
                    file.asSlice(vectors, bytes));
        }
    }

    private static long checksum(MemorySegment file, long end) {
        var crc = new CRC32C();
        for (long at = 0; at < end; at += MOST_BYTES) {
            crc.update(file.asSlice(at, Math.min(MOST_BYTES, end - at)).asByteBuffer());
        }
        return crc.getValue();
    }

    private static long aligned(long offset) {
        return (offset + ALIGNED - 1) / ALIGNED * ALIGNED;
    }

    /** Writes a file, whole or not at all. */
    static void write(Path path, Head head, Source source) throws IOException {
        Durable.write(path, plain -> {
            var out = new Counted(new CheckedOutputStream(plain, new CRC32C()));
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
            out.write(out.checksum());
        });
    }

    private static void writeCodes(Head head, Source source, Counted out) throws IOException {
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

    /** Knows how much was written. */
    private static final class Counted {
        private final CheckedOutputStream out;
        private final byte[] word = new byte[Long.BYTES];
        private long count;

        Counted(CheckedOutputStream out) {
            this.out = out;
        }

        void write(byte[] bytes) throws IOException {
            out.write(bytes, 0, bytes.length);
            count += bytes.length;
        }

        void write(long number) throws IOException {
            MemorySegment.ofArray(word).set(LONG, 0, number);
            write(word);
        }

        void write(float[] vector) throws IOException {
            var bytes = new byte[Float.BYTES * vector.length];
            MemorySegment.copy(vector, 0, MemorySegment.ofArray(bytes), FLOAT, 0, vector.length);
            write(bytes);
        }

        void align() throws IOException {
            write(new byte[(int) (aligned(count) - count)]);
        }

        long checksum() {
            return out.getChecksum().getValue();
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
