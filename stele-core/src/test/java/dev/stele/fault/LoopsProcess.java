package dev.stele.fault;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleModels;
import dev.stele.extract.ExtractionInput;
import dev.stele.extract.Extractor;
import dev.stele.extract.Proposals;
import dev.stele.extract.RuleExtractor;
import dev.stele.fault.Faults.Fault;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionState;
import dev.stele.model.MessageDraft;
import dev.stele.model.Task;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskState;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Process whose background loops all have work while the disk fails: {@code data fault}. Prints how often the model was
 * asked meanwhile, and what was done after the end of the fault.
 */
final class LoopsProcess {

    private static final Duration FAULT_TIME = Duration.ofSeconds(4);
    private static final Duration MAX_RECOVERY = Duration.ofSeconds(60);

    private LoopsProcess() {}

    /** Extractor by rules that counts its calls. */
    private static final class CountingExtractor implements Extractor {
        private final Extractor rules = new RuleExtractor();
        private final AtomicInteger calls = new AtomicInteger();

        @Override
        public Proposals propose(ExtractionInput material) {
            calls.incrementAndGet();
            return rules.propose(material);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        Fault fault = Fault.valueOf(arguments[1]);
        Faults faults = Faults.ofThisProcess();
        var extractor = new CountingExtractor();
        try (Stele stele = Stele.open(
                Workload.config(data),
                SteleModels.offline(Optional.of(new WordEmbedder())).withReflector(extractor))) {
            AgentMemory kira = stele.agent(Workload.KIRA);
            for (int i = 0; i < 40; i++) {
                kira.remember(MessageDraft.user("s", "ana", "message " + i));
            }
            kira.reflect(); // the files of the locks exist from now on
            String interaction = kira.recordInteraction(
                            "ana",
                            List.of(MessageDraft.user("s", "ana", "I live in Lisbon.")),
                            Optional.of(InteractionDraft.of("chat", "ana").withSession("s")),
                            Optional.empty())
                    .interaction()
                    .orElseThrow()
                    .id();
            String task = stele.tasks()
                    .submit(TaskDraft.of("maintenance").withAgent(Workload.KIRA))
                    .id();
            kira.rememberAsync(MessageDraft.user("s", "ana", "embedded in the background"));
            faults.begin(fault, 1);
            stele.startLearning();
            stele.tasks().start(2);
            Thread.sleep(FAULT_TIME.toMillis());
            System.out.println("calls " + extractor.calls.get());
            System.out.println("injected " + faults.end());
            await(
                    "reflection",
                    () -> kira.interactions()
                            .get(interaction)
                            .map(now -> now.state() == InteractionState.PROCESSED)
                            .orElse(false));
            await("tasks", () -> ended(stele.tasks().get(task)));
            await("embedding", () -> kira.stats().embedded() >= kira.messageCount());
            kira.remember(MessageDraft.user("s", "ana", "after the fault"));
            await("maintenance", () -> kira.stats().archived() > 10);
        }
        System.out.println("closed");
    }

    private static boolean ended(Task task) {
        return task.state() == TaskState.DONE;
    }

    private static void await(String loop, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + MAX_RECOVERY.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                System.out.println("dead " + loop);
                return;
            }
            Thread.sleep(50);
        }
        System.out.println("alive " + loop);
    }
}
