package dev.stele.fault;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.concurrent.Deadline;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.model.AgentName;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.UserContext;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.support.WordEmbedder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What threads see through two instances on one directory equals what they would see if one call came after the other:
 * contexts (cache and version counter), recall (snapshots of the index), agents that take each other's place in a small
 * pool of stores, and the queue of writers. Each invocation has a user, a word, agents or a number of its own.
 */
@Tag("proof")
@Tag("directory")
class EngineLincheckTest {

    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final int AGENTS = 3;

    @TempDir
    static Path data;

    private static Stele here;
    private static Stele there;
    /** Instance with room for one open agent. */
    private static Stele narrow;

    private static InterProcessQueueLock queue;

    @BeforeAll
    static void open() throws Exception {
        here = open(Limits.DEFAULT);
        there = open(Limits.DEFAULT);
        narrow = open(Limits.DEFAULT.withOpenAgents(1));
        for (int i = 0; i < AGENTS; i++) {
            agent(here, i).remember(MessageDraft.user("s", "ana", "the first message"));
        }
        queue = InterProcessQueueLock.open(Files.createFile(data.resolve("queue.lock")));
    }

    private static Stele open(Limits limits) {
        return Stele.open(
                SteleConfig.at(data).withLimits(limits), SteleModels.offline(Optional.of(new WordEmbedder())));
    }

    @AfterAll
    static void close() {
        queue.close();
        List.of(narrow, there, here).forEach(Stele::close);
    }

    private static AgentMemory agent(Stele stele, int number) {
        return stele.agent(new AgentName("agent" + number));
    }

    /** The context of one user. */
    public static class Contexts {
        private final String user = "user" + NEXT.incrementAndGet();

        private long count(Stele stele) {
            return agent(stele, 0)
                    .users()
                    .update(user, seen -> seen.withInteraction(seen.firstMet()))
                    .conversations();
        }

        private long get(Stele stele) {
            return agent(stele, 0)
                    .users()
                    .get(user)
                    .map(UserContext::conversations)
                    .orElse(0L);
        }

        @Operation
        public long countHere() {
            return count(here);
        }

        @Operation
        public long countThere() {
            return count(there);
        }

        @Operation
        public long getHere() {
            return get(here);
        }

        @Operation
        public long getThere() {
            return get(there);
        }

        @Operation
        public boolean forget() {
            try {
                return !agent(here, 0).users().forget(user).isNothing();
            } catch (NotFoundException e) {
                return false;
            }
        }
    }

    /** What {@link Contexts} must do. */
    public static class PlainContexts {
        private long count;

        @Operation
        public long countHere() {
            return ++count;
        }

        @Operation
        public long countThere() {
            return ++count;
        }

        @Operation
        public long getHere() {
            return count;
        }

        @Operation
        public long getThere() {
            return count;
        }

        @Operation
        public boolean forget() {
            boolean known = count > 0;
            count = 0;
            return known;
        }
    }

    /** The messages with one word, as recall finds them. */
    public static class Recalls {
        private final String word = "word" + NEXT.incrementAndGet();

        private String say(Stele stele) {
            agent(stele, 1)
                    .remember(MessageDraft.user("s", "ana", word + " for the " + NEXT.incrementAndGet() + ". time"));
            return "said";
        }

        private long find(Stele stele) {
            return agent(stele, 1).recall(RecallQuery.of(word).withoutFolding()).hits().stream()
                    .map(Hit::content)
                    .filter(content -> content.startsWith(word + " "))
                    .count();
        }

        @Operation
        public String sayHere() {
            return say(here);
        }

        @Operation
        public String sayThere() {
            return say(there);
        }

        @Operation
        public long findHere() {
            return find(here);
        }

        @Operation
        public long findThere() {
            return find(there);
        }
    }

    /** What {@link Recalls} must do. */
    public static class PlainRecalls {
        private long said;

        @Operation
        public String sayHere() {
            said++;
            return "said";
        }

        @Operation
        public String sayThere() {
            return sayHere();
        }

        @Operation
        public long findHere() {
            return said;
        }

        @Operation
        public long findThere() {
            return said;
        }
    }

    /** Agents of which one at a time can be open. */
    public static class Pool {
        private final String session = "session" + NEXT.incrementAndGet();

        private long say(int number) {
            agent(narrow, number).remember(MessageDraft.user(session, "ana", "hello"));
            return count(number);
        }

        private long count(int number) {
            return agent(narrow, number)
                    .sessions()
                    .get(session)
                    .map(found -> found.messages())
                    .orElse(0L);
        }

        @Operation
        public boolean sayToFirst() {
            return say(0) > 0;
        }

        @Operation
        public boolean sayToSecond() {
            return say(1) > 0;
        }

        @Operation
        public long countOfFirst() {
            return count(0);
        }

        @Operation
        public long countOfSecond() {
            return count(1);
        }

        @Operation
        public long countOfThird() {
            return count(2);
        }
    }

    /** What {@link Pool} must do. */
    public static class PlainPool {
        private long first;
        private long second;

        @Operation
        public boolean sayToFirst() {
            return ++first > 0;
        }

        @Operation
        public boolean sayToSecond() {
            return ++second > 0;
        }

        @Operation
        public long countOfFirst() {
            return first;
        }

        @Operation
        public long countOfSecond() {
            return second;
        }

        @Operation
        public long countOfThird() {
            return 0;
        }
    }

    /** A number that the queue of writers guards, and nothing else. */
    public static class Queue {
        private long number;

        @Operation
        public long increment() {
            try (var _ = queue.take("the number", Deadline.in(Duration.ofSeconds(30)))) {
                long before = number;
                Thread.onSpinWait();
                number = before + 1;
                return number;
            }
        }

        @Operation
        public long get() {
            try (var _ = queue.take("the number", Deadline.in(Duration.ofSeconds(30)))) {
                return number;
            }
        }
    }

    private static void check(Class<?> structure, Class<?> plain, int iterations, int invocations) {
        new StressOptions()
                .iterations(iterations)
                .invocationsPerIteration(invocations)
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .sequentialSpecification(plain)
                .check(structure);
    }

    private static void checkAll(int iterations, int invocations) {
        check(Contexts.class, PlainContexts.class, iterations, invocations);
        check(Recalls.class, PlainRecalls.class, iterations, invocations);
        check(Pool.class, PlainPool.class, iterations, invocations / 2);
        check(Queue.class, Queue.class, iterations, invocations * 4);
    }

    @Test
    void callsOfSeveralThreadsAreLinearizable() {
        checkAll(2, 15);
    }

    @Test
    @Tag("proof")
    void callsAreLinearizableInLongRuns() {
        checkAll(20, 100);
    }
}
