package dev.stele.mcp;

import dev.stele.concurrent.WorkBudget;
import dev.stele.concurrent.WorkLimits;
import dev.stele.concurrent.WorkerPool;
import java.util.concurrent.Callable;

/** Runs calls of tools within limits. Thread-safe. */
public interface ToolRunner {

    /**
     * Runs a call and returns its result, or throws what it throws.
     *
     * @param heavy whether what the call was given can make it take long
     */
    <T> T run(boolean heavy, Callable<T> call) throws Exception;

    /** Runs heavy calls in a pool and all others on the calling thread. */
    static ToolRunner of(WorkLimits limits, WorkerPool pool) {
        return new ToolRunner() {
            @Override
            public <T> T run(boolean heavy, Callable<T> call) throws Exception {
                return heavy ? pool.call(limits, call) : WorkBudget.call(limits, call);
            }
        };
    }
}
