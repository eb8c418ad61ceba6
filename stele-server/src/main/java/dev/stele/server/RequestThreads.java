package dev.stele.server;

import dev.stele.concurrent.BackgroundThreads;
import dev.stele.concurrent.ElasticPool;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.concurrent.WorkBudget;
import dev.stele.concurrent.WorkLimits;
import dev.stele.concurrent.WorkerPool;
import dev.stele.mcp.ToolRunner;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of a server by kind of work. Work that reads databases, which is native code, or that occupies a processor for
 * as long as its input makes it, has platform threads: the operating system shares processors between them, which the
 * scheduler of virtual threads does not. Requests that write wait for most of their time, for the commit of a group that the
 * agent's writer thread makes, so they have virtual threads. None of the pools takes threads from another:
 *
 * <table>
 *   <caption>Kinds of work</caption>
 *   <tr><th>pool</th><th>threads</th><th>work</th><th>bounded by</th></tr>
 *   <tr><td>control</td><td>{@value #CONTROL_THREADS} platform threads, {@value #CONTROL_QUEUE} in the queue</td>
 *     <td>readiness, metrics</td><td>its queue</td></tr>
 *   <tr><td>reads</td><td>an {@link ElasticPool} of platform threads</td><td>requests with a permit whose route needs the
 *     scope read</td><td>{@link Admission}</td></tr>
 *   <tr><td>writes</td><td>a virtual thread each</td><td>requests with a permit whose route needs another scope, and frames of
 *     WebSockets</td><td>{@link Admission}</td></tr>
 *   <tr><td>bulk</td><td>{@code server.bulk-threads} background threads</td><td>requests with large bodies, which take memory
 *     when they are read</td><td>{@link Admission}</td></tr>
 *   <tr><td>compute</td><td>{@code server.compute-threads} background threads</td><td>what input can lengthen: graph queries,
 *     walks and searches</td><td>{@code server.compute-queue}, {@link WorkLimits}, half of the threads for one caller</td></tr>
 *   <tr><td>transfers</td><td>{@code server.max-transfers} background threads</td><td>whole memories in and out</td><td>a
 *     quota of {@code server.max-transfers}</td></tr>
 *   <tr><td>streams</td><td>a platform thread each</td><td>what waits for a model, a change or a reader; messages of the Model
 *     Context Protocol</td><td>the quotas of streams, answers and MCP messages</td></tr>
 * </table>
 *
 * <p>A request that computes holds its thread of reads or writes while it waits for the compute pool. Health is answered by
 * the threads of connections themselves, on which nothing blocks. Thread-safe.
 */
final class RequestThreads implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(RequestThreads.class.getName());
    /** Threads beyond the permits: a permit is given back a moment before its thread is free. */
    private static final int SPARE_REQUEST_THREADS = 16;

    private static final int CONTROL_THREADS = 2;
    private static final int CONTROL_QUEUE = 64;
    private static final int CLOSE_WAIT_SECONDS = 2;

    private final WorkLimits limits;
    private final ThreadPoolExecutor control =
            PlatformThreads.executor("stele-control-", CONTROL_THREADS, CONTROL_QUEUE);
    private final ElasticPool reads;
    private final ExecutorService writes = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("stele-write-", 0).factory());
    private final ThreadPoolExecutor streams = PlatformThreads.cachedExecutor("stele-stream-");
    private final ThreadPoolExecutor transfers;
    private final ThreadPoolExecutor bulk;
    private final WorkerPool compute;

    /**
     * @param limits what one request may use
     * @param computeThreads maximum number of computations at once; 0 for one a processor
     * @param computeQueue maximum number of computations that wait
     * @param maxTransfers maximum number of transfers at once
     * @param bulkThreads maximum number of requests with large bodies at once
     * @param maxRequests maximum number of requests with a permit
     */
    RequestThreads(
            WorkLimits limits,
            int computeThreads,
            int computeQueue,
            int maxTransfers,
            int bulkThreads,
            int maxRequests) {
        this.limits = limits;
        this.reads = new ElasticPool("stele-read-", maxRequests + SPARE_REQUEST_THREADS);
        this.transfers = BackgroundThreads.executor("stele-transfer-", Math.max(1, maxTransfers), Integer.MAX_VALUE);
        this.bulk = BackgroundThreads.executor("stele-bulk-", Math.max(1, bulkThreads), Integer.MAX_VALUE);
        this.compute = new WorkerPool(
                "computations",
                "server.compute-queue",
                computeThreads == 0 ? Runtime.getRuntime().availableProcessors() : computeThreads,
                computeQueue,
                true);
    }

    /** What one request may use. */
    WorkLimits limits() {
        return limits;
    }

    ExecutorService control() {
        return control;
    }

    Executor reads() {
        return reads;
    }

    Executor writes() {
        return writes;
    }

    ExecutorService transfers() {
        return transfers;
    }

    ExecutorService bulk() {
        return bulk;
    }

    /** Runs calls of tools within the limits of requests. */
    ToolRunner toolRunner() {
        return ToolRunner.of(limits, compute);
    }

    ExecutorService streams() {
        return streams;
    }

    /** Runs a computation whose length its input decides, within what is left of the request's limits, and waits for it. */
    <T> T compute(Caller caller, Callable<T> work) throws Exception {
        return compute.call(
                caller.limited() ? caller.name() : "", WorkBudget.current().orElse(limits), work);
    }

    /** Interrupts what still runs and waits a moment for it. Idempotent. */
    @Override
    public void close() {
        compute.close();
        reads.close();
        List<ExecutorService> pools = List.of(control, writes, streams, transfers, bulk);
        pools.forEach(ExecutorService::shutdownNow);
        try {
            if (!reads.close(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS)) {
                LOG.log(System.Logger.Level.WARNING, "a request goes on after the server was closed");
            }
            for (ExecutorService pool : pools) {
                if (!pool.awaitTermination(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS)) {
                    LOG.log(System.Logger.Level.WARNING, "a stream or job goes on after the server was closed");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
