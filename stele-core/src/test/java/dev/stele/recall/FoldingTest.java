package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Items that differ in anything that matters are hits of their own; items that say the same are folded. */
class FoldingTest {

    @TempDir
    static Path data;

    private static final AtomicInteger AGENTS = new AtomicInteger();

    private static Stele stele;
    private AgentMemory memory;

    @BeforeAll
    static void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
    }

    @BeforeEach
    void useAnotherAgent() {
        memory = stele.agent("agent" + AGENTS.incrementAndGet());
    }

    @AfterAll
    static void close() {
        stele.close();
    }

    private List<Hit> hits(String question) {
        return memory.recall(RecallQuery.of(question).withLimit(20)).hits();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            Invoice 1041 was paid by card on 3 March by the Lisbon office. | Invoice 1042 was paid by card on 3 March by the Lisbon office.
            We run version 2.3.1 of the parser in production. | We run version 2.3.10 of the parser in production.
            The database listens on port 5432 of the old host. | The database listens on port 5433 of the old host.
            The rule is in section 12.4 of the handbook. | The rule is in section 12.5 of the handbook.
            Ben lent Lea forty euros for the train. | Lea lent Ben forty euros for the train.
            Kim prefers tea to coffee in the morning. | Kim prefers coffee to tea in the morning.
            Turn the heater in the studio on. | Turn the heater in the studio off.
            The outside sensor shows -5 degrees now. | The outside sensor shows 5 degrees now.
            The oven is set to 180°C for the bread. | The oven is set to 180°F for the bread.
            The library is written in C for speed. | The library is written in C++ for speed.
            The ticket costs 40 € at the counter. | The ticket costs 40 $ at the counter.
            The meeting with Mia starts at 9:15. | The meeting with Mia starts at 9:45.
            The code of the door is 48-1A. | The code of the door is 48-1B.
            The parcel goes from Porto to Faro by truck. | The parcel goes from Faro to Porto by truck.
            Noa is taller than Ida by a head. | Ida is taller than Noa by a head.
            Max follows Zoe in the project list. | Zoe follows Max in the project list.
            Tom can eat peanuts at parties. | Tom can't eat peanuts at parties.
            The patch was never merged into main. | The patch was later merged into main.
            The east gate opens before the concert. | The east gate opens after the concert.
            Write to ana@example.org about the lease. | Write to ana@example.com about the lease.
            The script is in /opt/tools/run.sh now. | The script is in /opt/tool/run.sh now.
            Commit 9f3a1c0 broke the nightly build. | Commit 9f3a1c1 broke the nightly build.
            I met the polish team on Monday. | I met the Polish team on Monday.
            Ana arrives on Monday at the station. | Ana arrives on Tuesday at the station.
            Ana moved to Lyon in 2019 for work. | Ana moved to Lyon in 2020 for work.
            Ana likes the new flat in Lisbon. | Ana likes the new flat in Lisbon?
            The vote on the plan was 👍 from Ida. | The vote on the plan was 👎 from Ida.
            Take one tablet twice a day with water. | Take two tablets once a day with water.
            My sister Eva plays the cello. | My sister Ava plays the cello.
            The increase is 3.5 % for all members. | The increase is 35 % for all members.
            The café of Zoë closes at six. | The cafe of Zoe closes at six.
            All students passed the exam in May. | Not all students passed the exam in May.
            """)
    void textsThatDifferInAFactAreHitsOfTheirOwn(String one, String other) {
        memory.remember(MessageDraft.user("s", "ana", one));
        memory.remember(MessageDraft.user("s", "ana", other));
        assertThat(hits(one)).extracting(Hit::content).contains(one, other);
        memory.notes().create(NoteDraft.of("fact", one));
        memory.notes().create(NoteDraft.of("fact", other));
        assertThat(hits(one).stream().filter(hit -> hit.sources().isEmpty()))
                .extracting(Hit::content)
                .containsExactlyInAnyOrder(one, one, other, other);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            The lamp in the hall is broken. | The lamp in the hall is broken.
            The lamp in the hall is broken | the lamp in the hall is broken!
            The  lamp in the  hall is broken. | The lamp in the hall is broken
            La crêpe est servie à midi. | La crêpe est servie à midi.
            The ﬁle is on the desk. | The file is on the desk.
            """)
    void textsThatSayTheSameAreFolded(String one, String other) {
        memory.remember(MessageDraft.user("s", "ana", one));
        memory.remember(MessageDraft.user("s", "ana", other));
        assertThat(hits(one))
                .hasSize(1)
                .first()
                .satisfies(hit -> assertThat(hit.duplicates()).hasSize(1));
    }

    @Test
    void repeatedMessageListsTheTimesOfItsRepetitions() {
        for (int day = 3; day <= 5; day++) {
            memory.remember(MessageDraft.user("s", "ana", "The water in the cellar is up to the second step")
                    .withId("day" + day)
                    .withAt(Instant.parse("2026-05-0" + day + "T08:00:00Z")));
        }
        Hit hit = hits("water in the cellar").getFirst();
        assertThat(hit.duplicates()).extracting(FoldedItem::at).hasSize(2).doesNotContain(hit.at());
        assertThat(hit.toJson().get("duplicates").toString()).contains("2026-05-04T08:00:00Z");
    }

    @Test
    void messageThatIsRepeatedAllTheTimeHidesNothingAndListsABoundedNumberOfRepetitions() {
        memory.remember(IntStream.range(0, 700)
                .mapToObj(i -> MessageDraft.user("s", "ana", "The tea in the pot is cold"))
                .toList());
        memory.remember(MessageDraft.user("s", "ana", "A pot of soup is on the stove"));
        List<Hit> hits = hits("tea in the pot");
        assertThat(hits)
                .extracting(Hit::content)
                .contains("The tea in the pot is cold", "A pot of soup is on the stove");
        assertThat(hits.getFirst().duplicates()).hasSize(100).doesNotHaveDuplicates();
    }

    @Test
    void messageThatIsRepeatedAllTheTimeTakesNoPlaceFromOthersInKeywordMode() {
        for (int batch = 0; batch < 2; batch++) {
            memory.remember(IntStream.range(0, 750)
                    .mapToObj(i ->
                            MessageDraft.user("s" + i % 50, "ana", "The tea in the pot is cold" + ".".repeat(i % 3)))
                    .toList());
        }
        List<String> others = IntStream.range(0, 15)
                .mapToObj(i -> "The old pot number " + i + " is on the stove and we make soup in it")
                .toList();
        memory.remember(others.stream()
                .map(text -> MessageDraft.user("soup", "ana", text))
                .toList());
        List<Hit> hits = memory.recall(RecallQuery.of("tea in the pot")
                        .withMode(RecallMode.KEYWORD)
                        .withLimit(20))
                .hits();
        assertThat(hits).extracting(Hit::content).first().asString().startsWith("The tea in the pot is cold");
        assertThat(hits).extracting(Hit::content).containsAll(others);
    }

    @Test
    void editedMessageIsNoRepetitionOfWhatItSaidBefore() {
        for (int i = 0; i < 700; i++) {
            memory.remember(
                    MessageDraft.user("s", "ana", "The tea in the pot is cold").withId("tea" + i));
        }
        memory.editMessage("tea3", "The tea in the pot is hot");
        assertThat(hits("tea in the pot")).extracting(Hit::content).contains("The tea in the pot is hot");
    }

    @Test
    void sameTextOfDifferentUsersIsNotFolded() {
        memory.remember(MessageDraft.user("a", "ana", "I am allergic to nuts"));
        memory.remember(MessageDraft.user("b", "ben", "I am allergic to nuts"));
        memory.notes().create(NoteDraft.of("health", "is allergic to nuts").withUser("ana"));
        memory.notes().create(NoteDraft.of("health", "is allergic to nuts").withUser("ben"));
        assertThat(hits("who is allergic to nuts")).hasSize(4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            I paid Ben forty euros for the train. | Ben paid ana forty euros for the train.
            I do not like coffee with milk. | ana likes coffee with milk.
            I bought a kayak at the harbor. | ana bought a red kayak at the harbor.
            """)
    void noteThatSaysOtherThanItsSourceIsAHitOfItsOwn(String source, String note) {
        memory.remember(MessageDraft.user("s", "ana", source).withId("source"));
        memory.notes().create(NoteDraft.of("fact", note).withProvenance(List.of("source")));
        assertThat(hits(source)).hasSize(2);
    }

    /** Stores an answer without a user in the session of a user. */
    private void answer(String user, String text) {
        memory.remember(MessageDraft.user("of-" + user, user, "Hello."));
        memory.remember(MessageDraft.assistant("of-" + user, text));
    }

    @Test
    void itemsThatTheAudienceMayNotSeeTakeNoTokensAndHideNoOthers() {
        String text =
                "The zorbaxel keeper opens the lighthouse at nine in the morning and closes the lighthouse at six.";
        for (String user : List.of("ana", "kim", "lea", "mia", "tom")) {
            answer(user, text + " Ask " + user + ".");
        }
        answer(
                "ben",
                "Somewhere along the coast there is, among other buildings, a zorbaxel of which little is known.");
        RecallQuery query = RecallQuery.of("zorbaxel keeper lighthouse")
                .withFilter(RecallFilter.ALL.withAudience("ben"))
                .withLimit(3);
        RecallResult whole = memory.recall(query.withMaxTokens(1_000));
        assertThat(whole.hits())
                .singleElement()
                .satisfies(hit -> assertThat(hit.content()).contains("Somewhere"));
        assertThat(whole.tokens()).hasValue(HitReader.tokens(whole.hits().getFirst()));
        RecallResult tight = memory.recall(query.withMaxTokens(whole.tokens().getAsInt()));
        assertThat(tight.hits()).hasSize(1);
        assertThat(memory.recall(query).hits()).hasSize(1);
    }

    @Test
    void itemIsNotFoldedIntoOneThatTheAudienceMayNotSee() {
        for (String user : List.of("ana", "ben", "kim")) {
            answer(user, "The zorbaxel keeper opens the lighthouse at nine.");
        }
        for (String user : List.of("ana", "ben", "kim")) {
            assertThat(memory.recall(RecallQuery.of("When does the zorbaxel keeper open?")
                                    .withFilter(RecallFilter.ALL.withAudience(user)))
                            .hits())
                    .as(user)
                    .filteredOn(hit -> hit.content().contains("zorbaxel"))
                    .singleElement()
                    .satisfies(hit -> {
                        assertThat(hit.session()).contains("of-" + user);
                        assertThat(hit.duplicates()).isEmpty();
                    });
        }
    }
}
