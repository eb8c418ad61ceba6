package dev.stele.mcp;

import dev.stele.concurrent.WorkBudget;
import dev.stele.concurrent.WorkLimits;
import java.util.concurrent.Callable;

/** How tests run the calls of tools. */
public final class Runners {

    private Runners() {}

    /** On the calling thread, within the usual limits. */
    public static ToolRunner plain() {
        return new ToolRunner() {
            @Override
            public <T> T run(String caller, boolean heavy, Callable<T> call) throws Exception {
                return WorkBudget.call(WorkLimits.DEFAULT, call);
            }
        };
    }
}
