package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.InteractionDraft;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Sha256;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What the memory agent learns from real conversations without a language model: how many of its notes are good, by
 * labels given by hand, and what they do to recall. A note that is found counts as the messages that it comes from.
 */
final class ReflectionEvaluation {

    private static final int DEPTH = 10;

    /**
     * @param notes in force after learning
     * @param good of those with a label
     * @param bad of those with a label
     * @param withoutEvidence notes whose evidence is in no message that they name
     * @param recallWithout recall at 10 by messages alone, before learning
     * @param recallWith the same with notes and graph
     * @param millis of learning, for each message
     */
    record Result(
            int messages,
            int notes,
            int good,
            int bad,
            int withoutEvidence,
            int entities,
            double recallWithout,
            double recallWith,
            double millis) {

        double precision() {
            return good + bad == 0 ? 0 : (double) good / (good + bad);
        }
    }

    private final Map<String, Boolean> labels = labels();

    private static Map<String, Boolean> labels() {
        var labels = new HashMap<String, Boolean>();
        try (InputStream in = ReflectionEvaluation.class.getResourceAsStream("note-labels.txt")) {
            if (in == null) {
                throw new IllegalStateException("the labels of notes are missing");
            }
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    String[] parts = line.split(" ", 2);
                    labels.put(parts[0], parts[1].equals("good"));
                }
            }
            return labels;
        } catch (IOException e) {
            throw new IllegalStateException("the labels of notes cannot be read", e);
        }
    }

    Result run(List<Path> files, Consumer<String> progress) throws IOException, InterruptedException {
        Path data = Files.createTempDirectory("stele-reflect");
        int messages = 0;
        int notes = 0;
        int good = 0;
        int bad = 0;
        int loose = 0;
        int entities = 0;
        int questions = 0;
        double before = 0;
        double after = 0;
        long nanos = 0;
        try (Stele stele = Stele.open(SteleConfig.at(data).withRetention(0, true))) {
            for (Path file : files) {
                progress.accept("learning from " + file.getFileName());
                JsonObject json = JsonObject.of("file", Json.read(Files.readString(file)));
                String sample = json.optionalString("sample_id").orElse("conversation");
                AgentMemory memory = fill(stele, file);
                messages += (int) memory.messageCount();
                Map<String, Set<String>> asked = questions(json, sample, memory);
                questions += asked.size();
                before += recall(memory, asked);
                long began = System.nanoTime();
                memory.reflect();
                nanos += System.nanoTime() - began;
                memory.embed(false, _ -> {});
                after += recall(memory, asked);
                entities += (int) memory.stats().graph().entities();
                for (Note note : memory.notes()
                        .list(NoteFilter.ALL, 1_000, Optional.empty())
                        .items()) {
                    if (!note.category().equals("summary")) {
                        notes++;
                        String named = Sha256.hex(note.content()).substring(0, 16);
                        Boolean label = labels.get(named);
                        if (label == null) {
                            progress.accept("without a label: %s %s %s"
                                    .formatted(
                                            named, note.content(), note.body().evidence()));
                        }
                        good += label != null && label ? 1 : 0;
                        bad += label != null && !label ? 1 : 0;
                        loose += hasEvidence(memory, note) ? 0 : 1;
                    }
                }
            }
        } finally {
            TempDirectories.delete(data);
        }
        return new Result(
                messages,
                notes,
                good,
                bad,
                loose,
                entities,
                before / questions,
                after / questions,
                nanos / 1e6 / Math.max(1, messages));
    }

    private static boolean hasEvidence(AgentMemory memory, Note note) {
        return !note.body().evidence().isEmpty()
                && note.body().evidence().stream()
                        .allMatch(piece -> note.body().provenance().stream()
                                .flatMap(id -> memory.message(id).stream())
                                .anyMatch(message -> message.content().contains(piece)));
    }

    /** The conversation with both speakers as users, and an interaction of each with each session. */
    private static AgentMemory fill(Stele stele, Path file) throws IOException {
        AgentMemory imported = stele.agent("imported-" + stele.agents().size());
        try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            imported.importFrom(in, _ -> {});
        }
        AgentMemory memory = stele.agent("learning-" + stele.agents().size());
        var sessions = new TreeMap<Instant, String>();
        imported.sessions()
                .list(Optional.empty(), 1_000, Optional.empty())
                .items()
                .forEach(session -> sessions.put(session.startedAt(), session.id()));
        for (String session : sessions.values()) {
            List<Message> said = imported.sessions().last(session, 1_000);
            memory.remember(said.stream()
                    .map(message -> MessageDraft.user(session, message.speaker(), message.content())
                            .withId(message.id())
                            .withAt(message.at())
                            .withMetadata(message.metadata()))
                    .toList());
            Map<String, List<String>> bySpeaker = new LinkedHashMap<>();
            said.forEach(message -> bySpeaker
                    .computeIfAbsent(message.speaker(), _ -> new ArrayList<>())
                    .add(message.id()));
            bySpeaker.forEach((speaker, ids) -> memory.interactions()
                    .record(InteractionDraft.of("chat", speaker)
                            .withSession(session)
                            .withMessages(ids)));
        }
        return memory;
    }

    private static Map<String, Set<String>> questions(JsonObject json, String sample, AgentMemory memory) {
        var asked = new LinkedHashMap<String, Set<String>>();
        for (JsonObject question : json.objects("qa")) {
            Set<String> evidence = LocomoEvidence.of(question, sample, memory);
            asked.put(question.string("question"), evidence);
        }
        return asked;
    }

    private static double recall(AgentMemory memory, Map<String, Set<String>> asked) {
        double sum = 0;
        for (Map.Entry<String, Set<String>> question : asked.entrySet()) {
            Set<String> found = new LinkedHashSet<>();
            for (Hit hit : memory.recall(
                            RecallQuery.of(question.getKey()).withLimit(DEPTH).withFilter(RecallFilter.ALL))
                    .hits()) {
                found.add(hit.id());
                found.addAll(hit.sources());
            }
            sum += question.getValue().isEmpty()
                    ? 1
                    : question.getValue().stream().filter(found::contains).count()
                            / (double) question.getValue().size();
        }
        return sum;
    }
}
