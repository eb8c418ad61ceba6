package dev.stele.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * A derived file that processes map and so share in memory: numbers in little endian, parts that begin at multiples of
 * {@link #ALIGNED} bytes, and in the last 8 bytes the CRC-32C of all before. Immutable and thread-safe; a file that is
 * replaced while it is mapped stays as it was for who has it.
 *
 * @param content all but the checksum
 * @param checksum of the content
 */
public record ChecksummedFile(MemorySegment content, long checksum) {

    static final int ALIGNED = 4_096; // a page: what begins at odd multiples of 64 was copied at half the speed

    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Bytes that the system's checksum takes at once. */
    private static final long MAX_BYTES = 1 << 30;

    /**
     * Maps a file after having checked all of it. It is unmapped when nothing refers to it any more.
     *
     * @throws IOException if it cannot be read or its checksum is wrong
     */
    public static ChecksummedFile map(Path path) throws IOException {
        MemorySegment file = UninterruptibleIo.call(() -> {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            }
        });
        long end = file.byteSize() - Long.BYTES;
        if (end < Long.BYTES || checksum(file, end) != file.get(LONG, end)) {
            throw new IOException("its checksum is wrong");
        }
        return new ChecksummedFile(file.asSlice(0, end), file.get(LONG, end));
    }

    /** Looks at a file. */
    public interface Look<T> {
        /** Empty if the file is sound and yet of no use. */
        Optional<T> at() throws IOException;
    }

    /**
     * What is seen in a file, if it is there and sound; that it is not sound is said in the log, in one line.
     *
     * @param meanwhile what is done without it
     */
    public static <T> Optional<T> ifUsable(System.Logger log, Path path, String meanwhile, Look<T> look) {
        try {
            return look.at();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            log.log(
                    System.Logger.Level.WARNING,
                    "{0} is of no use ({1}); it will be made anew, and {2}",
                    path,
                    e.getMessage(),
                    meanwhile);
            return Optional.empty();
        }
    }

    private static long checksum(MemorySegment file, long end) {
        var crc = new CRC32C();
        for (long at = 0; at < end; at += MAX_BYTES) {
            crc.update(file.asSlice(at, Math.min(MAX_BYTES, end - at)).asByteBuffer());
        }
        return crc.getValue();
    }

    /** Where a part begins that follows so many bytes. */
    public static long aligned(long offset) {
        return (offset + ALIGNED - 1) / ALIGNED * ALIGNED;
    }

    /** Writes the content of a file. */
    public interface Content {
        void writeTo(Out out) throws IOException;
    }

    /** Writes a file and its checksum, whole or not at all. */
    public static void write(Path path, Content content) throws IOException {
        DurableFiles.write(path, plain -> {
            var out = new Out(new CheckedOutputStream(plain, new CRC32C()));
            content.writeTo(out);
            out.write(out.checksum());
        });
    }

    /** Where content goes. For one thread. */
    public static final class Out {
        private static final int AT_ONCE = 1 << 16;

        private final CheckedOutputStream out;
        private final byte[] word = new byte[Long.BYTES];
        private long count;

        private Out(CheckedOutputStream out) {
            this.out = out;
        }

        public void write(byte[] bytes) throws IOException {
            out.write(bytes, 0, bytes.length);
            count += bytes.length;
        }

        public void write(long number) throws IOException {
            MemorySegment.ofArray(word).set(LONG, 0, number);
            write(word);
        }

        public void write(float[] numbers) throws IOException {
            var bytes = new byte[Float.BYTES * numbers.length];
            MemorySegment.copy(numbers, 0, MemorySegment.ofArray(bytes), FLOAT, 0, numbers.length);
            write(bytes);
        }

        public void write(int[] numbers) throws IOException {
            var bytes = new byte[Integer.BYTES * numbers.length];
            MemorySegment.copy(numbers, 0, MemorySegment.ofArray(bytes), INT, 0, numbers.length);
            write(bytes);
        }

        /** Bytes as they stand in memory. */
        public void write(MemorySegment memory) throws IOException {
            var bytes = new byte[AT_ONCE];
            for (long at = 0; at < memory.byteSize(); at += AT_ONCE) {
                int length = (int) Math.min(AT_ONCE, memory.byteSize() - at);
                MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, bytes, 0, length);
                out.write(bytes, 0, length);
                count += length;
            }
        }

        /** Fills up to where a part may begin. */
        public void align() throws IOException {
            write(new byte[(int) (aligned(count) - count)]);
        }

        private long checksum() {
            return out.getChecksum().getValue();
        }
    }
}
