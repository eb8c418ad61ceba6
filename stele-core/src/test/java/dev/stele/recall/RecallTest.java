package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.analysis.Languages;
import dev.stele.arena.ArenaKind;
import dev.stele.arena.Arenas;
import dev.stele.engine.Engine;
import dev.stele.language.TokenCounter;
import dev.stele.model.InvalidInputException;
import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.NoteDraft;
import dev.stele.model.Role;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecallTest {

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private List<String> ids(RecallQuery query) {
        return memory.recall(query).hits().stream().map(Hit::id).toList();
    }

    private void talk() {
        memory.remember(List.of(
                MessageDraft.user("may", "ana", "I moved to Lisbon last week")
                        .withId("move")
                        .withAt(Instant.parse("2026-05-08T10:00:00Z")),
                MessageDraft.assistant("may", "How do you like the new flat?")
                        .withId("flat")
                        .withAt(Instant.parse("2026-05-08T10:01:00Z")),
                MessageDraft.user("may", "ana", "It is small and sunny")
                        .withId("sunny")
                        .withAt(Instant.parse("2026-05-08T10:02:00Z")),
                MessageDraft.user("june", "ben", "My dog Rex ate the carpet")
                        .withId("dog")
                        .withAt(Instant.parse("2026-06-01T09:00:00Z"))));
        memory.notes()
                .create(NoteDraft.of("preference", "Ana prefers green tea")
                        .withId("tea")
                        .withUser("ana")
                        .withTags(List.of("drink", "habit"))
                        .withProvenance(List.of("move")));
    }

    private void note(String id, String content, String... messages) {
        memory.notes().create(NoteDraft.of("fact", content).withId(id).withProvenance(List.of(messages)));
    }

    @Test
    void turnIsFoundByTermsOfAnAdjacentTurn() {
        talk();
        // No word of the question is in the answer, but it follows the turn that has them, and Ana gave it.
        assertThat(ids(RecallQuery.of("what does ana say of the new flat"))).startsWith("sunny", "flat");
        assertThat(ids(RecallQuery.of("new flat"))).startsWith("flat").contains("sunny");
        assertThat(ids(RecallQuery.of("carpets eaten by dogs").withMode(RecallMode.KEYWORD)))
                .containsExactly("dog");
        assertThat(ids(RecallQuery.of("conversation in June").withMode(RecallMode.KEYWORD)))
                .containsExactly("dog");
    }

    @Test
    void coverageCountsTermsOfATurnAndTheTwoBefore() {
        talk();
        Map<String, Double> covered =
                memory.recall(RecallQuery.of("Lisbon flat sunny carousel").withExplain()).hits().stream()
                        .collect(Collectors.toMap(Hit::id, hit -> hit.signals().get("covered")));
        assertThat(covered).containsEntry("sunny", 1.0); // the carousel, of which nobody spoke, is not asked of anybody
        assertThat(covered.get("flat")).isBetween(0.5, 0.8);
        assertThat(covered.get("move")).isBetween(0.2, 0.5);
    }

    @Test
    void itemsAddedAfterEditsAndDeletionsAreFound() {
        for (String id : List.of("a", "b", "c", "d")) {
            memory.remember(MessageDraft.user(id, "ana", "a lamp of glass").withId(id));
        }
        RecallQuery query = RecallQuery.of("lamp").withMode(RecallMode.KEYWORD).withoutFolding();
        assertThat(ids(query)).hasSize(4);
        // One look sees edits and what came last; the edited ones stand behind it then.
        List.of("a", "b", "c").forEach(id -> memory.editMessage(id, "another lamp of glass"));
        memory.remember(MessageDraft.user("e", "ana", "a lamp of glass").withId("e"));
        assertThat(ids(query)).hasSize(5);
        memory.remember(MessageDraft.user("f", "ana", "a lamp of glass").withId("f"));
        assertThat(ids(query)).hasSize(6);
        List.of("a", "b", "c").forEach(memory::deleteMessage);
        assertThat(ids(query)).containsExactlyInAnyOrder("d", "e", "f");
        assertThat(ids(RecallQuery.of("glass").withMode(RecallMode.KEYWORD).withoutFolding()))
                .containsExactlyInAnyOrder("d", "e", "f");
    }

    @Test
    void customSignalWeightsChangeTheRanking() {
        talk();
        RecallQuery query = RecallQuery.of("what does ana say of the new flat");
        assertThat(ids(query)).startsWith("sunny");
        // Without what it gained as an answer, and by who gave it, the question itself is nearer.
        assertThat(ids(query.withWeights(
                        Map.of("answers", 0.0, "speaker", 0.0, "asks", 0.0, "length", 0.0, "question", 0.0))))
                .startsWith("flat");
        assertThatThrownBy(() -> query.withWeights(Map.of("charm", 1.0)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("charm")
                .hasMessageContaining("speaker");
        assertThatThrownBy(() -> query.withWeights(Map.of("speaker", Double.NaN)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("speaker");
    }

    @Test
    void nameInAQueryMatchesTheSpeaker() {
        talk();
        RecallQuery byWords = RecallQuery.of("ben").withMode(RecallMode.KEYWORD);
        assertThat(ids(byWords)).containsExactly("dog");
        assertThat(ids(RecallQuery.of("carpet of ana").withMode(RecallMode.KEYWORD)))
                .containsExactly("dog");
        Hit hit = memory.recall(RecallQuery.of("what did Ben say of a carpet").withExplain())
                .hits()
                .getFirst();
        assertThat(hit.id()).isEqualTo("dog");
        assertThat(hit.signals()).containsEntry("speaker", 1.0);
        assertThat(hit.words()).contains("ben");
    }

    @Test
    void whenQuestionPrefersItemsThatMentionATime() {
        memory.remember(List.of(
                MessageDraft.user("a", "ana", "I went hiking in the green hills")
                        .withId("bare"),
                MessageDraft.user("b", "ana", "I went hiking in the hills yesterday")
                        .withId("dated")));
        Hit dated = memory.recall(RecallQuery.of("When was the hiking in the hills?")
                        .withMode(RecallMode.KEYWORD)
                        .withExplain())
                .hits()
                .getFirst();
        assertThat(dated.id()).isEqualTo("dated");
        assertThat(dated.signals()).containsEntry("time", 1.0);
        assertThat(memory.recall(RecallQuery.of("Who was hiking in the hills?").withExplain())
                        .hits()
                        .getFirst()
                        .signals())
                .doesNotContainKey("time");
    }

    @Test
    void filtersCombineFreely() {
        talk();
        RecallQuery query = RecallQuery.of("ana lisbon tea dog flat sunny").withLimit(20);
        assertThat(ids(query)).hasSize(5);
        assertThat(ids(query.withFilter(RecallFilter.ALL.withUser("ben")))).containsExactly("dog");
        assertThat(ids(query.withFilter(RecallFilter.ALL.withSession("may").withUser("ana"))))
                .containsOnly("move", "sunny");
        assertThat(ids(query.withFilter(RecallFilter.ALL.withKinds(ItemKind.NOTE))))
                .containsExactly("tea");
        assertThat(ids(query.withFilter(filter(Map.of("category", "preference", "tags", List.of("drink"))))))
                .containsExactly("tea");
        assertThat(ids(query.withFilter(filter(Map.of("tags", List.of("drink", "absent"))))))
                .isEmpty();
        assertThat(ids(query.withFilter(filter(Map.of("role", Role.ASSISTANT.label())))))
                .containsExactly("flat");
        assertThat(ids(query.withFilter(filter(Map.of("from", "2026-05-20", "to", "2026-06-02")))))
                .containsExactly("dog");
        assertThat(ids(query.withFilter(filter(Map.of("min_importance", 0.9))))).isEmpty();
        assertThatThrownBy(() -> filter(Map.of("colour", "red")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("colour");
    }

    private static RecallFilter filter(Map<String, Object> json) {
        return RecallFilter.fromJson(JsonObject.of("filter", json));
    }

    @Test
    void explainedHitsListTheirSignals() {
        talk();
        Hit hit =
                memory.recall(RecallQuery.of("green tea").withExplain()).hits().getFirst();
        assertThat(hit.id()).isEqualTo("tea");
        assertThat(hit.signals())
                .containsOnlyKeys(
                        "covered",
                        "turn",
                        "session",
                        "speaker",
                        "role",
                        "length",
                        "excess",
                        "asks",
                        "answers",
                        "meaning",
                        "after",
                        "before",
                        "topic",
                        "importance");
        assertThat(hit.words()).contains("green", "tea");
        assertThat(hit.sources()).containsExactly("move");
        assertThat(hit.score()).isBetween(0.0, 1.0);
    }

    @Test
    void vectorsAndCachesReserveCacheArenaMemoryUntilClose() {
        talk();
        long before = Arenas.shared().stats(ArenaKind.CACHE).active();
        memory.recall(RecallQuery.of("green tea"));
        memory.users().get("ana");
        assertThat(Arenas.shared().stats(ArenaKind.CACHE).active()).isGreaterThan(before);
        stele.close();
        assertThat(Arenas.shared().stats(ArenaKind.CACHE).active()).isLessThanOrEqualTo(before);
    }

    /** A passed bound of validity changes what a query means; results of before are of no use and take no memory. */
    @Test
    void oneResultOfAQueryIsCachedHoweverManyBoundsOfValidityPass() {
        for (int i = 0; i < 50; i++) {
            memory.remember(MessageDraft.user("s", "ana", "Tea number %d, and %s".formatted(i, "leaves ".repeat(40))));
        }
        RecallQuery query = RecallQuery.of("tea leaves").withLimit(50);
        long atFirst = 0;
        for (int round = 0; round < 150; round++) {
            memory.notes()
                    .create(NoteDraft.of("fact", "Fact " + round)
                            .withValidity(Optional.of(Instant.ofEpochSecond(round)), Optional.empty()));
            assertThat(memory.recall(query).hits()).hasSize(50);
            if (round == 20) {
                atFirst = Arenas.shared().stats(ArenaKind.CACHE).active();
            }
        }
        // Each result takes 50 times a kilobyte.
        assertThat(Arenas.shared().stats(ArenaKind.CACHE).active() - atFirst).isLessThan(2_000_000);
    }

    @Test
    void recallReturnsNoIrrelevantHits() {
        talk();
        assertThat(ids(RecallQuery.of("xyzzy quux").withMode(RecallMode.KEYWORD)))
                .isEmpty();
        assertThat(ids(RecallQuery.of("carpet").withMode(RecallMode.KEYWORD))).containsExactly("dog");
    }

    @Test
    void cacheFollowsWritesOfAnotherInstance() {
        talk();
        RecallQuery query = RecallQuery.of("carpet").withoutFolding();
        assertThat(ids(query)).contains("dog");
        try (Stele other = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            for (int i = 0; i < 20; i++) {
                other.agent("kira")
                        .remember(MessageDraft.user("more", "cy", "a carpet once more")
                                .withId("c" + i));
                assertThat(ids(query.withLimit(50))).contains("c" + i);
            }
            other.agent("kira").editMessage("c3", "about something else entirely");
            assertThat(ids(query.withLimit(50)
                            .withMode(RecallMode.KEYWORD)
                            .withFilter(RecallFilter.ALL.withUser("cy"))))
                    .contains("c2", "c4");
            other.agent("kira").sessions().delete("more");
            assertThat(ids(query.withMode(RecallMode.KEYWORD))).containsExactly("dog");
        }
    }

    @Test
    void itemsThatSayTheSameAreFoldedIntoOneHit() {
        for (int i = 0; i < 5; i++) {
            memory.remember(MessageDraft.user("s" + i, "ana", "I like green tea in the morning")
                    .withId("tea" + i));
        }
        memory.remember(MessageDraft.user("s9", "ana", "I dislike green tea in the morning")
                .withId("not"));
        note("a", "likes green tea", "tea1");
        note("b", "Likes green tea.", "tea2");
        List<Hit> hits = memory.recall("green tea").hits();
        assertThat(hits).hasSize(3);
        Hit tea = hits.stream()
                .filter(hit -> hit.id().startsWith("tea"))
                .findFirst()
                .orElseThrow();
        assertThat(tea.duplicates()).extracting(FoldedItem::id).hasSize(4).doesNotContain(tea.id(), "not");
        Hit note = hits.stream()
                .filter(hit -> hit.kind() == ItemKind.NOTE)
                .findFirst()
                .orElseThrow();
        assertThat(note.duplicates()).hasSize(1);
        assertThat(note.sources()).containsExactlyInAnyOrder("tea1", "tea2");
        assertThat(memory.recall(RecallQuery.of("green tea").withoutFolding()).hits())
                .hasSize(8);
    }

    @Test
    void noteIsFoldedIntoItsSourceUnlessItAddsInformation() {
        memory.remember(MessageDraft.user("s", "ana", "Last week I bought a red kayak at the harbour, and it floats!")
                .withId("bought"));
        note("same", "Ana bought a red kayak at the harbour", "bought");
        note("more", "Ana bought a red kayak named Quagga around 4 May 2026", "bought");
        note("elsewhere", "Ana bought a red kayak", "bought", "gone");
        List<Hit> hits =
                memory.recall("who floats in the red kayak from last week").hits();
        assertThat(hits).extracting(Hit::id).containsExactlyInAnyOrder("bought", "more", "elsewhere");
        assertThat(hits.getFirst().id()).isEqualTo("bought");
        assertThat(hits.getFirst().duplicates()).extracting(FoldedItem::id).containsExactly("same");
        assertThat(hits.getFirst().sources()).isEmpty();
    }

    @Test
    void messageSignalsAreIndependentOfNotes() {
        talk();
        RecallQuery query = RecallQuery.of("what is the latest on tea in the flat in lisbon?")
                .withExplain()
                .withoutFolding();
        Map<String, Map<String, Double>> alone =
                signals(query.withFilter(RecallFilter.ALL.withKinds(ItemKind.MESSAGE)));
        memory.notes().create(NoteDraft.of("fact", "The latest tea in the flat in Lisbon"));
        memory.embed(false, _ -> {});
        Map<String, Map<String, Double>> beside = signals(query);
        for (String signal : List.of("meaning", "topic", "recency")) {
            alone.forEach(
                    (id, signals) -> assertThat(beside.get(id)).as(id).containsEntry(signal, signals.get(signal)));
        }
        assertThat(beside).hasSize(6);
        assertThat(beside.values())
                .allSatisfy(signals -> assertThat(signals.values()).allMatch(value -> value >= 0 && value <= 1));
    }

    private Map<String, Map<String, Double>> signals(RecallQuery query) {
        return memory.recall(query).hits().stream().collect(Collectors.toMap(Hit::id, Hit::signals));
    }

    @Test
    void hitsFitATokenBudget() {
        for (int i = 0; i < 30; i++) {
            memory.remember(
                    MessageDraft.user("s" + i, "ana", "carpet number " + i + " is " + "very ".repeat(i * 3) + "red")
                            .withId("m" + i));
        }
        RecallQuery query = RecallQuery.of("red carpet").withLimit(50);
        int whole = memory.recall(query).hits().size();
        for (int most : List.of(1, 40, 100, 400)) {
            RecallResult fitting = memory.recall(query.withMaxTokens(most));
            assertThat(fitting.tokens().orElseThrow()).isLessThanOrEqualTo(most);
            int counted = fitting.hits().stream()
                    .mapToInt(hit -> TokenCounter.standard().count(hit.content()))
                    .sum();
            assertThat(counted).isLessThanOrEqualTo(most);
            assertThat(fitting.hits()).hasSizeLessThan(whole);
            assertThat(fitting.hits().isEmpty()).isEqualTo(most == 1);
        }
        assertThat(memory.recall(query).tokens()).isEmpty();
        assertThatThrownBy(() -> query.withMaxTokens(0)).hasMessageContaining("max_tokens");
    }

    @Test
    void quotedPhraseIsRequiredInKeywordModeAndASignalInOthers() {
        memory.remember(
                MessageDraft.user("a", "ana", "the green tea house opened").withId("phrase"));
        memory.remember(MessageDraft.user("b", "ana", "tea in a green house").withId("words"));
        assertThat(ids(RecallQuery.of("\"green tea\"").withMode(RecallMode.KEYWORD)))
                .containsExactly("phrase");
        assertThat(ids(RecallQuery.of("\"house green\"").withMode(RecallMode.KEYWORD)))
                .isEmpty();
        List<Hit> both = memory.recall(RecallQuery.of("the \"green tea\" house").withExplain())
                .hits();
        assertThat(both).extracting(Hit::id).containsExactly("phrase", "words");
        assertThat(both.getFirst().signals()).containsEntry("phrase", 1.0);
        assertThat(ids(RecallQuery.of("\"the\" tea").withMode(RecallMode.KEYWORD)))
                .hasSize(2); // a stop word is no phrase
    }

    @Test
    void timeExpressionsInAQueryAffectTheRanking() {
        for (String month : List.of("03", "05", "09")) {
            memory.remember(MessageDraft.user("s" + month, "ana", "we went hiking")
                    .withId("h" + month)
                    .withAt(Instant.parse("2026-" + month + "-10T10:00:00Z")));
        }
        memory.remember(MessageDraft.user("trip", "ana", "the trip to Porto was lovely")
                .withId("porto")
                .withAt(Instant.parse("2026-09-24T10:00:00Z")));
        RecallQuery asked = RecallQuery.of("hiking").withAsOf(Instant.parse("2026-10-01T00:00:00Z"));
        assertThat(ids(new RecallQueryText(asked, "Did we go hiking last May?").query())
                        .getFirst())
                .isEqualTo("h05");
        assertThat(ids(new RecallQueryText(asked, "Did we go hiking on 10 March 2026?").query())
                        .getFirst())
                .isEqualTo("h03");
        Hit before = memory
                .recall(new RecallQueryText(asked, "Did we go hiking two weeks before the trip to Porto?")
                        .query()
                        .withExplain())
                .hits()
                .stream()
                .filter(hit -> hit.id().equals("h09"))
                .findFirst()
                .orElseThrow();
        assertThat(before.signals()).containsEntry("when", 1.0);
    }

    /** Another text under the same conditions. */
    private record RecallQueryText(RecallQuery conditions, String text) {
        RecallQuery query() {
            return RecallQuery.of(text).withAsOf(conditions.asOf().orElseThrow());
        }
    }

    @Test
    void queryForTheLatestRanksByRecency() {
        for (int day = 1; day <= 9; day++) {
            memory.remember(MessageDraft.user("d" + day, "ana", "my weight was measured, number " + day)
                    .withId("w" + day)
                    .withAt(Instant.parse("2026-0" + day + "-01T10:00:00Z")));
        }
        assertThat(ids(RecallQuery.of("What is the latest measured weight?").withMode(RecallMode.KEYWORD))
                        .getFirst())
                .isEqualTo("w9");
        assertThat(ids(RecallQuery.of("measured weight")
                                .withMode(RecallMode.KEYWORD)
                                .withWeights(Map.of("recency", 10.0)))
                        .getFirst())
                .isEqualTo("w9");
    }

    @Test
    void frequentlyRecalledNoteRanksFirstWhenUsesAreWeighted() {
        memory.notes()
                .create(NoteDraft.of("fact", "The boat is called Albatross").withId("albatross"));
        memory.notes().create(NoteDraft.of("fact", "The boat is called Pelican").withId("pelican"));
        RecallQuery boat = RecallQuery.of("what is the boat called")
                .withMode(RecallMode.KEYWORD)
                .withExplain();
        RecallQuery byUses = boat.withWeights(Map.of("uses", 5.0));
        assertThat(memory.recall(byUses).hits())
                .allSatisfy(hit -> assertThat(hit.signals()).containsEntry("uses", 0.0));
        List<String> order = ids(boat);
        String last = order.getLast();
        for (int i = 0; i < 5; i++) {
            assertThat(ids(RecallQuery.of(last).withMode(RecallMode.KEYWORD).withLimit(1)))
                    .containsExactly(last);
        }
        memory.runMaintenance(); // reads write nothing themselves: now their counts are written down
        assertThat(ids(byUses)).startsWith(last);
        assertThat(memory.recall(byUses).hits().getFirst().signals()).containsEntry("uses", 1.0);
        assertThat(ids(boat)).isEqualTo(order); // where nobody asks they do not count
        assertThat(memory.recall(boat).hits())
                .allSatisfy(hit -> assertThat(hit.signals()).doesNotContainKey("uses"));
    }

    @Test
    void verifySucceedsAfterAnotherInstanceMergedSegments() {
        for (int i = 0; i < 200; i++) {
            memory.remember(MessageDraft.user("s", "ana", "word" + i + " and word" + i % 7));
        }
        ids(RecallQuery.of("word3")); // the connection knows the segments of now
        try (Stele other = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            String id = other.agent("kira")
                    .remember(MessageDraft.user("s", "ana", "one more"))
                    .id();
            other.agent("kira").deleteMessage(id); // merges all into one
        }
        assertThat(memory.verify().problems()).isEmpty();
    }

    @Test
    void unsatisfiableFiltersAreRefused() {
        assertThatThrownBy(() -> RecallFilter.fromJson(
                        JsonObject.of("filter", Map.of("role", "user", "category", "preference"))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("nothing is both");
        assertThatThrownBy(() -> RecallFilter.fromJson(
                        JsonObject.of("filter", Map.of("kind", "message", "min_importance", 0.5))))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void subMillisecondAndExtremeTimesAreHandled() {
        memory.remember(MessageDraft.user("s", "ana", "green tea")
                .withId("tea")
                .withAt(Instant.parse("2026-05-08T10:00:00.005Z")));
        RecallQuery query = RecallQuery.of("Was there tea this month?");
        Map<String, Boolean> found = Map.of(
                "{\"from\":\"2026-05-08T10:00:00.005Z\"}", true,
                "{\"from\":\"2026-05-08T10:00:00.005000001Z\"}", false,
                "{\"to\":\"2026-05-08T10:00:00.005000001Z\"}", true,
                "{\"to\":\"2026-05-08T10:00:00.005Z\"}", false,
                "{\"from\":\"0001-01-01T00:00:00Z\",\"to\":\"9999-12-31T23:59:59.999999999Z\"}", true);
        found.forEach((filter, there) -> assertThat(
                        ids(query.withFilter(RecallFilter.fromJson(Json.readObject("filter", filter)))))
                .as(filter)
                .hasSize(there ? 1 : 0));
        assertThatThrownBy(() ->
                        RecallFilter.fromJson(Json.readObject("filter", "{\"from\":\"-999999999-01-01T00:00:00Z\"}")))
                .isInstanceOf(InvalidInputException.class);
        for (String time : List.of("-999999999-01-01T00:00:00Z", "+1000000000-12-31T23:59:59.999999999Z")) {
            assertThat(ids(query.withAsOf(Instant.parse(time)))).hasSize(time.startsWith("+") ? 1 : 0);
        }
        assertThat(ids(query.withAsOf(Instant.parse("2026-05-08T10:00:00.005Z"))))
                .hasSize(1);
        assertThat(ids(query.withAsOf(Instant.parse("2026-05-08T10:00:00.004999999Z"))))
                .isEmpty();
    }

    @Test
    void changedLanguageReindexesItems() {
        memory.remember(MessageDraft.user("a", "ana", "Die Häuser sind groß").withId("haus"));
        RecallQuery query = RecallQuery.of("Haus").withMode(RecallMode.KEYWORD);
        assertThat(ids(query)).isEmpty();
        stele.close();
        stele = Stele.open(
                Stores.at(data).withLanguages(Languages.parse("en", "kira=de")), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
        memory.runMaintenance();
        assertThat(ids(query)).containsExactly("haus");
        assertThat(memory.verify().problems()).isEmpty();
    }

    @Test
    void concurrentQueriesDuringWritesReturnTheSameHit() throws Exception {
        talk();
        var answers = Threads.atOnce(64, i -> () -> {
            if (i % 8 == 0) {
                memory.remember(MessageDraft.user("noise", "cy", "nothing of interest " + i));
            }
            return memory.recall(RecallQuery.of("my dog ate the carpet").withLimit(1))
                    .hits()
                    .getFirst()
                    .id();
        });
        assertThat(answers).containsOnly("dog");
    }

    @Test
    void supersededAndExpiredNotesAreExcludedUnlessRequested() {
        memory.notes().create(NoteDraft.of("fact", "Ana lives in Porto").withId("old"));
        memory.notes()
                .supersede("old", NoteDraft.of("fact", "Ana lives in Lisbon").withId("new"));
        memory.notes()
                .create(NoteDraft.fromJson(JsonObject.of(
                        "note", Map.of("content", "Ana lives on a boat", "id", "past", "valid_to", "2020-01-01"))));
        RecallQuery query = RecallQuery.of("where does ana live");
        assertThat(ids(query)).containsExactly("new");
        assertThat(ids(query.withFilter(filter(Map.of("superseded", true))))).containsOnly("new", "old", "past");
        assertThat(memory.notes().get("old").orElseThrow().supersededBy()).contains("new");
    }

    @Test
    void asOfQueryReturnsThePastState() throws Exception {
        memory.notes().create(NoteDraft.of("fact", "Ana lives in Porto").withId("old"));
        memory.remember(MessageDraft.user("s", "ana", "I live in Porto").withId("said"));
        Instant then = Engine.now().plusMillis(1);
        org.awaitility.Awaitility.await().until(() -> Instant.now().isAfter(then.plusMillis(2)));
        memory.notes()
                .supersede("old", NoteDraft.of("fact", "Ana lives in Lisbon").withId("new"));
        memory.editMessage("said", "I live in Lisbon");
        List<Hit> now = memory.recall("where does ana live").hits();
        assertThat(now).extracting(Hit::content).containsOnly("Ana lives in Lisbon", "I live in Lisbon");
        List<Hit> past = memory.recall(RecallQuery.of("where does ana live").withAsOf(then))
                .hits();
        assertThat(past).extracting(Hit::content).containsOnly("Ana lives in Porto", "I live in Porto");
    }

    @Test
    void recallWithoutAModelFallsBackToKeywordsWithANotice() {
        talk();
        try (Stele plain = Stele.open(Stores.at(data), Optional.empty())) {
            var result = plain.agent("kira").recall("carpet");
            assertThat(result.mode()).isEqualTo(RecallMode.KEYWORD);
            assertThat(result.notice().orElseThrow()).contains("stele-models");
            assertThat(result.hits()).extracting(Hit::id).containsExactly("dog");
            assertThatThrownBy(() ->
                            plain.agent("kira").recall(RecallQuery.of("carpet").withMode(RecallMode.SEMANTIC)))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("keyword");
            plain.agent("kira")
                    .remember(MessageDraft.user("june", "ben", "Rex sleeps now").withId("sleep"));
        }
        assertThat(memory.stats().embedded()).isEqualTo(5);
        memory.runMaintenance(); // vectors that are missing are made up for
        assertThat(memory.stats().embedded()).isEqualTo(6);
        assertThat(ids(RecallQuery.of("sleeps now").withMode(RecallMode.SEMANTIC)))
                .startsWith("sleep");
    }

    @Test
    void recallDoesNotCreateAMissingAgent() {
        assertThatThrownBy(() -> stele.agent("nobody").recall("anything"))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("nobody");
        assertThat(stele.agents()).isEmpty();
    }

    @Test
    void exceededQueryLimitsAreReportedByName() {
        talk();
        assertThatThrownBy(() -> memory.recall(RecallQuery.of("x").withLimit(100_000)))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.results");
        assertThatThrownBy(() -> memory.recall("x".repeat(100_000)))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.query-bytes");
        assertThatThrownBy(() -> RecallQuery.of("  ")).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void updatedIndexEqualsAFreshIndexAfterEveryKindOfChange() {
        talk();
        ids(RecallQuery.of("warm up"));
        var random = new java.util.Random(3);
        var known = new ArrayList<>(List.of("move", "flat", "sunny", "dog"));
        for (int i = 0; i < 60; i++) {
            switch (random.nextInt(4)) {
                case 0 ->
                    known.add(memory.remember(MessageDraft.user("s" + random.nextInt(5), "ana", "tea number " + i)
                                    .withAt(Instant.parse("2026-05-08T10:00:00Z")
                                            .plusSeconds(random.nextInt(100_000))))
                            .id());
                case 1 -> memory.editMessage(known.get(random.nextInt(known.size())), "tea was edited " + i);
                case 2 -> {
                    if (known.size() > 3) {
                        // The first message stays: the note, which is edited here, is derived from it.
                        memory.deleteMessage(known.remove(1 + random.nextInt(known.size() - 1)));
                    }
                }
                default ->
                    memory.notes()
                            .update(
                                    "tea",
                                    JsonObject.of("note", Map.of("content", "tea note " + i)),
                                    OptionalLong.empty());
            }
            RecallQuery query =
                    RecallQuery.of("tea number edited note").withLimit(100).withExplain();
            List<Hit> followed = memory.recall(query).hits();
            try (Stele fresh = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
                assertThat(followed).isEqualTo(fresh.agent("kira").recall(query).hits());
            }
        }
    }

    @Test
    void diversityRanksDissimilarHitsHigher() {
        // Each in a conversation of its own: those of one give way to each other anyway.
        memory.remember(List.of(
                MessageDraft.user("s1", "ana", "The garden party needs lamps and chairs and music")
                        .withId("lamps"),
                MessageDraft.user("s2", "ana", "The garden party needs lamps and chairs and bread")
                        .withId("bread"),
                MessageDraft.user("s3", "ana", "The garden party needs lamps and chairs and wine")
                        .withId("wine"),
                MessageDraft.user("s4", "ana", "Nobody watered our garden since the tenants left Porto")
                        .withId("porto")));
        RecallQuery query = RecallQuery.of("garden party").withLimit(4).withoutFolding();

        assertThat(ids(query)).hasSize(4).last().isEqualTo("porto");
        assertThat(ids(query.withDiversity(0))).isEqualTo(ids(query));
        assertThat(ids(query.withDiversity(0.8)))
                .startsWith(ids(query).getFirst(), "porto")
                .containsExactlyInAnyOrderElementsOf(ids(query));
        assertThat(memory.recall(query.withDiversity(0.8)).hits())
                .extracting(Hit::score)
                .isSortedAccordingTo(Comparator.reverseOrder());
        for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> query.withDiversity(wrong))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("from 0 to 1");
        }
    }
}
