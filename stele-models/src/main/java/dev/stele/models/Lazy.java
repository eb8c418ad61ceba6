package dev.stele.models;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Something that is made by whoever asks for it first, on his thread; all others wait for it. What failed once stays failed.
 * Thread-safe.
 */
final class Lazy<T> {

    private final FutureTask<T> making;

    Lazy(Supplier<T> maker) {
        this.making = new FutureTask<>(maker::get);
    }

    boolean isMade() {
        return making.isDone();
    }

    /**
     * @throws RuntimeException what the maker threw
     * @throws InterruptedException if whoever makes it was waited for in vain
     */
    T get() throws InterruptedException {
        making.run();
        try {
            return making.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException why) {
                throw why;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
