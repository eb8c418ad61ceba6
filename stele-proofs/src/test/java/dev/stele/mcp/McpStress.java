package dev.stele.mcp;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Event streams and tasks of MCP clients. */
public final class McpStress {

    private static final long MAX_WAIT_MILLIS = 10_000;

    private McpStress() {}

    @JCStressTest
    @Outcome(
            id = "1, 2",
            expect = Expect.ACCEPTABLE,
            desc = "the reader gets the messages in their order, the first at once")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the reader is not woken, or a message is lost")
    @State
    public static class ReaderOfAStream {
        private final EventLog log = new EventLog("test");

        @Actor
        public void add() {
            log.add(Map.of("a", 1));
            log.add(Map.of("a", 2));
        }

        @Actor
        public void read(II_Result result) {
            long start = System.nanoTime();
            try {
                EventLog.Event first = log.after(0, MAX_WAIT_MILLIS).orElseThrow();
                boolean atOnce = System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(MAX_WAIT_MILLIS / 2);
                EventLog.Event second = log.after(1, MAX_WAIT_MILLIS).orElseThrow();
                result.r1 = atOnce && first.number() == 1 && second.number() == 2 ? (int) value(first) : -1;
                result.r2 = (int) value(second);
            } catch (InterruptedException e) {
                result.r1 = -2;
            }
        }

        private static Object value(EventLog.Event event) {
            return event.message().get("a");
        }
    }

    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the end of the stream ends the wait")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the reader waits for a stream that has ended")
    @State
    public static class ReaderBesideEnd {
        private final EventLog log = new EventLog("test");

        @Actor
        public void close() {
            log.close();
        }

        @Actor
        public void read(I_Result result) {
            long start = System.nanoTime();
            try {
                boolean none = log.after(0, MAX_WAIT_MILLIS).isEmpty();
                boolean atOnce = System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(MAX_WAIT_MILLIS / 2);
                result.r1 = none && atOnce ? 1 : 0;
            } catch (InterruptedException e) {
                result.r1 = -1;
            }
        }
    }

    private static McpTask task() {
        return new McpTask("", "kira", Duration.ofMinutes(1), Map.of());
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "the task ends once")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the task ends twice, or its status changes after its end")
    @State
    public static class ResultBesideCancellation {
        private final McpTask task = task();
        private final AtomicInteger changes = new AtomicInteger();
        private volatile Object told = "nothing";

        public ResultBesideCancellation() {
            task.add(state -> {
                changes.incrementAndGet();
                told = state.get("status");
            });
        }

        @Actor
        public void complete() {
            task.complete(Map.of());
        }

        @Actor
        public void cancel() {
            task.cancel();
        }

        @Arbiter
        public void compare(II_Result result) {
            result.r1 = changes.get();
            result.r2 = told.equals(task.toJson().get("status")) ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1", "2"},
            expect = Expect.ACCEPTABLE,
            desc = "the listener learns of the end")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the listener misses the end")
    @State
    public static class ListenerBesideEnd {
        private final McpTask task = task();
        private final AtomicInteger ends = new AtomicInteger();

        @Actor
        public void listen() {
            task.add(state -> {
                if ("completed".equals(state.get("status"))) {
                    ends.incrementAndGet();
                }
            });
        }

        @Actor
        public void complete() {
            task.complete(Map.of());
        }

        @Arbiter
        public void count(I_Result result) {
            result.r1 = ends.get();
        }
    }
}
