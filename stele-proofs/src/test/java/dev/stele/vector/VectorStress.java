package dev.stele.vector;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import java.util.Map;
import java.util.Optional;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** The vectors that index snapshots share. */
public final class VectorStress {

    /** Vectors after which the next but one is in a new chunk. */
    private static final int ALMOST_A_CHUNK = 63;

    private VectorStress() {}

    private static VectorStore almostFull() {
        var arena = Arenas.apart(new ArenaOptions(1 << 16, Map.of(), false, false, Integer.MAX_VALUE))
                .account("test")
                .arena(ArenaKind.CACHE);
        var store = new VectorStore(arena, 1, Optional.empty());
        for (int i = 0; i < ALMOST_A_CHUNK; i++) {
            store.add(new float[] {i});
        }
        return store;
    }

    private static int at(VectorStore store, int ordinal) {
        return (int) store.get(ordinal)[0];
    }

    @JCStressTest
    @Outcome(
            id = {"-1, -1", "100, -1", "100, 200"},
            expect = Expect.ACCEPTABLE,
            desc = "published vectors are whole")
    @Outcome(expect = Expect.FORBIDDEN, desc = "an ordinal is published before its vector or its chunk")
    @State
    public static class ReaderBesideAdditions {
        private final VectorStore store = almostFull();
        private volatile int one = -1;
        private volatile int other = -1;

        @Actor
        public void add() {
            one = store.add(new float[] {100});
            other = store.add(new float[] {200});
        }

        @Actor
        public void read(II_Result result) {
            int later = other;
            int earlier = one;
            result.r1 = earlier < 0 ? -1 : at(store, earlier);
            result.r2 = later < 0 ? -1 : at(store, later);
        }
    }

    @JCStressTest
    @Outcome(id = "100, 200, 1", expect = Expect.ACCEPTABLE, desc = "each vector has a place of its own")
    @Outcome(expect = Expect.FORBIDDEN, desc = "one addition overwrites the other")
    @State
    public static class TwoAdditions {
        private final VectorStore store = almostFull();
        private int one;
        private int other;

        @Actor
        public void add() {
            one = store.add(new float[] {100});
        }

        @Actor
        public void addAnother() {
            other = store.add(new float[] {200});
        }

        @Arbiter
        public void read(III_Result result) {
            result.r1 = at(store, one);
            result.r2 = at(store, other);
            result.r3 = Math.abs(one - other);
        }
    }

    @JCStressTest
    @Outcome(id = "100, 200, 62", expect = Expect.ACCEPTABLE, desc = "both have their own and the shared vectors")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a fork and its origin write to the same place")
    @State
    public static class AdditionBesideFork {
        private final VectorStore store = almostFull();
        private VectorStore fork;
        private int one;
        private int other;

        @Actor
        public void add() {
            one = store.add(new float[] {100});
        }

        @Actor
        public void addToAFork() {
            fork = store.fork();
            other = fork.add(new float[] {200});
        }

        @Arbiter
        public void read(III_Result result) {
            result.r1 = at(store, one);
            result.r2 = at(fork, other);
            result.r3 = at(fork, ALMOST_A_CHUNK - 1);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0, 100", "0, 1, 200"},
            expect = Expect.ACCEPTABLE,
            desc = "one thread fills the place")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both threads fill the place, or none does")
    @State
    public static class TwoFills {
        private final VectorStore store = withGap();

        private static VectorStore withGap() {
            VectorStore store = almostFull();
            store.skip();
            return store;
        }

        @Actor
        public void fill(III_Result result) {
            result.r1 = store.fill(ALMOST_A_CHUNK, new float[] {100}) ? 1 : 0;
        }

        @Actor
        public void fillToo(III_Result result) {
            result.r2 = store.fill(ALMOST_A_CHUNK, new float[] {200}) ? 1 : 0;
        }

        @Arbiter
        public void read(III_Result result) {
            result.r3 = at(store, ALMOST_A_CHUNK);
        }
    }
}
