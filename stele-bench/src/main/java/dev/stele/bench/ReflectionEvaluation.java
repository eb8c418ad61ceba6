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
 * Evaluation of reflection by rules, without a language model, on conversations in the format of LoCoMo: precision of
 * the notes by labels given by hand, and recall with and without the notes. A found note counts as its source messages.
 * Not thread-safe.
 */
final class ReflectionEvaluation {

    /** Maximum number of hits per question. */
    private static final int RECALL_LIMIT = 10;

    /**
     * Sums over all conversations.
     *
     * @param messages number of messages
     * @param notes number of notes after reflection, without summaries
     * @param good number of notes labeled good
     * @param bad number of notes labeled bad
     * @param withoutEvidence number of notes whose evidence is in none of their source messages
     * @param entities number of entities after reflection
     * @param recallWithout recall@10 before reflection, by messages only
     * @param recallWith recall@10 after reflection, by messages, notes and graph
     * @param millisPerMessage time of reflection per message, in milliseconds
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
            double millisPerMessage) {

        /** Returns the share of good notes among the labeled ones; 0 without labels. */
        double precision() {
            return good + bad == 0 ? 0 : (double) good / (good + bad);
        }
    }

    /** Whether a note is good, by the first 16 hexadecimal digits of the SHA-256 of its text. */
    private final Map<String, Boolean> labels = readLabels();

    private static Map<String, Boolean> readLabels() {
        var labels = new HashMap<String, Boolean>();
        try (InputStream in = ReflectionEvaluation.class.getResourceAsStream("note-labels.txt")) {
            if (in == null) {
                throw new IllegalStateException("resource note-labels.txt is missing");
            }
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    String[] parts = line.split(" ", 2);
                    labels.put(parts[0], parts[1].equals("good"));
                }
            }
            return labels;
        } catch (IOException e) {
            throw new IllegalStateException("resource note-labels.txt cannot be read", e);
        }
    }

    /**
     * Runs the evaluation.
     *
     * @param files files with one conversation each
     * @param progress receives one line per file and per note without a label
     */
    Result run(List<Path> files, Consumer<String> progress) throws IOException, InterruptedException {
        Path data = Files.createTempDirectory("stele-reflect");
        int messages = 0;
        int notes = 0;
        int good = 0;
        int bad = 0;
        int withoutEvidence = 0;
        int entities = 0;
        int questions = 0;
        double recallBefore = 0;
        double recallAfter = 0;
        long nanos = 0;
        try (Stele stele = Stele.open(SteleConfig.at(data).withRetention(0, true))) {
            for (Path file : files) {
                progress.accept("processing " + file.getFileName());
                JsonObject json = JsonObject.of("file", Json.read(Files.readString(file)));
                String conversation = json.optionalString("sample_id").orElse("conversation");
                AgentMemory memory = importConversation(stele, file);
                messages += (int) memory.messageCount();
                Map<String, Set<String>> evidenceByQuestion = readQuestions(json, conversation, memory);
                questions += evidenceByQuestion.size();
                recallBefore += sumRecall(memory, evidenceByQuestion);
                long start = System.nanoTime();
                memory.reflect();
                nanos += System.nanoTime() - start;
                memory.embed(false, _ -> {});
                recallAfter += sumRecall(memory, evidenceByQuestion);
                entities += (int) memory.stats().graph().entities();
                for (Note note : memory.notes()
                        .list(NoteFilter.ALL, 1_000, Optional.empty())
                        .items()) {
                    if (!note.category().equals("summary")) {
                        notes++;
                        String digest = Sha256.hex(note.content()).substring(0, 16);
                        Boolean label = labels.get(digest);
                        if (label == null) {
                            progress.accept("without a label: %s %s %s"
                                    .formatted(
                                            digest, note.content(), note.body().evidence()));
                        }
                        good += label != null && label ? 1 : 0;
                        bad += label != null && !label ? 1 : 0;
                        withoutEvidence += hasEvidence(memory, note) ? 0 : 1;
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
                withoutEvidence,
                entities,
                recallBefore / questions,
                recallAfter / questions,
                nanos / 1e6 / Math.max(1, messages));
    }

    private static boolean hasEvidence(AgentMemory memory, Note note) {
        return !note.body().evidence().isEmpty()
                && note.body().evidence().stream()
                        .allMatch(piece -> note.body().provenance().stream()
                                .flatMap(id -> memory.message(id).stream())
                                .anyMatch(message -> message.content().contains(piece)));
    }

    /** Stores a conversation with both speakers as users, and an interaction of each speaker in each session. */
    private static AgentMemory importConversation(Stele stele, Path file) throws IOException {
        AgentMemory imported = stele.agent("imported-" + stele.agents().size());
        try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            imported.importFrom(in, _ -> {});
        }
        AgentMemory memory = stele.agent("evaluated-" + stele.agents().size());
        var sessions = new TreeMap<Instant, String>();
        imported.sessions()
                .list(Optional.empty(), 1_000, Optional.empty())
                .items()
                .forEach(session -> sessions.put(session.startedAt(), session.id()));
        for (String session : sessions.values()) {
            List<Message> messages = imported.sessions().last(session, 1_000);
            memory.sessions()
                    .setParticipants(
                            session,
                            messages.stream().map(Message::speaker).distinct().toList());
            memory.remember(messages.stream()
                    .map(message -> MessageDraft.user(session, message.speaker(), message.content())
                            .withId(message.id())
                            .withAt(message.at())
                            .withMetadata(message.metadata()))
                    .toList());
            Map<String, List<String>> bySpeaker = new LinkedHashMap<>();
            messages.forEach(message -> bySpeaker
                    .computeIfAbsent(message.speaker(), _ -> new ArrayList<>())
                    .add(message.id()));
            bySpeaker.forEach((speaker, ids) -> memory.interactions()
                    .record(InteractionDraft.of("chat", speaker)
                            .withSession(session)
                            .withMessages(ids)));
        }
        return memory;
    }

    /** Returns the ids of the evidence messages of each question. */
    private static Map<String, Set<String>> readQuestions(JsonObject json, String conversation, AgentMemory memory) {
        var evidenceByQuestion = new LinkedHashMap<String, Set<String>>();
        for (JsonObject question : json.objects("qa")) {
            evidenceByQuestion.put(question.string("question"), LocomoEvidence.of(question, conversation, memory));
        }
        return evidenceByQuestion;
    }

    /** Returns the sum of recall@10 over all questions; a question without evidence counts as 1. */
    private static double sumRecall(AgentMemory memory, Map<String, Set<String>> evidenceByQuestion) {
        double sum = 0;
        for (Map.Entry<String, Set<String>> question : evidenceByQuestion.entrySet()) {
            Set<String> found = new LinkedHashSet<>();
            for (Hit hit : memory.recall(RecallQuery.of(question.getKey())
                            .withLimit(RECALL_LIMIT)
                            .withFilter(RecallFilter.ALL))
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
