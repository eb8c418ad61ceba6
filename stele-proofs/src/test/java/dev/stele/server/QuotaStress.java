package dev.stele.server;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Quotas and the admission of requests. */
public final class QuotaStress {

    private static final Caller LOCAL = new Caller("local", false);
    private static final Caller LIMITED = new Caller("key a", true);

    private QuotaStress() {}

    private static int take(Quota quota, Caller caller) {
        try {
            quota.take(caller);
            return 1;
        } catch (HttpProblem e) {
            return 0;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "one caller gets the last unit")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the maximum is exceeded, or nobody gets the last unit")
    @State
    public static class LastUnit {
        private final Quota quota = new Quota("things", "test.max", 1, 100);

        @Actor
        public void first(III_Result result) {
            result.r1 = take(quota, LOCAL);
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = take(quota, LOCAL);
        }

        @Arbiter
        public void held(III_Result result) {
            result.r3 = (int) quota.held();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "a caller gets its share")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a caller gets more than its share, or less")
    @State
    public static class ShareOfACaller {
        private final Quota quota = new Quota("things", "test.max", 2, 50);

        @Actor
        public void first(III_Result result) {
            result.r1 = take(quota, LIMITED);
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = take(quota, LIMITED);
        }

        @Arbiter
        public void held(III_Result result) {
            result.r3 = (int) quota.held();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "the other permit is still held")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a permit that is closed twice returns two units")
    @State
    public static class TwoEndsOfAPermit {
        private final Quota quota = new Quota("things", "test.max", 2, 50);
        private final Permit permit = quota.take(LOCAL);
        private final Permit other = quota.take(LIMITED);

        @Actor
        public void first() {
            permit.close();
        }

        @Actor
        public void second() {
            permit.close();
        }

        @Arbiter
        public void held(II_Result result) {
            result.r1 = (int) quota.held();
            other.close();
            result.r2 = take(quota, LIMITED);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "the request starts when the permit is free")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the request waits although the permit is free, or starts twice")
    @State
    public static class QueuedRequest {
        private final Admission admission = new Admission(
                new Quota("requests", "test.max", 1, 100),
                new AgentQuota("requests", "test.agent", 1, 100),
                Duration.ofMinutes(1));
        private final AtomicInteger started = new AtomicInteger();
        private Permit running;

        public QueuedRequest() {
            admission.admit(Optional.of("kira"), LOCAL, permit -> running = permit, _ -> {});
        }

        @Actor
        public void end() {
            running.close();
        }

        @Actor
        public void admit() {
            admission.admit(
                    Optional.of("kira"),
                    LOCAL,
                    permit -> {
                        started.incrementAndGet();
                        permit.close();
                    },
                    _ -> started.addAndGet(-100));
        }

        @Arbiter
        public void count(II_Result result) {
            result.r1 = started.get();
            result.r2 = (int) admission.running() + admission.queued();
        }
    }
}
