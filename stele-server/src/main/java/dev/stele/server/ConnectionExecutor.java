package dev.stele.server;

import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.thread.TryExecutor;

/**
 * Executor of the connections. Tasks run on the threads of the connections, except one: when a response was sent, Jetty
 * submits its connection, so that it reads the next request. That task runs on the calling thread. It never blocks,
 * because {@link RequestHandler} does not, and a client that waits for the response has sent nothing yet, so that
 * another thread would be woken for one read without a result. Thread-safe.
 *
 * @param threads executes all other tasks
 */
record ConnectionExecutor(TryExecutor threads) implements TryExecutor {

    @Override
    public void execute(Runnable task) {
        if (task instanceof HttpConnection) {
            task.run();
        } else {
            threads.execute(task);
        }
    }

    @Override
    public boolean tryExecute(Runnable task) {
        return threads.tryExecute(task);
    }
}
