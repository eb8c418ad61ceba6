package dev.stele.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleModels;
import dev.stele.context.ContextQuery;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.ObservationDraft;
import dev.stele.model.Session;
import dev.stele.profile.Access;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import dev.stele.transfer.ImportReport;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one user said reaches no other user, by prompts, recall or the graph. */
class AudienceTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    /** Language model that repeats all it is told, and keeps the prompts. */
    private static final class Echo implements LanguageModel {
        final List<String> prompts = new ArrayList<>();
        final List<String> instructions = new ArrayList<>();

        @Override
        public String name() {
            return "echo";
        }

        @Override
        public Reply ask(Prompt prompt, Consumer<String> delta) {
            String text = prompt.sources().stream().map(Prompt.Source::text).collect(Collectors.joining("\n"))
                    + "\n"
                    + prompt.turns().stream().map(Prompt.Turn::text).collect(Collectors.joining("\n"));
            prompts.add(text.toLowerCase(Locale.ROOT));
            instructions.add(prompt.system());
            delta.accept(text);
            return new Reply(text, name(), 1, 1);
        }
    }

    private Stele open(LanguageModel model) {
        return Stele.open(
                Stores.at(data),
                SteleModels.offline(Optional.of(new WordEmbedder())).withLanguage(model));
    }

    @Test
    void secondUserOfASessionIsRefusedWithoutDisclosure() {
        var echo = new Echo();
        try (Stele stele = open(echo)) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            chat.reply(
                    KIRA,
                    ChatRequest.of("chat-ana", "ana", "My PIN is 4711 and my dog is Zorbaxel."),
                    ChatListener.NONE);
            // A client stores the answer to ana without a user.
            stele.agent(KIRA).remember(MessageDraft.assistant("chat-ana", "I am sorry about your diabetes, Ana."));
            int told = echo.prompts.size();
            for (ThrowingCallable route : List.<ThrowingCallable>of(
                    () -> chat.reply(
                            KIRA,
                            ChatRequest.of("chat-ana", "bob", "What is the PIN, the dog, the diabetes?"),
                            ChatListener.NONE),
                    () -> stele.agent(KIRA).remember(MessageDraft.user("chat-ana", "bob", "I am bob.")),
                    () -> stele.agent(KIRA).rememberAsync(MessageDraft.user("chat-ana", "bob", "I am bob.")),
                    () -> stele.agent(KIRA)
                            .remember(List.of(
                                    MessageDraft.user("new", "bob", "I am bob."),
                                    MessageDraft.user("new", "ana", "I am ana."))))) {
                assertThatThrownBy(route)
                        .isInstanceOf(ConflictException.class)
                        .hasMessageContaining("participants")
                        .hasMessageNotContaining("4711");
            }
            assertThat(echo.prompts).hasSize(told);
            assertThat(stele.agent(KIRA).sessions().get("new")).isEmpty();
            chat.reply(KIRA, ChatRequest.of("chat-ana", "ana", "What was my PIN?"), ChatListener.NONE);
            assertThat(echo.prompts.getLast())
                    .contains("4711", "zorbaxel", "sorry")
                    .doesNotContain("bob");
        }
    }

    @Test
    void roomPromptsNameTheSpeakersAndContainTheirMessages() throws Exception {
        var echo = new Echo();
        try (Stele stele = open(echo)) {
            AgentMemory memory = stele.agent(KIRA);
            memory.sessions().setParticipants("team", List.of("ben", "ana"));
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            chat.reply(KIRA, ChatRequest.of("team", "ana", "My dog is called Zorbaxel."), ChatListener.NONE);
            for (int i = 0; i < 40; i++) {
                memory.remember(MessageDraft.user("team", i % 2 == 0 ? "ana" : "ben", "Cheese number " + i));
            }
            chat.reply(KIRA, ChatRequest.of("team", "ben", "Which cheese?"), ChatListener.NONE);
            assertThat(echo.prompts.getLast()).contains("ana: cheese number 38", "ben: which cheese?");
            assertThat(echo.instructions.getLast()).contains("ana, ben");
            memory.reflect();
            assertThat(memory.notes().get(AgentMemory.summaryId("team")))
                    .hasValueSatisfying(note -> assertThat(note.body().user()).isEmpty());
            chat.reply(KIRA, ChatRequest.of("team", "ben", "What is the dog of ana called?"), ChatListener.NONE);
            assertThat(echo.prompts.getLast()).contains("zorbaxel");
            assertThatThrownBy(() -> chat.reply(KIRA, ChatRequest.of("team", "kim", "Which dog?"), ChatListener.NONE))
                    .isInstanceOf(ConflictException.class);
            chat.reply(KIRA, ChatRequest.of("kim", "kim", "Which dog, which cheese?"), ChatListener.NONE);
            assertThat(echo.prompts.getLast()).doesNotContain("zorbaxel", "cheese number");
            assertThat(memory.recall(RecallQuery.of("zorbaxel dog").withFilter(RecallFilter.ALL.withAudience("ben")))
                            .hits())
                    .isNotEmpty();

            assertThat(memory.sessions()
                            .list(Optional.of("ben"), 10, Optional.empty())
                            .items())
                    .extracting(Session::id)
                    .containsExactly("team");
            assertThatThrownBy(() -> memory.sessions().setParticipants("team", List.of("ben")))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("ana");
            memory.sessions().setParticipants("team", List.of("ana")); // ben leaves
            // What was said to ben himself stays his; what ana said is hers alone.
            assertThat(memory.recall(RecallQuery.of("zorbaxel dog").withFilter(RecallFilter.ALL.withAudience("ben")))
                            .hits())
                    .extracting(Hit::speaker)
                    .doesNotContain(Optional.of("ana"));
            assertThatThrownBy(() -> memory.remember(MessageDraft.user("team", "ben", "Hello?")))
                    .isInstanceOf(ConflictException.class);
        }
    }

    @Test
    void importedConversationOfSeveralUsersIsARoomAndOtherSessionsAreKept() throws Exception {
        try (Stele stele = open(new Echo())) {
            AgentMemory memory = stele.agent(KIRA);
            memory.remember(MessageDraft.user("chat-ana", "ana", "My PIN is 4711."));
            String lines = """
                    {"role":"user","user":"ana","session":"club","content":"I bring the zorbaxel."}
                    {"role":"user","user":"ben","session":"club","content":"I bring tea."}
                    {"role":"user","user":"ben","session":"chat-ana","content":"What is the PIN?"}
                    {"role":"user","user":"ben","content":"I am alone."}
                    {"role":"user","user":"ana","content":"I am alone, too."}
                    """;
            ImportReport report = memory.importFrom(new StringReader(lines), _ -> {});
            assertThat(report.messages()).isEqualTo(4);
            assertThat(report.problems()).extracting(ImportReport.BadLine::line).containsExactly(3L);
            assertThat(memory.sessions().get("club").orElseThrow().participants())
                    .containsExactly("ana", "ben");
            assertThat(memory.sessions().get("chat-ana").orElseThrow().isRoom()).isFalse();
            assertThat(memory.sessions().get("default-ben").orElseThrow().user())
                    .contains("ben");

            // The participants survive an export and an import.
            var export = new StringWriter();
            memory.export(export);
            AgentMemory copy = stele.agent("copy");
            copy.importFrom(new StringReader(export.toString()), _ -> {});
            assertThat(copy.sessions().get("club")).isEqualTo(memory.sessions().get("club"));
            assertThat(copy.visibleTo(
                            Set.of("ben"),
                            copy.sessions().last("club", 10).stream()
                                    .map(Message::id)
                                    .toList()))
                    .hasSize(2);
        }
    }

    @Test
    void summariesAreVisibleOnlyToUsersWhoMaySeeAllTheirSources() throws Exception {
        var echo = new Echo();
        try (Stele stele = open(echo)) {
            AgentMemory memory = stele.agent(KIRA);
            for (int i = 0; i < 45; i++) {
                memory.remember(MessageDraft.user("talk", "ana", "I like tea " + i + " with zorbaxel."));
            }
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            chat.reply(KIRA, ChatRequest.of("talk", "ana", "And?"), ChatListener.NONE);
            memory.reflect();
            assertThat(memory.notes().get(AgentMemory.summaryId("talk"))).isPresent();
            chat.reply(KIRA, ChatRequest.of("ben", "ben", "What do you drink?"), ChatListener.NONE);
            assertThat(echo.prompts.getLast()).doesNotContain("zorbaxel");
            chat.reply(KIRA, ChatRequest.of("talk", "ana", "What do I drink?"), ChatListener.NONE);
            assertThat(echo.prompts.getLast()).contains("zorbaxel");
        }
    }

    @Test
    void derivedItemsAreVisibleOnlyToUsersWhoMaySeeTheirSources() throws Exception {
        try (Stele stele = open(new Echo())) {
            AgentMemory memory = stele.agent(KIRA);
            Message ana = memory.remember(MessageDraft.user("a", "ana", "My brother is called Tom."));
            memory.interactions().record(InteractionDraft.of("chat", "ana", ana.id()));
            memory.reflect();
            memory.notes()
                    .create(NoteDraft.of("fact", "Tom plays chess").withId("n").withProvenance(List.of(ana.id())));
            memory.graph()
                    .observe(
                            "Tom",
                            List.of(new ObservationDraft("Tom has a red car", Optional.empty(), List.of(ana.id()))));
            memory.graph().put(EntityDraft.of("town", "Lisbon", "Lisbon lies by the sea"));
            for (String user : List.of("ana", "ben")) {
                boolean may = user.equals("ana");
                String context = memory.context(new ContextQuery(
                                "What about Tom and Lisbon?",
                                Optional.of(user),
                                Optional.empty(),
                                1_000,
                                10,
                                Set.of(user),
                                Set.of()))
                        .text();
                assertThat(context.contains("red car")).as(user).isEqualTo(may);
                assertThat(context.contains("Tom")).as(user).isEqualTo(may);
                assertThat(context).contains("by the sea");
                assertThat(memory.recall(
                                        RecallQuery.of("Tom chess car").withFilter(RecallFilter.ALL.withAudience(user)))
                                .hits())
                        .as(user)
                        .hasSize(may ? memory.recall("Tom chess car").hits().size() : 0);
                assertThat(memory.visibleTo(Set.of(user), Set.of("n")).isEmpty())
                        .isEqualTo(!may);
            }
        }
    }

    @Test
    void factsAboutAUserAreHiddenFromOthersIgnoringCase() {
        try (Stele stele = open(new Echo())) {
            AgentMemory memory = stele.agent(KIRA);
            memory.users().update("ana", context -> context.withPreference("drink", "tea"));
            memory.graph().put(EntityDraft.of("person", "Ana", "has a red car"));
            for (String user : List.of("ana", "ben")) {
                String context = memory.context(new ContextQuery(
                                "What does Ana drive?",
                                Optional.of(user),
                                Optional.empty(),
                                1_000,
                                0,
                                Set.of(user),
                                Set.of()))
                        .text();
                assertThat(context.contains("red car")).as(user).isEqualTo(user.equals("ana"));
            }
        }
    }

    @Test
    void anonymousVisitorsDoNotShareASession() {
        var echo = new Echo();
        try (Stele stele = open(echo)) {
            var profile = stele.agent(KIRA).profile();
            profile.access(
                    new Access(
                            Set.of(Access.Who.PUBLIC), profile.access().value().memory()),
                    OptionalLong.empty());
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            for (String said : List.of("My phone number is 5550199.", "What is my phone number?")) {
                chat.reply(
                        KIRA, ChatRequest.fromJson(JsonObject.of("chat", Map.of("message", said))), ChatListener.NONE);
            }
            assertThat(echo.prompts.getLast()).doesNotContain("5550199");
        }
    }

    @Test
    void randomUsersSeeOnlyMessagesOfTheirRooms() throws Exception {
        long seed = 20_261_130;
        var random = new Random(seed);
        List<String> users = List.of("ana", "ben", "kim", "lea");
        Map<String, Set<String>> rooms =
                Map.of("one", Set.of("ana", "ben"), "two", Set.of("ben", "kim", "lea"), "three", Set.of("ana", "lea"));
        List<String> sessions = List.of("one", "two", "three", "ana", "ben", "kim", "lea");
        var echo = new Echo();
        try (Stele stele = open(echo)) {
            AgentMemory memory = stele.agent(KIRA);
            rooms.forEach(memory.sessions()::setParticipants);
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            Map<String, String> saidIn = new HashMap<>();
            for (int i = 0; i < 50; i++) {
                String user = users.get(random.nextInt(users.size()));
                String session = sessions.get(random.nextInt(sessions.size()));
                Set<String> members = rooms.getOrDefault(session, Set.of(session));
                String pet = "pet" + i + user + "x";
                String said = "My pet %d is called %s and I live in town%sx.".formatted(i, pet, user);
                if (!members.contains(user)) {
                    memory.remember(
                            MessageDraft.user(session, members.iterator().next(), "Hello."));
                    assertThatThrownBy(() -> memory.remember(MessageDraft.user(session, user, said)))
                            .as("seed %d", seed)
                            .isInstanceOf(ConflictException.class);
                    continue;
                }
                saidIn.put(pet, session);
                switch (random.nextInt(4)) {
                    case 0 -> memory.remember(MessageDraft.user(session, user, said));
                    case 1 -> {
                        Message message = memory.remember(MessageDraft.user(session, user, said));
                        memory.remember(MessageDraft.assistant(session, "So it is " + pet + "!"));
                        memory.interactions().record(InteractionDraft.of("chat", user, message.id()));
                    }
                    case 2 -> {
                        Message message = memory.remember(MessageDraft.user(session, user, said));
                        memory.notes()
                                .create(NoteDraft.of("fact", "a pet is called " + pet)
                                        .withProvenance(List.of(message.id())));
                    }
                    default -> chat.reply(KIRA, ChatRequest.of(session, user, said), ChatListener.NONE);
                }
                if (i % 10 == 9) {
                    memory.reflect();
                }
                String asker = users.get(random.nextInt(users.size()));
                List<String> open = sessions.stream()
                        .filter(id -> rooms.getOrDefault(id, Set.of(id)).contains(asker))
                        .toList();
                chat.reply(
                        KIRA,
                        ChatRequest.of(
                                open.get(random.nextInt(open.size())),
                                asker,
                                "What is my pet called, and who lives in town" + users.get(random.nextInt(4)) + "x?"),
                        ChatListener.NONE);
                String prompt = echo.prompts.getLast();
                saidIn.forEach((told, where) -> {
                    if (!rooms.getOrDefault(where, Set.of(where)).contains(asker)) {
                        assertThat(prompt)
                                .as("seed %d, told to %s", seed, asker)
                                .doesNotContain(told);
                    }
                });
            }
        }
    }
}
