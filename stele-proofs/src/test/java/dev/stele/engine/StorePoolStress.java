package dev.stele.engine;

import dev.stele.concurrent.PlatformThreads;
import dev.stele.model.AgentName;
import dev.stele.model.ClosedException;
import dev.stele.model.Limits;
import dev.stele.model.NotFoundException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.AgentStore;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** The pool of open stores. */
public final class StorePoolStress {

    private static final AgentName KIRA = new AgentName("kira");
    private static final AgentName BEA = new AgentName("bea");

    private StorePoolStress() {}

    /** A pool of stores that know only whether they are open; opening real ones would leave the race to the disk. */
    private static final class Stores {
        final AtomicInteger opened = new AtomicInteger();
        final AtomicInteger open = new AtomicInteger();
        final AtomicInteger mostOpen = new AtomicInteger();
        final StorePool pool;
        private final AtomicBoolean exists;

        Stores(int places, boolean exists) {
            this.exists = new AtomicBoolean(exists);
            this.pool = new StorePool(
                    this::open,
                    _ -> {},
                    PlatformThreads::unstarted,
                    Limits.DEFAULT.withOpenAgents(places).withPatience(Duration.ofSeconds(20)));
        }

        private AgentStore open(AgentName agent, boolean create) {
            if (!exists.get() && !create) {
                throw new NotFoundException("There is no such agent.");
            }
            exists.set(true);
            opened.incrementAndGet();
            mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
            var closed = new AtomicBoolean();
            return (AgentStore) Proxy.newProxyInstance(
                    Stores.class.getClassLoader(),
                    new Class<?>[] {AgentStore.class},
                    (_, method, _) -> switch (method.getName()) {
                        case "agent" -> agent;
                        case "stamp" -> closed.get() ? OptionalLong.empty() : OptionalLong.of(1);
                        case "close" -> {
                            if (closed.compareAndSet(false, true)) {
                                open.decrementAndGet();
                            }
                            yield null;
                        }
                        default -> throw new UnsupportedOperationException(method.getName());
                    });
        }

        /** Uses a store; returns 1 if it was open all the time, 0 if the pool or agent is gone, -1 otherwise. */
        int use(AgentName agent, boolean create) {
            try {
                return pool.withStore(agent, create, store -> {
                    boolean before = store.stamp().isPresent();
                    for (int i = 0; i < 100; i++) {
                        Thread.onSpinWait();
                    }
                    return before && store.stamp().isPresent() ? 1 : -1;
                });
            } catch (ClosedException | NotFoundException | StelePersistenceException e) {
                return 0;
            }
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "the agent is opened once")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the agent is opened twice, or used while it is closed")
    @State
    public static class TwoUsersOfAnAgent {
        private final Stores stores = new Stores(4, true);

        @Actor
        public void first(III_Result result) {
            result.r1 = stores.use(KIRA, false);
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = stores.use(KIRA, false);
        }

        @Arbiter
        public void opened(III_Result result) {
            result.r3 = stores.opened.get();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "no call uses a closed store")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a store is closed during a call, or stays open after the close")
    @State
    public static class UseBesideEviction {
        private final Stores stores = opened();

        private static Stores opened() {
            var stores = new Stores(4, true);
            stores.use(KIRA, false);
            return stores;
        }

        @Actor
        public void use(II_Result result) {
            result.r1 = stores.use(KIRA, false);
        }

        @Actor
        public void evict() {
            stores.pool.closeIdle(-1);
        }

        @Arbiter
        public void close(II_Result result) {
            stores.pool.close();
            result.r2 = stores.open.get() + stores.pool.count();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "one of two agents is open at a time")
    @Outcome(expect = Expect.FORBIDDEN, desc = "more agents are open than there are places, or one waits in vain")
    @State
    public static class TwoAgentsForOnePlace {
        private final Stores stores = new Stores(1, true);

        @Actor
        public void first(III_Result result) {
            result.r1 = stores.use(KIRA, false);
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = stores.use(BEA, false);
        }

        @Arbiter
        public void mostOpen(III_Result result) {
            result.r3 = stores.mostOpen.get();
            stores.pool.close();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "the call is done or refused, and nothing stays open")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a store stays open, or is closed during the call")
    @State
    public static class UseBesideClose {
        private final Stores stores = new Stores(4, true);

        @Actor
        public void use(II_Result result) {
            result.r1 = stores.use(KIRA, false);
        }

        @Actor
        public void close() {
            stores.pool.close();
        }

        @Arbiter
        public void open(II_Result result) {
            result.r2 = stores.open.get() + stores.pool.count();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"0, 1, 1", "1, 1, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "the agent is created once")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a caller who only looks for the agent prevents its creation")
    @State
    public static class LookupBesideCreation {
        private final Stores stores = new Stores(4, false);

        @Actor
        public void look(III_Result result) {
            result.r1 = stores.use(KIRA, false);
        }

        @Actor
        public void create(III_Result result) {
            result.r2 = stores.use(KIRA, true);
        }

        @Arbiter
        public void opened(III_Result result) {
            result.r3 = stores.opened.get();
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "both calls fail, and no place is taken")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a failed open leaves an entry or takes a place")
    @State
    public static class TwoLookupsOfNothing {
        private final Stores stores = new Stores(1, false);

        @Actor
        public void first(III_Result result) {
            result.r1 = stores.use(KIRA, false);
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = stores.use(KIRA, false);
        }

        @Arbiter
        public void rest(III_Result result) {
            result.r3 = stores.pool.count() + stores.pool.open().size();
        }
    }
}
