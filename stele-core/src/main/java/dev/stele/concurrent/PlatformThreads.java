package dev.stele.concurrent;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Platform threads of normal priority, for work that calls native code, occupies a processor, or runs code of others.
 *
 * <p>A thread inherits the scheduling priority of the thread that starts it, and a process without privileges cannot
 * raise it again. A pool that grows while a {@linkplain BackgroundThreads background thread} submits to it would
 * therefore keep slow threads for good. These threads are started by a helper thread of normal priority in that case.
 * Thread-safe.
 */
public final class PlatformThreads {

    private static final int KEEP_ALIVE_SECONDS = 30;

    private PlatformThreads() {}

    /** Creates daemon threads whose names are the prefix and a number from 1 on. */
    public static ThreadFactory factory(String prefix) {
        var created = new AtomicLong();
        return work -> unstarted(prefix + created.incrementAndGet(), work);
    }

    /** Creates a daemon thread that is not started yet. */
    @SuppressWarnings("ThreadPriorityCheck") // undoes what would be inherited
    public static Thread unstarted(String name, Runnable work) {
        var thread = new NormalPriorityThread(name, work);
        thread.setDaemon(true);
        thread.setPriority(Thread.NORM_PRIORITY);
        return thread;
    }

    /** Starts a daemon thread. */
    public static Thread start(String name, Runnable work) {
        Thread thread = unstarted(name, work);
        thread.start();
        return thread;
    }

    /**
     * Creates a pool of such threads, which end after {@value #KEEP_ALIVE_SECONDS} seconds without work.
     *
     * @param maxThreads maximum number of tasks that run at once
     * @param maxQueued maximum number of tasks that wait for a thread; more are rejected with a {@link
     *     java.util.concurrent.RejectedExecutionException}
     */
    public static ThreadPoolExecutor executor(String prefix, int maxThreads, int maxQueued) {
        var executor = new NormalPriorityExecutor(
                maxThreads, maxThreads, new LinkedBlockingQueue<>(Math.max(1, maxQueued)), factory(prefix));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** Creates a pool without a queue, which starts a thread for each task that finds none idle. */
    public static ThreadPoolExecutor cachedExecutor(String prefix) {
        return new NormalPriorityExecutor(0, Integer.MAX_VALUE, new SynchronousQueue<>(), factory(prefix));
    }

    /** The JDK's pool starts its threads past {@link Thread#start}, so what starts them is handed over instead. */
    private static final class NormalPriorityExecutor extends ThreadPoolExecutor {
        NormalPriorityExecutor(int core, int max, BlockingQueue<Runnable> queue, ThreadFactory factory) {
            super(core, max, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, queue, factory);
        }

        @Override
        public void execute(Runnable task) {
            if (BackgroundThreads.isHere()) {
                Starter.start(() -> super.execute(task));
            } else {
                super.execute(task);
            }
        }
    }

    /** Starts the helper while no background thread can have been created yet. */
    static void prepare() {
        Starter.ensureStarted();
    }

    private static final class NormalPriorityThread extends Thread {
        NormalPriorityThread(String name, Runnable work) {
            super(null, work, name, 0, false);
        }

        @Override
        public void start() {
            if (BackgroundThreads.isHere()) {
                Starter.start(super::start);
            } else {
                super.start();
            }
        }
    }

    /** Starts threads on behalf of others, one at a time. */
    private static final class Starter {
        private record Request(Runnable start, BlockingQueue<Object> answer) {}

        private static final Object DONE = new Object();
        private static final BlockingQueue<Request> REQUESTS = new ArrayBlockingQueue<>(64);

        static {
            Thread.ofPlatform().daemon().name("stele-thread-starter").start(Starter::work);
        }

        static void ensureStarted() {
            // The class initializer did it.
        }

        private static void work() {
            while (true) {
                try {
                    Request request = REQUESTS.take();
                    Object answer = DONE;
                    try {
                        request.start().run();
                    } catch (Throwable e) { // no thread could be created; the caller is told
                        answer = e;
                    }
                    request.answer().add(answer);
                } catch (InterruptedException e) {
                    // It has no meaning here, and all pools depend on this thread.
                }
            }
        }

        /** Returns when the thread is started, also if the caller is interrupted meanwhile. */
        static void start(Runnable start) {
            var request = new Request(start, new ArrayBlockingQueue<>(1));
            boolean interrupted = false;
            boolean submitted = false;
            try {
                while (true) {
                    try {
                        if (!submitted) {
                            REQUESTS.put(request);
                            submitted = true;
                        }
                        switch (request.answer().take()) {
                            case Error e -> throw e;
                            case RuntimeException e -> throw e;
                            default -> {
                                return;
                            }
                        }
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
