package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.extract.StatementParser;
import dev.stele.model.InteractionDraft;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Evaluation of what the reflection worker knows after labeled statements, without a language model. A case is what one
 * user says, one session a turn, and regular expressions of the notes: {@code expect} must match a current note, {@code
 * forbid} must match none, and {@code ended} must match no current note, but one that has ended.
 */
final class ExtractionEvaluation {

    private static final String USER = "ana";
    private static final int MAX_NOTES = 1_000;
    /** Rounds over all turns, of which the last is measured. */
    private static final int TIMED_ROUNDS = 5;

    /**
     * Result of the cases of one kind.
     *
     * @param kind name of the kind; {@code all} for the sum
     * @param cases number of cases
     * @param right number of cases in which every check holds
     * @param expectMet number of expectations that are met, of {@code expect}
     * @param forbidKept number of prohibitions that are kept, of {@code forbid}
     * @param endedMet number of endings that are found, of {@code ended}
     * @param notes number of current notes
     */
    record Row(
            String kind,
            int cases,
            int right,
            int expectMet,
            int expect,
            int forbidKept,
            int forbid,
            int endedMet,
            int ended,
            int notes) {

        Row plus(Row other, String name) {
            return new Row(
                    name,
                    cases + other.cases,
                    right + other.right,
                    expectMet + other.expectMet,
                    expect + other.expect,
                    forbidKept + other.forbidKept,
                    forbid + other.forbid,
                    endedMet + other.endedMet,
                    ended + other.ended,
                    notes + other.notes);
        }
    }

    /**
     * Rows of all kinds, and the time of the extraction.
     *
     * @param rows a row for each kind and one for all
     * @param millisPerTurn median time that the rules take for one turn, without storage, in milliseconds on one thread
     */
    record Result(List<Row> rows, double millisPerTurn) {}

    private record Contents(List<String> current, List<String> ended) {}

    private final Consumer<String> failures;

    /** @param failures receives a line for each check that does not hold */
    ExtractionEvaluation(Consumer<String> failures) {
        this.failures = failures;
    }

    /** Runs all cases of a file, each with an agent of its own, and then times the rules on the same turns. */
    Result run(Path file) throws IOException, InterruptedException {
        Path data = Files.createTempDirectory("stele-extraction");
        var rows = new LinkedHashMap<String, Row>();
        try (Stele stele = Stele.open(SteleConfig.at(data).withRetention(0, true))) {
            int number = 0;
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                if (!line.isBlank()) {
                    JsonObject json = JsonObject.of("case", Json.read(line));
                    Row row = row(json, contents(stele.agent("case-" + ++number), json.strings("turns")));
                    rows.merge(row.kind(), row, (a, b) -> a.plus(b, a.kind()));
                }
            }
        } finally {
            TempDirectories.delete(data);
        }
        var all = new ArrayList<>(rows.values());
        all.add(rows.values().stream().reduce(EMPTY, (a, b) -> a.plus(b, "all")));
        return new Result(all, millisPerTurn(file));
    }

    /** Returns the median time of one turn after the code is warm. */
    private static double millisPerTurn(Path file) throws IOException {
        var turns = new ArrayList<Message>();
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            if (!line.isBlank()) {
                for (String turn : JsonObject.of("case", Json.read(line)).strings("turns")) {
                    turns.add(new Message(
                            turns.size(),
                            "m" + turns.size(),
                            "s",
                            Optional.of(USER),
                            Role.USER,
                            turn,
                            Instant.now(),
                            Optional.empty(),
                            false,
                            Map.of()));
                }
            }
        }
        var nanos = new ArrayList<Long>();
        for (int round = 0; round < TIMED_ROUNDS; round++) {
            nanos.clear();
            for (Message turn : turns) {
                long start = System.nanoTime();
                StatementParser.of(turn, USER);
                nanos.add(System.nanoTime() - start);
            }
        }
        Collections.sort(nanos);
        return nanos.isEmpty() ? 0 : nanos.get(nanos.size() / 2) / 1e6;
    }

    private static final Row EMPTY = new Row("all", 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static Contents contents(AgentMemory memory, List<String> turns) throws InterruptedException {
        int session = 0;
        for (String turn : turns) {
            String id = "s" + ++session;
            memory.recordInteraction(
                    USER,
                    List.of(MessageDraft.user(id, USER, turn)),
                    Optional.of(InteractionDraft.of("chat", USER).withSession(id)),
                    Optional.empty());
        }
        memory.reflect();
        var current = new ArrayList<String>();
        var ended = new ArrayList<String>();
        var filter = NoteFilter.builder().user(USER).superseded(true).build();
        for (Note note :
                memory.notes().list(filter, MAX_NOTES, Optional.empty()).items()) {
            boolean over =
                    note.supersededBy().isPresent() || note.body().validTo().isPresent();
            (over ? ended : current).add(note.content());
        }
        return new Contents(current, ended);
    }

    private Row row(JsonObject json, Contents contents) {
        String id = json.string("id");
        int[] expect = check(id, "expect", json, regex -> matches(regex, contents.current()), contents);
        int[] forbid = check(id, "forbid", json, regex -> !matches(regex, contents.current()), contents);
        int[] ended = check(
                id,
                "ended",
                json,
                regex -> !matches(regex, contents.current()) && matches(regex, contents.ended()),
                contents);
        boolean right = expect[0] == expect[1] && forbid[0] == forbid[1] && ended[0] == ended[1];
        return new Row(
                json.string("kind"),
                1,
                right ? 1 : 0,
                expect[0],
                expect[1],
                forbid[0],
                forbid[1],
                ended[0],
                ended[1],
                contents.current().size());
    }

    private interface Check {
        boolean holds(String regex);
    }

    /** Returns how many of the checks hold, and how many there are. */
    private int[] check(String id, String name, JsonObject json, Check check, Contents contents) {
        if (!json.has(name)) {
            return new int[] {0, 0};
        }
        List<String> regexes = json.strings(name);
        int held = 0;
        for (String regex : regexes) {
            if (check.holds(regex)) {
                held++;
            } else {
                failures.accept("%s %s %s /%s/ said: %s current: %s ended: %s"
                        .formatted(
                                id,
                                json.string("kind"),
                                name,
                                regex,
                                json.strings("turns"),
                                contents.current(),
                                contents.ended()));
            }
        }
        return new int[] {held, regexes.size()};
    }

    private static boolean matches(String regex, List<String> contents) {
        Pattern pattern = Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL);
        return contents.stream().anyMatch(content -> pattern.matcher(content).find());
    }

    /** Returns the rows as fields for programs. */
    static List<Map<String, Object>> json(List<Row> rows) {
        var json = new ArrayList<Map<String, Object>>();
        for (Row row : rows) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("kind", row.kind());
            fields.put("cases", row.cases());
            fields.put("right", row.right());
            fields.put("expect", Map.of("met", row.expectMet(), "of", row.expect()));
            fields.put("forbid", Map.of("kept", row.forbidKept(), "of", row.forbid()));
            fields.put("ended", Map.of("met", row.endedMet(), "of", row.ended()));
            fields.put("notes", row.notes());
            json.add(fields);
        }
        return json;
    }
}
