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
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The thread pools of a server, one for each kind of work (bulkheads). Thread-safe.
 *
 * <p>No pool takes threads from another, so that an overload of one kind of work leaves the others unaffected. Work
 * that runs native code (databases) or occupies a processor for a time that its input decides runs on platform threads,
 * because the operating system preempts them; the scheduler of virtual threads does not. Requests that write read from
 * the database too. They spend most of their time waiting for the group commit of the agent's writer thread, so each
 * has a thread at once: a pool that grows only when its threads are found waiting would delay them. The most frequent
 * writes, those of messages, are submitted instead, and no thread waits: waking one for each would cost more than the
 * write.
 *
 * <table>
 *   <caption>Thread pools</caption>
 *   <tr><th>pool</th><th>threads</th><th>work</th><th>bounded by</th></tr>
 *   <tr><td>control</td><td>{@value #CONTROL_THREADS} platform threads, queue of {@value #CONTROL_QUEUE_LENGTH}</td>
 *     <td>readiness, metrics</td><td>its queue</td></tr>
 *   <tr><td>reads</td><td>{@link ElasticPool} of platform threads</td>
 *     <td>admitted requests whose route needs the scope read</td><td>{@link Admission}</td></tr>
 *   <tr><td>writes</td><td>one platform thread for each request, reused</td>
 *     <td>admitted requests whose route needs another scope; WebSocket frames</td><td>{@link Admission}</td></tr>
 *   <tr><td>submissions</td><td>{@link ElasticPool} of platform threads</td>
 *     <td>admitted requests that submit a write, and their replies</td><td>{@link Admission}</td></tr>
 *   <tr><td>bulk</td><td>{@code server.bulk-threads} background threads</td>
 *     <td>admitted requests with large bodies, which need much memory for parsing</td><td>{@link Admission}</td></tr>
 *   <tr><td>compute</td><td>{@code server.compute-threads} background threads</td>
 *     <td>work whose duration the input decides: graph queries, traversals and searches</td>
 *     <td>{@code server.compute-queue}, {@link WorkLimits}; half of the threads for one caller</td></tr>
 *   <tr><td>transfers</td><td>{@code server.max-transfers} background threads</td><td>exports and imports</td>
 *     <td>quota of {@code server.max-transfers}</td></tr>
 *   <tr><td>streams</td><td>one platform thread for each stream</td>
 *     <td>waiting for a language model, a change or a client; messages of the Model Context Protocol</td>
 *     <td>quotas of streams, answers and MCP messages</td></tr>
 * </table>
 *
 * <p>A request that computes keeps its thread of the pool reads or writes while it waits for the compute pool. The
 * connection threads report the health of the server themselves; nothing blocks on them.
 */
final class RequestThreads implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(RequestThreads.class.getName());
    /**
     * Number of threads of an elastic pool in addition to the permits, because a request releases its permit before
     * its thread is free.
     */
    private static final int SPARE_THREADS = 16;

    private static final int CONTROL_THREADS = 2;
    private static final int CONTROL_QUEUE_LENGTH = 64;
    private static final int CLOSE_TIMEOUT_SECONDS = 2;

    private final WorkLimits limits;
    private final ThreadPoolExecutor control =
            PlatformThreads.executor("stele-control-", CONTROL_THREADS, CONTROL_QUEUE_LENGTH);
    private final ElasticPool reads;
    private final ElasticPool submissions;
    private final ThreadPoolExecutor writes = PlatformThreads.cachedExecutor("stele-write-");
    private final ThreadPoolExecutor streams = PlatformThreads.cachedExecutor("stele-stream-");
    private final ThreadPoolExecutor transfers;
    private final ThreadPoolExecutor bulk;
    private final WorkerPool compute;

    /**
     * @param limits time and other resources that one request may use
     * @param computeThreads maximum number of concurrent computations; 0 for the number of processors
     * @param computeQueue maximum number of computations that wait
     * @param maxTransfers maximum number of concurrent exports and imports
     * @param bulkThreads maximum number of concurrent requests with large bodies
     * @param maxRequests maximum number of admitted requests
     */
    RequestThreads(
            WorkLimits limits,
            int computeThreads,
            int computeQueue,
            int maxTransfers,
            int bulkThreads,
            int maxRequests) {
        this.limits = limits;
        this.reads = new ElasticPool("stele-read-", maxRequests + SPARE_THREADS);
        this.submissions = new ElasticPool("stele-submit-", maxRequests + SPARE_THREADS);
        this.transfers = BackgroundThreads.executor("stele-transfer-", Math.max(1, maxTransfers), Integer.MAX_VALUE);
        this.bulk = BackgroundThreads.executor("stele-bulk-", Math.max(1, bulkThreads), Integer.MAX_VALUE);
        this.compute = new WorkerPool(
                "computations",
                "server.compute-queue",
                computeThreads == 0 ? Runtime.getRuntime().availableProcessors() : computeThreads,
                computeQueue,
                true);
    }

    /** Returns the time and other resources that one request may use. */
    WorkLimits limits() {
        return limits;
    }

    /** Returns the pool for readiness and metrics. */
    ExecutorService control() {
        return control;
    }

    /** Returns the pool for admitted requests that read. */
    Executor reads() {
        return reads;
    }

    /** Returns the pool for admitted requests that write, and for WebSocket frames. */
    Executor writes() {
        return writes;
    }

    /** Returns the pool for admitted requests that submit a write, and for their replies. */
    Executor submissions() {
        return submissions;
    }

    /** Returns the pool for exports and imports. */
    ExecutorService transfers() {
        return transfers;
    }

    /** Returns the pool for requests with large bodies. */
    ExecutorService bulk() {
        return bulk;
    }

    /** Returns a runner for MCP tools that applies the limits of requests and uses the compute pool. */
    ToolRunner toolRunner() {
        return ToolRunner.of(limits, compute);
    }

    /** Returns the pool for streams and for work that waits for other systems. */
    ExecutorService streams() {
        return streams;
    }

    /**
     * Runs a computation on the compute pool and waits for its result. The computation has the part of the request's
     * limits that is left.
     *
     * @param caller caller whose share of the pool is used
     * @return the result of {@code work}
     * @throws Exception the exception of {@code work}, or a refusal if the queue is full or a limit is exceeded
     */
    <T> T compute(Caller caller, Callable<T> work) throws Exception {
        return compute.call(
                caller.limited() ? caller.name() : "", WorkBudget.current().orElse(limits), work);
    }

    /**
     * Interrupts the running work and waits up to {@value #CLOSE_TIMEOUT_SECONDS} seconds for the end of each pool.
     * Idempotent.
     */
    @Override
    public void close() {
        compute.close();
        reads.close();
        submissions.close();
        List<ExecutorService> pools = List.of(control, writes, streams, transfers, bulk);
        pools.forEach(ExecutorService::shutdownNow);
        try {
            for (ElasticPool pool : List.of(reads, submissions)) {
                if (!pool.close(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    LOG.log(System.Logger.Level.WARNING, "a request is still running after the server was closed");
                }
            }
            for (ExecutorService pool : pools) {
                if (!pool.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "a stream or job is still running after the server was closed");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
