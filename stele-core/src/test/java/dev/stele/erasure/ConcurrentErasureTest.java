package dev.stele.erasure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.AgentBusyException;
import dev.stele.model.ConflictException;
import dev.stele.model.Erased;
import dev.stele.model.InteractionDraft;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.Traces;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Erasures while other threads write, learn and recall: nothing comes back, and nothing else is lost. */
@Timeout(120)
class ConcurrentErasureTest {

    private static final int WRITERS = 4;
    private static final int ERASURES = 40;

    /** Upper bound of the turns of a writer, so that slow erasures do not let the memory grow. */
    private static final int MAX_TURNS = 400;

    /** A word for each user, which share no three letters with each other or with what else is written. */
    private static final List<String> WORDS =
            List.of("zorbaxel", "quivdrop", "jyntkwuf", "hexmigsy", "vlubkroj", "wazphynk", "fjordtub", "gympixdu");

    @TempDir
    Path data;

    private AgentMemory memory;

    /** What one writer wrote about one message, all acknowledged at a time. */
    private record Turn(String user, String message, String reply, String note, String interaction, long endNanos) {}

    /** One erasure that succeeded. */
    private record Done(Erased erased, long startNanos) {}

    private final ConcurrentLinkedQueue<Turn> turns = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Done> erasures = new ConcurrentLinkedQueue<>();
    private final Set<String> erasedIds = ConcurrentHashMap.newKeySet();

    /** Writers hold the read lock while they write for a user who has not left. */
    private final ReentrantReadWriteLock leaving = new ReentrantReadWriteLock();

    private final Set<String> left = ConcurrentHashMap.newKeySet();
    private final AtomicInteger writing = new AtomicInteger(WRITERS);
    private volatile boolean ended;

    private interface Step {
        void run() throws Exception;
    }

    /** Runs a step, which may fail only with what the methods document. */
    private static boolean run(Step step) throws Exception {
        try {
            step.run();
            return true;
        } catch (NotFoundException | ConflictException | AgentBusyException | LimitExceededException e) {
            return false;
        }
    }

    private static String user(int number) {
        return "u" + number;
    }

    private Void write(int writer) throws Exception {
        try {
            writeTurns(writer);
        } finally {
            writing.decrementAndGet();
        }
        return null;
    }

    private void writeTurns(int writer) throws Exception {
        var random = new Random(writer);
        for (int i = 0; i < MAX_TURNS && !ended; i++) {
            int number = random.nextInt(WORDS.size());
            int turn = i;
            leaving.readLock().lock();
            try {
                if (!left.contains(user(number))) {
                    run(() -> writeTurn(random, number, "w" + writer + "t" + turn));
                }
            } finally {
                leaving.readLock().unlock();
            }
            Thread.sleep(random.nextInt(10));
        }
    }

    /** @param mark word that only this turn has */
    private void writeTurn(Random random, int number, String mark) {
        String user = user(number);
        String session = switch (random.nextInt(4)) {
            case 0 -> "room"; // all users speak here
            case 1 -> user + "-other";
            default -> user;
        };
        String word = WORDS.get(number);
        Message said = memory.remember(
                MessageDraft.user(session, user, "My dog is called " + word + " and I like " + mark + "."));
        acknowledged.add(said.id());
        List<Message> replies =
                memory.remember(List.of(MessageDraft.assistant(session, "So it is " + word + " and " + mark + ".")
                        .withUser(user)
                        .withSources(List.of(said.id()))));
        String reply = replies.getFirst().id();
        acknowledged.add(reply);
        String note = memory.notes()
                .create(NoteDraft.of("fact", "the dog " + word + " goes with " + mark)
                        .withUser(user)
                        .withProvenance(List.of(said.id(), reply)))
                .id();
        String interaction = memory.interactions()
                .record(InteractionDraft.of("chat", user, said.id(), reply).withSession(session))
                .id();
        turns.add(new Turn(user, said.id(), reply, note, interaction, System.nanoTime()));
    }

    private Void recall() throws Exception {
        while (!ended) {
            Set<String> gone = Set.copyOf(erasedIds);
            String word = WORDS.get(ThreadLocalRandom.current().nextInt(WORDS.size()));
            run(() -> {
                List<Hit> hits =
                        memory.recall(RecallQuery.of("dog called " + word)).hits();
                assertThat(hits).extracting(Hit::id).doesNotContainAnyElementsOf(gone.isEmpty() ? Set.of("-") : gone);
            });
            Thread.sleep(2);
        }
        return null;
    }

    private Void learn() throws Exception {
        while (!ended) {
            run(memory::reflect);
            Thread.sleep(5);
        }
        return null;
    }

    private boolean erase(Callable<Erased> how) throws Exception {
        long startNanos = System.nanoTime();
        return run(() -> {
            Erased erased = how.call();
            erasures.add(new Done(erased, startNanos));
            // The summary of a session is made again under the same id from what is left.
            erased.items().stream()
                    .map(Erased.Item::id)
                    .filter(id -> !id.startsWith("summary-"))
                    .forEach(erasedIds::add);
        });
    }

    private Void eraseAll() throws Exception {
        var random = new Random(99);
        try {
            while (turns.size() < 20 && writing.get() > 0) {
                Thread.sleep(5);
            }
            int users = WORDS.size() / 2;
            for (int done = 0; done < ERASURES - users; ) {
                boolean erased = switch (random.nextInt(3)) {
                    case 0 -> {
                        String user = user(random.nextInt(WORDS.size()));
                        yield erase(() -> memory.users().forget(user));
                    }
                    case 1 -> {
                        String user = user(random.nextInt(WORDS.size()));
                        yield erase(() -> memory.sessions().delete(random.nextBoolean() ? user : user + "-other"));
                    }
                    default -> {
                        List<Turn> all = List.copyOf(turns);
                        Turn turn = all.get(all.size() - 1 - random.nextInt(Math.min(20, all.size())));
                        yield erase(() -> memory.deleteMessage(turn.message()));
                    }
                };
                if (erased) {
                    done++;
                } else if (writing.get() == 0) {
                    break; // the rest may be erased already
                }
            }
            for (int number = 0; number < users; number++) {
                String user = user(number);
                leaving.writeLock().lock(); // waits for the turns in progress
                try {
                    left.add(user);
                } finally {
                    leaving.writeLock().unlock();
                }
                erase(() -> memory.users().forget(user));
            }
        } finally {
            ended = true;
        }
        return null;
    }

    private void runAll() throws Exception {
        try (var threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var futures = new ArrayList<Future<Void>>();
            for (int writer = 0; writer < WRITERS; writer++) {
                int mine = writer;
                futures.add(threads.submit(() -> write(mine)));
            }
            futures.add(threads.submit(this::recall));
            futures.add(threads.submit(this::learn));
            futures.add(threads.submit(this::eraseAll));
            try {
                for (Future<Void> future : futures) {
                    future.get();
                }
            } finally {
                ended = true;
            }
        }
    }

    @Test
    void erasedItemsDoNotReturnAndOtherItemsAreKept() throws Exception {
        try (Stele open = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            memory = open.agent("kira");
            memory.remember(MessageDraft.user("ben", "ben", "My cat is called Marmalade."));
            runAll();
            assertThat(erasures).hasSizeGreaterThan(ERASURES / 2);
            assertThat(left).hasSize(WORDS.size() / 2);

            memory.reflect();
            memory.runMaintenance();
            checkErasedUsersLeaveNoTrace();
            checkEachMessage();
            checkEachTurn();
            assertThat(memory.recall("cat Marmalade").hits())
                    .anyMatch(hit -> hit.content().contains("Marmalade"));
            assertThat(memory.verify().problems()).isEmpty();
        }
    }

    private void checkErasedUsersLeaveNoTrace() {
        for (String user : left) {
            String word = WORDS.get(Integer.parseInt(user.substring(1)));
            assertThat(memory.users().get(user)).as(user).isEmpty();
            assertThatThrownBy(() -> memory.users().forget(user)).as(user).isInstanceOf(NotFoundException.class);
            assertThat(memory.sessions()
                            .list(Optional.of(user), 50, Optional.empty())
                            .items())
                    .as(user)
                    .isEmpty();
            assertThat(memory.notes()
                            .list(NoteFilter.ofUser(Optional.of(user)), 50, Optional.empty())
                            .items())
                    .as(user)
                    .isEmpty();
            assertThat(memory.interactions()
                            .list(Optional.of(user), Optional.empty(), 50, Optional.empty())
                            .items())
                    .as(user)
                    .isEmpty();
            for (String entity : List.of(user, word)) {
                assertThatThrownBy(() -> memory.graph().get(entity)).as(entity).isInstanceOf(NotFoundException.class);
            }
            assertThat(Traces.of(data, word)).as("of " + user).isEmpty();
        }
    }

    private void checkEachMessage() {
        for (String id : acknowledged) {
            assertThat(memory.message(id).isPresent()).as("message " + id).isEqualTo(!erasedIds.contains(id));
        }
    }

    /** What was written about a message before its erasure began is erased with it. */
    private void checkEachTurn() {
        int checked = 0;
        for (Turn turn : turns) {
            Optional<Done> erasure = erasures.stream()
                    .filter(done ->
                            done.erased().items().contains(new Erased.Item(Erased.Kind.MESSAGE, turn.message())))
                    .findFirst();
            if (erasure.isPresent() && turn.endNanos() < erasure.get().startNanos()) {
                assertThat(memory.message(turn.reply())).as(turn.toString()).isEmpty();
                assertThat(memory.notes().get(turn.note())).as(turn.toString()).isEmpty();
                assertThat(memory.interactions().get(turn.interaction()))
                        .as(turn.toString())
                        .isEmpty();
                checked++;
            } else if (erasure.isEmpty()) {
                assertThat(memory.notes().get(turn.note()).isPresent())
                        .as(turn.toString())
                        .isEqualTo(!erasedIds.contains(turn.note()));
            }
        }
        assertThat(checked).isPositive();
    }
}
