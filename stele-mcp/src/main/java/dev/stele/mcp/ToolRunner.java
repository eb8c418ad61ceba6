package dev.stele.mcp;

import dev.stele.concurrent.WorkBudget;
import dev.stele.concurrent.WorkLimits;
import dev.stele.concurrent.WorkerPool;
import java.util.concurrent.Callable;

/**
 * Executor of tool calls within limits of time, processor time and memory. The program that embeds an MCP server
 * provides one, usually by {@link #of}. Thread-safe.
 */
public interface ToolRunner {

    /**
     * Runs a call and blocks until it ends.
     *
     * @param <T> type of the result
     * @param caller name of the caller; empty if callers are not distinguished
     * @param heavy whether the time of the call depends on its arguments
     * @param call the call
     * @return the result of the call
     * @throws Exception if the call throws it, or the call is refused or exceeds a limit
     */
    <T> T run(String caller, boolean heavy, Callable<T> call) throws Exception;

    /**
     * Returns a runner that runs heavy calls in a pool and all others on the calling thread.
     *
     * @param limits limits of each call
     * @param pool runs heavy calls; not closed by the runner
     */
    static ToolRunner of(WorkLimits limits, WorkerPool pool) {
        return new ToolRunner() {
            @Override
            public <T> T run(String caller, boolean heavy, Callable<T> call) throws Exception {
                return heavy ? pool.call(caller, limits, call) : WorkBudget.call(limits, call);
            }
        };
    }
}
