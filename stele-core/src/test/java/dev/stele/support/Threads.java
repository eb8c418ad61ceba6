package dev.stele.support;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.function.IntFunction;

/** Many threads that start at the same moment. */
public final class Threads {

    private Threads() {}

    /** Runs as many calls at once on virtual threads and returns their results; throws what any of them throws. */
    public static <T> List<T> atOnce(int count, IntFunction<Callable<T>> call) throws Exception {
        return atOnce(Thread.ofVirtual().factory(), count, call);
    }

    /**
     * The same on threads of the system, for calls that never pause: virtual threads that always have something to do
     * keep those that a thread of the system wakes from their carriers, for as long as they please.
     */
    public static <T> List<T> atOnceOfTheSystem(int count, IntFunction<Callable<T>> call) throws Exception {
        return atOnce(Thread.ofPlatform().factory(), count, call);
    }

    private static <T> List<T> atOnce(ThreadFactory factory, int count, IntFunction<Callable<T>> call)
            throws Exception {
        var start = new CountDownLatch(1);
        try (var threads = Executors.newThreadPerTaskExecutor(factory)) {
            var futures = new ArrayList<Future<T>>();
            for (int i = 0; i < count; i++) {
                Callable<T> mine = call.apply(i);
                futures.add(threads.submit(() -> {
                    start.await();
                    return mine.call();
                }));
            }
            start.countDown();
            var results = new ArrayList<T>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        }
    }
}
