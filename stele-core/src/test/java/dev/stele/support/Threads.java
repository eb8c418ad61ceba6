package dev.stele.support;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/** Many threads that start at the same moment. */
public final class Threads {

    private Threads() {}

    /** Runs as many calls at once on virtual threads and returns their results; throws what any of them throws. */
    public static <T> List<T> atOnce(int count, IntFunction<Callable<T>> call) throws Exception {
        var start = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
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
