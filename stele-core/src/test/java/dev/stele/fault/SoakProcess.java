package dev.stele.fault;

import dev.stele.AgentMemory;
import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.config.TaskLimits;
import dev.stele.document.Section;
import dev.stele.fault.Faults.Fault;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.LimitExceededException;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.NoteDraft;
import dev.stele.model.RelationDraft;
import dev.stele.model.SteleException;
import dev.stele.model.TaskDraft;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Ticker;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Process that works for a while beside faults: {@code data seconds}. What it writes it also erases, or retention
 * does, so that it holds as much at the end as at the beginning. Prints a sample from time to time, each
 * {@code violation}, and what it acknowledged last.
 */
final class SoakProcess {

    private static final int LOAD_THREADS = 4;

    private static final int KEPT = 400;
    private static final int USERS = 50;

    private static final Duration FAULT_TIME = Duration.ofMillis(400);
    private static final Duration MAX_PAUSE_BETWEEN_FAULTS = Duration.ofSeconds(8);

    /** Time after a fault in which a call may meet what is left of it, such as a connection that failed. */
    private static final Duration SETTLING = Duration.ofMillis(500);

    /** Number of samples, the first of which are taken while caches still fill. */
    static final int SAMPLES = 24;

    private final Stele stele;
    private final AgentMemory kira;
    private final Path files;
    private final Faults faults;
    private final AtomicBoolean faulty = new AtomicBoolean();
    private final AtomicLong faultsBegun = new AtomicLong();
    private volatile long faultEnded = System.nanoTime();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong next = new AtomicLong();
    private final Map<String, String> latest = new ConcurrentHashMap<>();
    private final Map<String, Integer> refusals = new ConcurrentHashMap<>();

    /** Times of the calls since the latest sample that no fault hit. */
    private final List<Long> writes = Collections.synchronizedList(new ArrayList<>());

    private final List<Long> recalls = Collections.synchronizedList(new ArrayList<>());

    private SoakProcess(Stele stele, Path data, Faults faults) {
        this.stele = stele;
        this.kira = stele.agent(Workload.KIRA);
        this.files = data.resolve("backups");
        this.faults = faults;
    }

    private static SteleConfig config(Path data) {
        return SteleConfig.at(data)
                .withRetention(KEPT, false)
                .withTasks(new TaskLimits(1_000, Duration.ofSeconds(20), Duration.ofSeconds(30)))
                .withMaintenance(Duration.ofSeconds(2), Duration.ofSeconds(2));
    }

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        Duration time = Duration.ofSeconds(Long.parseLong(arguments[1]));
        try (Stele stele = Stele.open(config(data), SteleModels.offline(Optional.of(new WordEmbedder())))) {
            var process = new SoakProcess(stele, data, Faults.ofThisProcess());
            process.run(time);
        }
        System.out.println("closed");
    }

    private interface Step {
        void run(String id, Random random) throws Exception;
    }

    private void run(Duration time) throws Exception {
        DurableFiles.createDirectories(files);
        for (int i = 0; i < KEPT; i++) {
            kira.remember(message("first-" + i, new Random(i)));
        }
        stele.startLearning();
        stele.tasks().start(1);
        List<Step> steps = List.of(
                this::remember,
                this::remember,
                this::remember,
                this::recall,
                this::recall,
                this::note,
                this::user,
                this::graph,
                this::document,
                this::interaction,
                this::agent,
                this::transfer,
                this::task);
        try (var threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            for (int thread = 0; thread < LOAD_THREADS; thread++) {
                var random = new Random(thread);
                threads.execute(() -> {
                    while (stopped.getCount() > 0) {
                        step(steps.get(random.nextInt(steps.size())), random);
                    }
                });
            }
            threads.execute(this::injectFaults);
            for (int i = 0; i < SAMPLES; i++) {
                Thread.sleep(time.dividedBy(SAMPLES).toMillis());
                sample(i);
            }
            stopped.countDown();
        }
        System.out.println("refusals\t" + new TreeMap<>(refusals));
        latest.forEach((session, id) -> System.out.println("latest\t" + session + "\t" + id));
    }

    private void step(Step step, Random random) {
        long faultsBefore = faultsBegun.get();
        boolean settled = !faulty.get() && System.nanoTime() - faultEnded > SETTLING.toNanos();
        String id = "i" + next.incrementAndGet();
        try {
            step.run(id, random);
            done.incrementAndGet();
        } catch (SteleException e) {
            refused.incrementAndGet();
            refusals.merge(e.getClass().getSimpleName(), 1, Integer::sum);
            // Other threads use the same agent, so some calls are refused in any case.
            boolean another =
                    e instanceof AgentBusyException || e instanceof ConflictException || e instanceof NotFoundException;
            if (settled && faultsBegun.get() == faultsBefore && !another) {
                System.out.println("violation\trefused without a fault: " + e);
                e.printStackTrace();
            }
        } catch (Throwable e) {
            System.out.println("violation\tforeign exception " + e);
            e.printStackTrace();
        }
    }

    private void injectFaults() {
        var random = new Random(7);
        List<Fault> kinds = List.of(Fault.values());
        try {
            while (stopped.getCount() > 0) {
                Thread.sleep(random.nextLong(MAX_PAUSE_BETWEEN_FAULTS.toMillis()));
                faulty.set(true);
                faultsBegun.incrementAndGet();
                faults.begin(kinds.get(random.nextInt(kinds.size())), 1 + random.nextInt(40));
                Thread.sleep(random.nextLong(FAULT_TIME.toMillis()));
                faults.end();
                faultEnded = System.nanoTime();
                faulty.set(false);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void timed(List<Long> times, Runnable call) {
        boolean hit = faulty.get();
        long start = System.nanoTime();
        call.run();
        long nanos = System.nanoTime() - start;
        if (!hit && !faulty.get()) {
            times.add(nanos);
        }
    }

    private static MessageDraft message(String id, Random random) {
        return MessageDraft.user(
                        "s" + random.nextInt(20),
                        "ana",
                        "message about word%d and word%d".formatted(random.nextInt(300), random.nextInt(300)))
                .withId(id);
    }

    private void remember(String id, Random random) {
        MessageDraft draft = message(id, random);
        timed(writes, () -> kira.remember(draft));
        latest.put(draft.session(), id);
    }

    private void recall(String id, Random random) {
        timed(recalls, () -> kira.recall(RecallQuery.of("word" + random.nextInt(300))));
    }

    private void note(String id, Random random) {
        kira.notes().create(NoteDraft.of("fact", "Note " + id).withId(id));
        kira.notes().update(id, _ -> NoteDraft.of("fact", "Changed " + id).withId(id));
        kira.notes().delete(id);
    }

    private void user(String id, Random random) {
        kira.users().update("u" + random.nextInt(USERS), seen -> seen.withInteraction(Instant.now()));
    }

    private void graph(String id, Random random) {
        kira.graph().put(EntityDraft.of("person", "P " + id, "knows tea"));
        kira.graph().put(EntityDraft.of("person", "Q " + id));
        kira.graph().relate(RelationDraft.of("P " + id, "knows", "Q " + id));
        kira.graph().merge("P " + id, "Q " + id);
        kira.graph().delete("P " + id);
    }

    private void document(String id, Random random) {
        kira.documents()
                .add(Documents.Draft.of(
                        "papers",
                        Optional.of(id),
                        "Paper",
                        List.of(new Section("Tea", "Tea is a drink. ".repeat(30)))));
        kira.documents().delete("papers", id);
    }

    private void interaction(String id, Random random) {
        String user = "v-" + id;
        kira.recordInteraction(
                user,
                List.of(MessageDraft.user("of-" + user, user, "I live in Town" + id + ".")),
                Optional.of(InteractionDraft.of("chat", user).withSession("of-" + user)),
                Optional.empty());
        kira.users().forget(user);
    }

    private void agent(String id, Random random) throws Exception {
        AgentName name = new AgentName("t-" + id);
        Path backup = files.resolve(id + ".stele");
        try {
            stele.agent(name).remember(message(id, random));
            stele.agent(name).backup(backup);
            stele.restore(backup, Optional.of(name), true);
        } finally {
            try {
                Files.deleteIfExists(backup);
            } catch (IOException e) {
                backup.toFile().deleteOnExit(); // a fault hit the deletion
            }
            forget(name);
        }
    }

    /** Erases an agent, again after a fault that hit the erasure. */
    private void forget(AgentName name) throws InterruptedException {
        for (int attempt = 0; stele.exists(name); attempt++) {
            try {
                stele.forget(name);
            } catch (NotFoundException e) {
                return;
            } catch (SteleException e) {
                if (attempt == 20) {
                    throw e;
                }
                Thread.sleep(200);
            }
        }
    }

    private void transfer(String id, Random random) throws Exception {
        kira.importFrom(
                new StringReader("{\"role\":\"user\",\"content\":\"imported %1$s\",\"id\":\"%1$s\"}\n".formatted(id)),
                _ -> {});
        kira.export(new StringWriter());
    }

    private void task(String id, Random random) {
        try {
            stele.tasks()
                    .submit(TaskDraft.of(random.nextBoolean() ? "maintenance" : "verify")
                            .withAgent(Workload.KIRA));
        } catch (LimitExceededException e) {
            refusals.merge("queue of jobs is full", 1, Integer::sum); // the load of a fast machine, with one worker
        }
    }

    private void sample(int index) throws Exception {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long descriptors;
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            descriptors = open.count();
        }
        int threads = ManagementFactory.getThreadMXBean().getThreadCount();
        System.out.println(String.format(
                Locale.ROOT,
                "sample\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d",
                index,
                heap >> 10,
                descriptors,
                threads,
                micros(writes, 0.5),
                micros(writes, 0.99),
                micros(recalls, 0.5),
                micros(recalls, 0.99),
                done.get(),
                refused.get()));
        writes.clear();
        recalls.clear();
    }

    private static long micros(List<Long> nanos, double share) {
        return nanos.isEmpty() ? 0 : Ticker.percentile(nanos, share).toNanos() / 1_000;
    }
}
