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
     * @param caller whom the call is for, if callers are told apart; else empty text
     * @param heavy whether what the call was given can make it take long
     */
    <T> T run(String caller, boolean heavy, Callable<T> call) throws Exception;

    /** Runs heavy calls in a pool and all others on the calling thread. */
    static ToolRunner of(WorkLimits limits, WorkerPool pool) {
        return new ToolRunner() {
            @Override
            public <T> T run(String caller, boolean heavy, Callable<T> call) throws Exception {
                return heavy ? pool.call(caller, limits, call) : WorkBudget.call(limits, call);
            }
        };
    }
}
