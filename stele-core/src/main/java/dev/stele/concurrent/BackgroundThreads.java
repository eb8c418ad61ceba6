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
 * Platform threads of low priority, for work that no caller waits for. While other threads compete for the processors,
 * such a thread gets about a tenth of the processor time of a normal one; an idle processor it gets in full. On systems
 * other than Linux and Windows the priority has no effect.
 *
 * <p>A background thread must not hold a lock or a permit of a pool for long, because its waiters would be slowed down
 * with it. Thread-safe.
 */
public final class BackgroundThreads {

    private static final System.Logger LOG = System.getLogger(BackgroundThreads.class.getName());

    /** Nice value of the threads: weight 110 in Linux's scheduler, where a normal thread has 1024. */
    private static final int NICE = 10;

    private static final int KEEP_ALIVE_SECONDS = 30;

    private BackgroundThreads() {}

    /** Returns a factory of daemon threads whose names are the prefix and a number from 1 on. */
    public static ThreadFactory threads(String prefix) {
        var created = new AtomicLong();
        return work -> thread(prefix + created.incrementAndGet(), work);
    }

    /**
     * Creates a pool of background threads, which end after {@value #KEEP_ALIVE_SECONDS} seconds without work.
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

    /** Creates a daemon thread, which is not started. */
    public static Thread thread(String name, Runnable work) {
        return waitingThread(name, () -> {
            lowerPriority();
            work.run();
        });
    }

    /**
     * Creates a daemon thread that first waits for work, and is not started. It calls {@link #lowerPriority} when it
     * has work: the first call in a process takes longer than a short process has, and most of those end before.
     */
    @SuppressWarnings("ThreadPriorityCheck") // the priority affects scheduling only, never correctness
    public static Thread waitingThread(String name, Runnable work) {
        PlatformThreads.prepare();
        return Thread.ofPlatform()
                .name(name)
                .daemon()
                .priority(Thread.MIN_PRIORITY) // has an effect on Windows, and marks the thread for isHere()
                .unstarted(work);
    }

    /**
     * Runs work on a new background thread and waits for its end. If the caller is interrupted, the work is
     * interrupted, and the method still waits for its end.
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

    /**
     * Returns whether the current thread is a background thread. A caller that hands work to other threads then hands
     * it to background threads too.
     */
    public static boolean isHere() {
        return Thread.currentThread().getPriority() < Thread.NORM_PRIORITY;
    }

    /** Lowers the priority of the current thread on Linux, where the priorities of Java have no effect. */
    public static void lowerPriority() {
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
            return;
        }
        try {
            int failed = (int) SetPriority.CALL.invokeExact(SetPriority.OF_THREAD, SetPriority.SELF, NICE);
            if (failed != 0) {
                LOG.log(System.Logger.Level.DEBUG, "the system does not allow background threads a lower priority");
            }
        } catch (Throwable e) { // the C library lacks the function, or native access is denied
            LOG.log(System.Logger.Level.DEBUG, "background threads have no lower priority", e);
        }
    }

    /** Function {@code setpriority} of the C library, looked up by the first thread that needs it. */
    @SuppressWarnings("restricted") // its arguments and result are plain numbers
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
