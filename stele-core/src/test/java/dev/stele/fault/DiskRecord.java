package dev.stele.fault;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Record of what a process wrote below a directory, made by the library {@code writes.c}.
 *
 * @param events in the order in which the system executed them
 */
record DiskRecord(List<Event> events) {

    private static final int HEAD_BYTES = 4 * Long.BYTES;

    /** Kinds of events, in the order of their numbers from 1 on. */
    enum Kind {
        CREATE,
        WRITE,
        SIZE,
        SYNC,
        SYNC_DIRECTORY,
        RENAME,
        REMOVE,
        MAKE_DIRECTORY
    }

    /**
     * One system call.
     *
     * @param inode number of the file; 0 if the call has paths only
     * @param at offset of a write, or new size
     * @param first bytes of a write, or path
     * @param second new path of a renamed file; else empty
     */
    record Event(Kind kind, long inode, long at, byte[] first, String second) {
        String path() {
            return new String(first, StandardCharsets.UTF_8);
        }
    }

    /** Compiles the library; false if this machine has no C compiler. */
    static boolean compile(Path library) throws IOException, InterruptedException {
        return Faults.compile("writes.c", library);
    }

    /** Returns the environment of a process that is recorded. */
    static Map<String, String> environment(Path library, Path root, Path record) throws IOException {
        return Map.of(
                "LD_PRELOAD",
                library.toString(),
                "STELE_RECORD_ROOT",
                root.toRealPath().toString(),
                "STELE_RECORD_LOG",
                record.toString());
    }

    static DiskRecord read(Path record) throws IOException {
        var events = new ArrayList<Event>();
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(record), 1 << 20))) {
            for (Optional<Event> event = next(in); event.isPresent(); event = next(in)) {
                events.add(event.get());
            }
        }
        return new DiskRecord(events);
    }

    private static Optional<Event> next(DataInputStream in) throws IOException {
        byte[] head = in.readNBytes(HEAD_BYTES);
        if (head.length == 0) {
            return Optional.empty();
        }
        if (head.length < HEAD_BYTES) {
            throw new EOFException("the record ends in the middle of an event");
        }
        ByteBuffer numbers = ByteBuffer.wrap(head).order(ByteOrder.nativeOrder());
        Kind kind = Kind.values()[(int) numbers.getLong() - 1];
        long inode = numbers.getLong();
        long at = numbers.getLong();
        long lengths = numbers.getLong();
        byte[] first = in.readNBytes((int) lengths);
        byte[] second = in.readNBytes((int) (lengths >>> Integer.SIZE));
        return Optional.of(new Event(kind, inode, at, first, new String(second, StandardCharsets.UTF_8)));
    }
}
