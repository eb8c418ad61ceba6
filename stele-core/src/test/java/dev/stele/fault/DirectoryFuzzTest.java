package dev.stele.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentName;
import dev.stele.model.EntityDraft;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.SteleException;
import dev.stele.model.TaskDraft;
import dev.stele.model.VerifyReport;
import dev.stele.recall.RecallQuery;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Any file of an agent's directory is truncated, flipped, emptied, filled with garbage, deleted or swapped with that of
 * another agent. Whatever is damaged, the other agent works, errors are clear, everything can be checked and listed,
 * and a restoration mends the damaged agent on the same instance.
 */
@Tag("directory")
class DirectoryFuzzTest {

    private static final AgentName VICTIM = new AgentName("victim");
    private static final AgentName OTHER = new AgentName("other");
    private static final int MESSAGES = 60;
    private static final int KEPT = 20;

    @TempDir
    Path directory;

    private Path whole;
    private Path backup;

    /** Ways to damage a file. */
    private enum Damage {
        TRUNCATED,
        FLIPPED,
        EMPTIED,
        GARBAGE,
        DELETED,
        SWAPPED
    }

    private static Stele open(Path data) {
        return Stele.open(
                SteleConfig.at(data)
                        .withRetention(KEPT, true)
                        .withMaintenance(Duration.ofHours(1), Duration.ofHours(1)),
                SteleModels.offline(Optional.of(new WordEmbedder())));
    }

    @BeforeEach
    void prepare() {
        whole = directory.resolve("whole");
        backup = directory.resolve("victim.stele");
        try (Stele stele = open(whole)) {
            for (AgentName name : List.of(VICTIM, OTHER)) {
                AgentMemory memory = stele.agent(name);
                memory.remember(IntStream.range(0, MESSAGES)
                        .mapToObj(i -> MessageDraft.user("s", "ana", name + " says word" + i)
                                .withId("m" + i))
                        .toList());
                memory.notes().create(NoteDraft.of("fact", "note of " + name).withId("n"));
                memory.graph().put(EntityDraft.of("person", "Ana of " + name, "knows tea"));
                memory.users().update("ana", seen -> seen.withPreference("agent", name.value()));
                memory.runMaintenance();
            }
            stele.tasks().submit(TaskDraft.of("maintenance").withAgent(VICTIM));
            stele.agent(VICTIM).backup(backup);
        }
    }

    private void fuzz(int times, long seed) throws Exception {
        System.out.println("seed " + seed);
        var random = new Random(seed);
        var outcomes = new TreeMap<String, Integer>();
        for (int i = 0; i < times; i++) {
            Path data = directory.resolve("data");
            copy(whole, data);
            Path victim = data.resolve("agents/victim");
            List<Path> files = files(victim);
            Path file = files.get(random.nextInt(files.size()));
            Damage damage = Damage.values()[random.nextInt(Damage.values().length)];
            damage(file, damage, data, random);
            String place = "seed " + seed + ", round " + i + ", " + victim.relativize(file) + " " + damage;
            try {
                String outcome = check(data);
                outcomes.merge(damage + ", " + outcome, 1, Integer::sum);
            } catch (Throwable e) {
                throw new AssertionError(place, e);
            }
            DurableFiles.deleteTree(data);
        }
        System.out.println("damaged directories: " + times + " rounds " + outcomes);
    }

    private static void damage(Path file, Damage damage, Path data, Random random) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        switch (damage) {
            case TRUNCATED ->
                Files.write(file, Arrays.copyOf(bytes, bytes.length == 0 ? 0 : random.nextInt(bytes.length)));
            case FLIPPED -> {
                for (int i = 0; i <= random.nextInt(8) && bytes.length > 0; i++) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
                Files.write(file, bytes);
            }
            case EMPTIED -> Files.write(file, new byte[0]);
            case GARBAGE -> {
                random.nextBytes(bytes);
                Files.write(file, bytes);
            }
            case DELETED -> Files.delete(file);
            case SWAPPED -> {
                List<Path> others = files(data.resolve("agents/other"));
                // Often the file of the same name, which is of the right form.
                Path same = data.resolve("agents/other")
                        .resolve(data.resolve("agents/victim").relativize(file));
                Path other =
                        random.nextBoolean() && Files.exists(same) ? same : others.get(random.nextInt(others.size()));
                Files.write(file, Files.readAllBytes(other));
            }
        }
    }

    /** Runs the operations of the API on damaged data; returns what became of the damaged agent. */
    private String check(Path data) throws Exception {
        boolean reported;
        boolean works = true;
        try (Stele stele = open(data)) {
            assertThat(stele.agents()).contains(OTHER);
            List<VerifyReport> reports = stele.verify();
            reported = reports.stream().anyMatch(report -> !report.problems().isEmpty());
            assertThat(reports.stream()
                            .filter(report -> report.agent().equals(OTHER.value()))
                            .flatMap(report -> report.problems().stream()))
                    .isEmpty();
            for (Step step : steps(stele)) {
                try {
                    step.run();
                } catch (SteleException e) {
                    works = false;
                    assertThat(e.getMessage()).isNotBlank().doesNotContain("Exception", "java.", "null");
                }
            }
            AgentMemory other = stele.agent(OTHER);
            other.remember(MessageDraft.user("s", "ana", "another").withId("new"));
            assertThat(other.message("m0").orElseThrow().content()).isEqualTo("other says word0");
            assertThat(other.verify().problems()).isEmpty();
            stele.restore(backup, Optional.empty(), true);
            AgentMemory restored = stele.agent(VICTIM);
            assertThat(restored.verify().problems()).isEmpty();
            assertThat(restored.message("m0").orElseThrow().content()).isEqualTo("victim says word0");
            restored.remember(MessageDraft.user("s", "ana", "after the restoration"));
        }
        return (works ? "works" : "refused") + (reported ? " and reported" : "");
    }

    private interface Step {
        void run() throws Exception;
    }

    private List<Step> steps(Stele stele) {
        AgentMemory victim = stele.agent(VICTIM);
        return List.of(
                () -> IntStream.of(0, 1, MESSAGES - 1)
                        .forEach(i -> victim.message("m" + i)
                                .ifPresent(
                                        message -> assertThat(message.content()).isEqualTo("victim says word" + i))),
                () -> victim.notes()
                        .get("n")
                        .ifPresent(note -> assertThat(note.content()).isEqualTo("note of victim")),
                () -> victim.users()
                        .get("ana")
                        .ifPresent(context -> assertThat(context.preferences()).containsEntry("agent", "victim")),
                () -> victim.graph().get("Ana of victim"),
                () -> victim.recall(RecallQuery.of("word3 word7")),
                () -> victim.sessions().messages("s", 100, Optional.empty(), true),
                () -> victim.export(new java.io.StringWriter()),
                () -> victim.backup(directory.resolve("of-damaged.stele")),
                () -> victim.remember(MessageDraft.user("s", "ana", "new").withId("new")),
                () -> victim.deleteMessage("m" + (MESSAGES - 2)),
                victim::runMaintenance,
                () -> stele.verify(VICTIM));
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        var paths = new ArrayList<Path>();
        try (Stream<Path> walked = Files.walk(from)) {
            walked.forEach(paths::add);
        }
        for (Path path : paths) {
            Files.copy(path, to.resolve(from.relativize(path).toString()));
        }
    }

    @Test
    void damagedFilesAffectNoOtherAgentAndAreMendedByARestoration() throws Exception {
        fuzz(12, 20_261_129);
    }

    @Test
    @Tag("proof")
    void manyDamagedFilesAffectNoOtherAgentAndAreMendedByARestoration() throws Exception {
        fuzz(2_000, System.nanoTime());
    }
}
