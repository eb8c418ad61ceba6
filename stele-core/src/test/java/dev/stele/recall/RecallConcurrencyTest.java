package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.MessageDraft;
import dev.stele.model.TaskDraft;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers given while somebody writes are right for a moment between the question and the answer. */
@Tag("long")
class RecallConcurrencyTest {

    private static final int READERS = 16;
    private static final int OPERATIONS = 120;
    /** So many that they are searched by codes, and saved. */
    private static final int OTHERS = 7_000;

    @TempDir
    Path data;

    /** What there was after each change that the writer made: ids of marked messages and their texts. */
    private final ConcurrentSkipListMap<Long, TreeMap<String, String>> history = new ConcurrentSkipListMap<>();

    private static final Set<ChangeKind> OF_MESSAGES =
            Set.of(ChangeKind.MESSAGE_CREATED, ChangeKind.MESSAGE_EDITED, ChangeKind.MESSAGE_DELETED);

    /** Number of a change up to which {@link #history} is complete. */
    private final AtomicLong recorded = new AtomicLong();

    @Test
    void everyResultIsExactForOneChangeDuringTheQuery() throws Exception {
        try (Stele stele = Stele.open(Stores.at(data).withRetention(0, true), Optional.of(new WordEmbedder()))) {
            stele.tasks().start(1);
            AgentMemory memory = stele.agent("kira");
            for (int from = 0; from < OTHERS; from += 500) {
                var drafts = new ArrayList<MessageDraft>();
                for (int i = from; i < from + 500; i++) {
                    drafts.add(MessageDraft.user(
                            "s" + i / 25, "ana", "some talk of thing%d and thing%d".formatted(i % 101, i % 83)));
                }
                memory.remember(drafts);
            }
            history.put(memory.stats().changes(), new TreeMap<>());
            recorded.set(memory.stats().changes());
            var done = new AtomicBoolean();
            var answers = new AtomicInteger();
            var changes = new ConcurrentSkipListSet<Long>();
            Threads.atOnceOfTheSystem(READERS + 1, thread -> () -> {
                if (thread == READERS) {
                    try {
                        write(memory, stele);
                    } finally {
                        recorded.set(Long.MAX_VALUE);
                        done.set(true);
                    }
                    return thread;
                }
                var random = new Random(thread);
                while (!done.get()) {
                    changes.add(ask(memory, random));
                    answers.incrementAndGet();
                }
                return thread;
            });
            System.out.println(answers + " answers of " + changes.size() + " different moments");
            assertThat(changes.size()).isGreaterThan(20);
        }
    }

    private void write(AgentMemory memory, Stele stele) throws InterruptedException {
        var random = new Random(99);
        var live = new TreeMap<String, String>();
        for (int i = 0; i < OPERATIONS; i++) {
            String id = "m" + i;
            String text = "marked message with own" + i;
            int what = random.nextInt(10);
            if (what < 5 || live.size() < 3) {
                live.put(id, text);
                long before = memory.stats().changes();
                memory.remember(MessageDraft.user("marks" + i % 3, "ana", text).withId(id));
                record(memory, live, before);
            } else if (what < 7) {
                id = pick(live, random);
                live.remove(id);
                long before = memory.stats().changes();
                memory.deleteMessage(id);
                record(memory, live, before);
            } else if (what < 9) {
                id = pick(live, random);
                live.put(id, text);
                long before = memory.stats().changes();
                memory.editMessage(id, text);
                record(memory, live, before);
            } else {
                // Saves and maps the vectors again, and drops leftovers.
                stele.tasks().submit(TaskDraft.of("maintenance").withAgent(new AgentName("kira")));
            }
        }
    }

    /** Records what the writer's latest change left. Maintenance may have made changes before and after it. */
    private void record(AgentMemory memory, SortedMap<String, String> live, long before) {
        long number = memory.changes(before, 100).stream()
                .filter(change -> OF_MESSAGES.contains(change.kind()))
                .findFirst()
                .orElseThrow()
                .number();
        history.put(number, new TreeMap<>(live));
        recorded.set(memory.stats().changes());
    }

    private static String pick(SortedMap<String, String> live, Random random) {
        return List.copyOf(live.keySet()).get(random.nextInt(live.size()));
    }

    private long ask(AgentMemory memory, Random random) {
        long before = memory.stats().changes();
        boolean byWords = random.nextBoolean();
        RecallQuery query = RecallQuery.of(
                        byWords ? "marked " + random.nextInt(1_000_000) : "own" + random.nextInt(OPERATIONS))
                .withLimit(500)
                .withMode(RecallMode.KEYWORD);
        RecallResult answer = memory.recall(query);
        long after = memory.stats().changes();
        assertThat(answer.change()).isBetween(before, after);
        while (recorded.get() < answer.change()) {
            LockSupport.parkNanos(50_000); // the writer records the change soon
        }
        TreeMap<String, String> there = history.floorEntry(answer.change()).getValue();
        if (byWords) {
            Set<String> marked = answer.hits().stream()
                    .filter(hit -> hit.content().startsWith("marked"))
                    .map(Hit::id)
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(marked).isEqualTo(there.keySet());
            answer.hits().stream()
                    .filter(hit -> there.containsKey(hit.id()))
                    .forEach(hit -> assertThat(hit.content()).isEqualTo(there.get(hit.id())));
        } else {
            String word = query.text();
            Set<String> own = there.entrySet().stream()
                    .filter(entry -> entry.getValue().endsWith(" " + word))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
            assertThat(answer.hits().stream().map(Hit::id).toList()).containsAll(own);
            assertThat(there.keySet())
                    .containsAll(answer.hits().stream().map(Hit::id).toList());
        }
        return answer.change();
    }
}
