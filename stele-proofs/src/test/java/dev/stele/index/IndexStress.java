package dev.stele.index;

import dev.stele.Stele;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.store.AgentStore;
import dev.stele.store.StoreView;
import dev.stele.store.sqlite.SqliteStores;
import dev.stele.support.WordEmbedder;
import dev.stele.vector.VectorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Index snapshots and what successive snapshots share. */
public final class IndexStress {

    private IndexStress() {}

    @JCStressTest
    @Outcome(
            id = {"1, 0, 0", "0, 1, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "one of two successors is on the branch")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both successors are on one branch, and assign the same ordinals")
    @State
    public static class TwoSuccessors {
        private final SnapshotLineage base = SnapshotLineage.first(1);
        private SnapshotLineage one;
        private SnapshotLineage other;

        @Actor
        public void first(III_Result result) {
            one = base.next(2);
            result.r1 = one.isOfLine(base) ? 1 : 0;
        }

        @Actor
        public void second(III_Result result) {
            other = base.next(2);
            result.r2 = other.isOfLine(base) ? 1 : 0;
        }

        @Arbiter
        public void compare(III_Result result) {
            result.r3 = one.follows(other) || other.follows(one) ? 1 : 0;
        }
    }

    /** Returns a dictionary that grows with the next value. */
    private static Dictionary<String> full() {
        var dictionary = new Dictionary<String>();
        for (int i = 0; i < 16; i++) {
            dictionary.of("value " + i);
        }
        return dictionary;
    }

    @JCStressTest
    @Outcome(id = "16, 1", expect = Expect.ACCEPTABLE, desc = "a value that is found can be read")
    @Outcome(expect = Expect.FORBIDDEN, desc = "an id is published before its value")
    @State
    public static class ReaderBesideANewValue {
        private final Dictionary<String> values = full();

        @Actor
        public void add(II_Result result) {
            result.r1 = values.of("a");
        }

        @Actor
        public void find(II_Result result) {
            int id = values.find("a");
            result.r2 = id == Dictionary.UNKNOWN || "a".equals(values.get(id)) ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"16, 17, 1", "17, 16, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "each value has an id")
    @Outcome(expect = Expect.FORBIDDEN, desc = "an id is assigned twice, or a value is lost")
    @State
    public static class TwoNewValues {
        private final Dictionary<String> values = full();

        @Actor
        public void add(III_Result result) {
            result.r1 = values.of("a");
        }

        @Actor
        public void addAnother(III_Result result) {
            result.r2 = values.of("b");
        }

        @Arbiter
        public void compare(III_Result result) {
            boolean added =
                    values.get(result.r1).equals("a") && values.get(result.r2).equals("b");
            result.r3 = added && values.get(15).equals("value 15") ? 1 : 0;
        }
    }

    @JCStressTest
    @Outcome(id = "16, 16", expect = Expect.ACCEPTABLE, desc = "the value has one id")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a value has two ids")
    @State
    public static class OneValueTwice {
        private final Dictionary<String> values = full();

        @Actor
        public void first(II_Result result) {
            result.r1 = values.of("a");
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = values.of("a");
        }
    }

    /**
     * An agent at three points in time: as it was with {@link #FIRST} messages, with {@link #MIDDLE} and with {@link
     * #LAST}.
     */
    private static final class Times {
        static final int FIRST = 3;
        static final int MIDDLE = 70; // the vectors of later messages are in another chunk
        static final int LAST = 75;
        static final SnapshotCache.Model MODEL = SnapshotCache.Model.of(Optional.of(new WordEmbedder()));

        static final AgentStore AT_FIRST;
        static final AgentStore AT_MIDDLE;
        static final AgentStore AT_LAST;

        static {
            try {
                Path data = Files.createTempDirectory("stele-stress");
                AT_FIRST = store(data, 0, FIRST);
                AT_MIDDLE = store(data, FIRST, MIDDLE);
                AT_LAST = store(data, MIDDLE, LAST);
            } catch (IOException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        /** Adds messages, and returns the store of a copy. */
        private static AgentStore store(Path data, int before, int after) throws IOException {
            Path present = data.resolve("present");
            try (Stele stele = Stele.open(
                    SteleConfig.at(present).withMaintenance(Duration.ofHours(1), Duration.ofHours(1)),
                    Optional.of(new WordEmbedder()))) {
                stele.agent("kira")
                        .remember(IntStream.range(before, after)
                                .mapToObj(i -> MessageDraft.user("s", "ana", "message word" + i))
                                .toList());
            }
            Path copy = data.resolve("with-" + after);
            try (Stream<Path> paths = Files.walk(present)) {
                for (Path path : (Iterable<Path>) paths::iterator) {
                    Files.copy(path, copy.resolve(present.relativize(path).toString()));
                }
            }
            return SqliteStores.open(copy, Limits.DEFAULT, false).open(new AgentName("kira"));
        }

        static IndexSnapshot load(StoreView view) {
            var arena = Arenas.apart(new ArenaOptions(1 << 16, Map.of(), false, false, Integer.MAX_VALUE))
                    .account("test")
                    .arena(ArenaKind.CACHE);
            return IndexSnapshot.load(view, MODEL.name(), new VectorStore(arena, MODEL.dimension(), Optional.empty()));
        }

        /** The vectors of all messages, by item number. */
        static final Map<Long, float[]> VECTORS = vectors(AT_LAST.read(Times::load));

        private static Map<Long, float[]> vectors(IndexSnapshot snapshot) {
            return IntStream.range(0, snapshot.size())
                    .boxed()
                    .collect(Collectors.toMap(
                            snapshot::number, ordinal -> snapshot.vectors().get(snapshot.place(ordinal))));
        }

        /** Returns 1 if a snapshot has so many messages, each with its vector. */
        static int isWhole(IndexSnapshot snapshot, int messages) {
            if (snapshot.count() != messages) {
                return 0;
            }
            for (Map.Entry<Long, float[]> item : vectors(snapshot).entrySet()) {
                if (!Arrays.equals(item.getValue(), VECTORS.get(item.getKey()))) {
                    return -1;
                }
            }
            return 1;
        }
    }

    private static RecentSnapshots recent() {
        return new RecentSnapshots(Times.MODEL, Times.AT_FIRST.read(Times::load), Times::load);
    }

    private static IndexSnapshot at(RecentSnapshots recent, AgentStore store) {
        return store.read(view -> recent.at(view).orElseThrow());
    }

    @JCStressTest
    @Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "each reader gets the snapshot of its time")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a snapshot is of another time, or has wrong vectors")
    @State
    public static class ReadersOfTwoTimes {
        private final RecentSnapshots recent = recent();
        private IndexSnapshot middle;
        private IndexSnapshot last;

        @Actor
        public void readEarlier(III_Result result) {
            middle = at(recent, Times.AT_MIDDLE);
            result.r1 = Times.isWhole(middle, Times.MIDDLE);
        }

        @Actor
        public void read(III_Result result) {
            last = at(recent, Times.AT_LAST);
            result.r2 = Times.isWhole(last, Times.LAST);
        }

        @Arbiter
        public void compare(III_Result result) {
            result.r3 = Math.min(Times.isWhole(middle, Times.MIDDLE), Times.isWhole(last, Times.LAST));
        }
    }

    @JCStressTest
    @Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "both readers get one snapshot")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a snapshot is derived twice, or is wrong")
    @State
    public static class ReadersOfATime {
        private final RecentSnapshots recent = recent();
        private IndexSnapshot one;
        private IndexSnapshot other;

        @Actor
        public void read(III_Result result) {
            one = at(recent, Times.AT_LAST);
            result.r1 = Times.isWhole(one, Times.LAST);
        }

        @Actor
        public void readToo(III_Result result) {
            other = at(recent, Times.AT_LAST);
            result.r2 = Times.isWhole(other, Times.LAST);
        }

        @Arbiter
        public void compare(III_Result result) {
            result.r3 = one == other ? 1 : 0;
        }
    }
}
