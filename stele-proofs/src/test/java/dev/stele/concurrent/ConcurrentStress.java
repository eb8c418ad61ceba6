package dev.stele.concurrent;

import dev.stele.model.AgentBusyException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Interrupts, gates, loops and pools of threads. */
public final class ConcurrentStress {

    private static final System.Logger LOG = System.getLogger(ConcurrentStress.class.getName());

    private static final Duration MAX_WAIT = Duration.ofSeconds(10);

    private ConcurrentStress() {}

    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "the interrupt ends with the task")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the interrupt reaches what the thread does next")
    @State
    public static class InterruptBesideTask {
        private final InterruptibleTask task = new InterruptibleTask(() -> {});

        @Actor
        public void run(I_Result result) {
            task.run();
            result.r1 = Thread.interrupted() ? 1 : 0;
        }

        @Actor
        public void interrupt() {
            task.interrupt();
        }
    }

    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "background work waits for the other visit")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a visit that is closed twice ends another one")
    @State
    public static class TwoEndsOfAVisit {
        private static final Duration SHORT_WAIT = Duration.ofNanos(200_000);

        private final ForegroundGate gate = new ForegroundGate();
        private final ForegroundGate.Visit visit = gate.enter();
        private final ForegroundGate.Visit other = gate.enter();

        @Actor
        public void first() {
            visit.close();
        }

        @Actor
        public void second() {
            visit.close();
        }

        @Arbiter
        public void wait(I_Result result) {
            long start = System.nanoTime();
            gate.yieldToForeground(SHORT_WAIT);
            result.r1 = System.nanoTime() - start >= SHORT_WAIT.toNanos() ? 1 : 0;
            other.close();
        }
    }

    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "background work goes on at the end of the visit")
    @Outcome(expect = Expect.FORBIDDEN, desc = "background work is not woken")
    @State
    public static class WaitForTheForeground {
        private final ForegroundGate gate = new ForegroundGate();
        private final ForegroundGate.Visit visit = gate.enter();

        @Actor
        public void leave() {
            visit.close();
        }

        @Actor
        public void wait(I_Result result) {
            long start = System.nanoTime();
            gate.yieldToForeground(MAX_WAIT);
            result.r1 = System.nanoTime() - start < MAX_WAIT.toNanos() / 2 ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the loop ends")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the loop goes on after it was stopped")
    @State
    public static class StopOfALoop {
        private final GuardedLoop loop =
                GuardedLoop.start("stress", LOG, PlatformThreads::unstarted, self -> self.await(MAX_WAIT));

        @Actor
        public void stop() {
            loop.stop();
        }

        @Actor
        public void interrupt() {
            loop.interrupt();
        }

        @Arbiter
        public void join(I_Result result) {
            result.r1 = loop.join(MAX_WAIT) ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 1", "0, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "the call is done, or refused or interrupted")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the call waits for a pool that is closed")
    @State
    public static class CallBesideClose {
        private final WorkerPool pool = new WorkerPool("tests", "test.queue", 1, 8, false);
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile Thread caller;

        @Actor
        public void call(II_Result result) {
            caller = Thread.currentThread();
            try {
                result.r1 = pool.call(WorkLimits.DEFAULT, () -> 1);
            } catch (Exception e) {
                result.r1 = e instanceof AgentBusyException || isInterrupt(e) ? 0 : -1;
            } finally {
                ended.countDown();
            }
        }

        private static boolean isInterrupt(Exception e) {
            return e instanceof InterruptedException || e instanceof dev.stele.model.LimitExceededException;
        }

        @Actor
        public void close(II_Result result) {
            pool.close();
            try {
                boolean inTime = ended.await(MAX_WAIT.toNanos() / 2, TimeUnit.NANOSECONDS);
                result.r2 = inTime ? 1 : 0;
                if (!inTime && caller != null) {
                    caller.interrupt();
                }
            } catch (InterruptedException e) {
                result.r2 = -1;
            }
        }
    }
}
