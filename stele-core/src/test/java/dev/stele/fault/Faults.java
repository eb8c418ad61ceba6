package dev.stele.fault;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Control of the library {@code faults.c}, which makes system calls on the files of this process fail, those of the JVM
 * and those of SQLite alike. For one thread.
 */
final class Faults {

    /** Environment variable that names the control file. */
    private static final String CONTROL = "STELE_FAULT_CONTROL";

    private static final int NUMBERS = 7;
    private static final int ARMED = 0;
    private static final int COUNTDOWN = 1;
    private static final int ERROR = 2;
    private static final int LASTING = 3;
    private static final int KINDS = 4;
    private static final int INJECTED = 5;
    private static final int DELAY = 6;

    private static final int OPEN = 1;
    private static final int WRITE = 2;
    private static final int SYNC = 4;
    private static final int NAMES = 8;
    private static final int SIZE = 16;
    private static final int READ = 32;
    private static final int MAP = 64;
    private static final int CREATE = 128;
    private static final int REMOVE = 256;

    /** Faults, by the system calls that fail and the error that they return. */
    enum Fault {
        /** The disk is full from some call on. */
        FULL_DISK(28, true, WRITE | SIZE | NAMES | CREATE, 0),
        /** One write finds no room. */
        NO_SPACE_ONCE(28, false, WRITE | SIZE, 0),
        /** One call fails with an I/O error. */
        IO_ERROR_ONCE(5, false, WRITE | SYNC | SIZE | READ | MAP, 0),
        /** The disk fails from some call on. */
        IO_ERROR(5, true, WRITE | SYNC | SIZE | READ | MAP | OPEN | CREATE | NAMES | REMOVE, 0),
        /** The process has too many open files from some call on. */
        TOO_MANY_FILES(24, true, OPEN | CREATE, 0),
        /** Files and directories are not accessible from some call on. */
        NO_ACCESS(13, true, OPEN | CREATE | NAMES | REMOVE, 0),
        /** One write writes half of its bytes. */
        SHORT_WRITE(0, false, WRITE, 0),
        /** All flushes take long from some call on. */
        SLOW_SYNC(0, true, SYNC, 20_000);

        private final int error;
        private final boolean lasting;
        private final int kinds;
        private final int delayMicros;

        Fault(int error, boolean lasting, int kinds, int delayMicros) {
            this.error = error;
            this.lasting = lasting;
            this.kinds = kinds;
            this.delayMicros = delayMicros;
        }

        /** Whether every operation succeeds all the same. */
        boolean isHarmless() {
            return error == 0;
        }
    }

    private final MemorySegment control;

    private Faults(MemorySegment control) {
        this.control = control;
    }

    /** Compiles the library; false if this machine has no C compiler. */
    static boolean compile(Path library) throws IOException, InterruptedException {
        return compile("faults.c", library);
    }

    /** Compiles a library from its source; false if this machine has no C compiler. */
    static boolean compile(String name, Path library) throws IOException, InterruptedException {
        if (!System.getProperty("os.name").startsWith("Linux")) {
            return false;
        }
        Path source = library.resolveSibling(name);
        try (InputStream in = Faults.class.getResourceAsStream(name)) {
            Files.write(source, in.readAllBytes());
        }
        try {
            Process compiler = new ProcessBuilder(
                            "cc", "-shared", "-fPIC", "-O1", "-o", library.toString(), source.toString(), "-ldl")
                    .inheritIO()
                    .start();
            return compiler.waitFor(60, TimeUnit.SECONDS) && compiler.exitValue() == 0;
        } catch (IOException e) {
            return false; // there is none
        }
    }

    /** Returns the environment of a process whose calls below a directory can fail. */
    static Map<String, String> environment(Path library, Path root, Path controlFile) throws IOException {
        Files.write(controlFile, new byte[NUMBERS * Long.BYTES]);
        return Map.of(
                "LD_PRELOAD",
                library.toString(),
                "STELE_FAULT_ROOT",
                root.toRealPath().toString(),
                CONTROL,
                controlFile.toString());
    }

    /** Opens the control of this process, which was started with such an environment. */
    static Faults ofThisProcess() throws IOException {
        Path file = Path.of(System.getenv(CONTROL));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new Faults(
                    channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) NUMBERS * Long.BYTES, Arena.global()));
        }
    }

    /**
     * Lets calls fail.
     *
     * @param call number of the call that fails first, from 1 on, counted over those that the fault can hit
     */
    void begin(Fault fault, int call) {
        set(ARMED, 0);
        set(COUNTDOWN, call);
        set(ERROR, fault.error);
        set(LASTING, fault.lasting ? 1 : 0);
        set(KINDS, fault.kinds);
        set(DELAY, fault.delayMicros);
        set(INJECTED, 0);
        set(ARMED, 1);
    }

    /**
     * Lets all calls succeed again.
     *
     * @return number of calls that failed
     */
    long end() {
        set(ARMED, 0);
        return get(INJECTED);
    }

    private void set(int index, long value) {
        control.setAtIndex(ValueLayout.JAVA_LONG, index, value);
    }

    private long get(int index) {
        return control.getAtIndex(ValueLayout.JAVA_LONG, index);
    }
}
