package dev.stele.concurrent;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Threads for work that nobody waits for: where there are fewer processors than threads that want one, such a thread gets about a tenth of
 * what one gets on which somebody waits, and all of a processor that nobody else wants. Only on Linux and Windows; elsewhere they are threads
 * like others.
 *
 * <p>A thread of these should not hold for long what others wait for, a lock or a place in a pool: they would wait for the processor with it.
 * Thread-safe.
 */
public final class BackgroundThreads {

    private static final System.Logger LOG = System.getLogger(BackgroundThreads.class.getName());

    /** How nice such threads are: weighed 110 where others weigh 1024, by the weights of Linux's scheduler. */
    private static final int NICE = 10;

    private static final int KEEP_ALIVE_SECONDS = 30;

    private BackgroundThreads() {}

    /** Daemon threads, named and numbered from 1. */
    public static ThreadFactory threads(String name) {
        var made = new AtomicLong();
        return work -> thread(name + made.incrementAndGet(), work);
    }

    /**
     * Creates a pool of such threads, which end after {@value #KEEP_ALIVE_SECONDS} seconds without work.
     *
     * @param maxThreads maximum number of tasks that run at once
     * @param maxQueued maximum number of tasks that wait for a thread; more are rejected
     */
    public static ThreadPoolExecutor executor(String prefix, int maxThreads, int maxQueued) {
        var executor = new ThreadPoolExecutor(
                maxThreads,
                maxThreads,
                KEEP_ALIVE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(Math.max(1, maxQueued)),
                threads(prefix));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** A daemon thread that is not started. */
    @SuppressWarnings("ThreadPriorityCheck") // nothing here depends on it but who goes first
    public static Thread thread(String name, Runnable work) {
        PlatformThreads.prepare();
        return Thread.ofPlatform()
                .name(name)
                .daemon()
                .priority(Thread.MIN_PRIORITY) // tells Windows, and whoever asks here
                .unstarted(() -> {
                    beNice();
                    work.run();
                });
    }

    /**
     * Does something on such a thread and waits for its end, also when interrupted: then so is the work.
     *
     * @throws InterruptedException after the end of the work, if the caller was interrupted while it waited
     */
    public static void run(String name, Runnable work) throws InterruptedException {
        Thread thread = thread(name, work);
        thread.start();
        @Nullable InterruptedException interrupted = null;
        do {
            try {
                thread.join();
            } catch (InterruptedException e) {
                thread.interrupt();
                interrupted = e;
            }
        } while (thread.isAlive());
        if (interrupted != null) {
            throw interrupted;
        }
    }

    /** Whether the caller's work is such that nobody waits for it; who passes it on to other threads should pass it to such too. */
    public static boolean isHere() {
        return Thread.currentThread().getPriority() < Thread.NORM_PRIORITY;
    }

    /** Java's own priorities tell Linux nothing. */
    private static void beNice() {
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
            return;
        }
        try {
            int failed = (int) SetPriority.CALL.invokeExact(SetPriority.OF_THREAD, SetPriority.SELF, NICE);
            if (failed != 0) {
                LOG.log(System.Logger.Level.DEBUG, "the system does not let background threads give way");
            }
        } catch (Throwable e) { // a system without it, or a JVM that may not call it
            LOG.log(System.Logger.Level.DEBUG, "background threads cannot give way", e);
        }
    }

    /** The C library's {@code setpriority}; looked up by the first thread that needs it. */
    @SuppressWarnings("restricted") // its arguments and its answer are plain numbers
    private static final class SetPriority {
        /** {@code PRIO_PROCESS}, which on Linux means a thread. */
        static final int OF_THREAD = 0;

        static final int SELF = 0;

        static final MethodHandle CALL = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker()
                                .defaultLookup()
                                .find("setpriority")
                                .orElseThrow(),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT));
    }
}
