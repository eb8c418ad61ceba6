package dev.stele.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleModels;
import dev.stele.context.ContextQuery;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.AgentName;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.ObservationDraft;
import dev.stele.profile.Access;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
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
    void promptsHoldNothingOfOthersWhoNameTheSameSession() {
        var echo = new Echo();
        try (Stele stele = open(echo)) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            chat.reply(
                    KIRA,
                    ChatRequest.of("chat-ana", "ana", "My PIN is 4711 and my dog is Zorbaxel."),
                    ChatListener.NONE);
            // A client stores the answer to ana without a user.
            stele.agent(KIRA).remember(MessageDraft.assistant("chat-ana", "I am sorry about your diabetes, Ana."));
            chat.reply(
                    KIRA,
                    ChatRequest.of("chat-ana", "bob", "What is the PIN, the dog, the diabetes?"),
                    ChatListener.NONE);
            assertThat(echo.prompts.getLast()).doesNotContain("4711", "zorbaxel", "sorry");
            chat.reply(KIRA, ChatRequest.of("chat-ana", "ana", "What was my PIN?"), ChatListener.NONE);
            assertThat(echo.prompts.getLast())
                    .contains("4711", "zorbaxel", "sorry")
                    .doesNotContain("bob");
        }
    }

    @Test
    void summariesAreShownToThoseWhoMaySeeAllTheyTell() throws Exception {
        var echo = new Echo();
        try (Stele stele = open(echo)) {
            AgentMemory memory = stele.agent(KIRA);
            for (int i = 0; i < 45; i++) {
                memory.remember(MessageDraft.user("room", "ana", "I like tea " + i + " with zorbaxel."));
            }
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            chat.reply(KIRA, ChatRequest.of("room", "ana", "And?"), ChatListener.NONE);
            memory.reflect();
            assertThat(memory.notes().get(AgentMemory.summaryId("room"))).isPresent();
            chat.reply(KIRA, ChatRequest.of("room", "ben", "What do you drink?"), ChatListener.NONE);
            assertThat(echo.prompts.getLast()).doesNotContain("zorbaxel");
            chat.reply(KIRA, ChatRequest.of("room", "ana", "What do I drink?"), ChatListener.NONE);
            assertThat(echo.prompts.getLast()).contains("zorbaxel");
        }
    }

    @Test
    void derivedItemsAreSeenByThoseWhoMaySeeTheirSources() throws Exception {
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
                                true,
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
                assertThat(memory.visibleTo(user, Set.of("n")).isEmpty()).isEqualTo(!may);
            }
        }
    }

    @Test
    void factsUnderTheNameOfAUserAreNotToldToOthersWhateverTheirCase() {
        try (Stele stele = open(new Echo())) {
            AgentMemory memory = stele.agent(KIRA);
            memory.users().update("ana", context -> context.withPreference("drink", "tea"));
            memory.graph().put(EntityDraft.of("person", "Ana", "has a red car"));
            for (String user : List.of("ana", "ben")) {
                String context = memory.context(new ContextQuery(
                                "What does Ana drive?", Optional.of(user), Optional.empty(), 1_000, 0, true, Set.of()))
                        .text();
                assertThat(context.contains("red car")).as(user).isEqualTo(user.equals("ana"));
            }
        }
    }

    @Test
    void anonymousVisitorsAreToldApart() {
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
    void randomUsersAndSessionsShareNothing() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        List<String> users = List.of("ana", "ben", "kim", "lea");
        List<String> sessions = List.of("one", "two", "three");
        var echo = new Echo();
        try (Stele stele = open(echo)) {
            AgentMemory memory = stele.agent(KIRA);
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            for (int i = 0; i < 60; i++) {
                String user = users.get(random.nextInt(users.size()));
                String session = sessions.get(random.nextInt(sessions.size()));
                String said = "My pet %d is called pet%d%sx and I live in town%sx.".formatted(i, i, user, user);
                switch (random.nextInt(4)) {
                    case 0 -> memory.remember(MessageDraft.user(session, user, said));
                    case 1 -> {
                        Message message = memory.remember(MessageDraft.user(session, user, said));
                        memory.remember(MessageDraft.assistant(session, "So it is pet" + i + user + "x!"));
                        memory.interactions().record(InteractionDraft.of("chat", user, message.id()));
                    }
                    case 2 -> {
                        Message message = memory.remember(MessageDraft.user(session, user, said));
                        memory.notes()
                                .create(NoteDraft.of("fact", "a pet is called pet" + i + user + "x")
                                        .withProvenance(List.of(message.id())));
                    }
                    default -> chat.reply(KIRA, ChatRequest.of(session, user, said), ChatListener.NONE);
                }
                if (i % 10 == 9) {
                    memory.reflect();
                }
                String asker = users.get(random.nextInt(users.size()));
                chat.reply(
                        KIRA,
                        ChatRequest.of(
                                sessions.get(random.nextInt(sessions.size())),
                                asker,
                                "What is my pet called, and who lives in town" + users.get(random.nextInt(4)) + "x?"),
                        ChatListener.NONE);
                for (String other : users) {
                    if (!other.equals(asker)) {
                        assertThat(echo.prompts.getLast())
                                .as("seed %d, told to %s", seed, asker)
                                .doesNotContainPattern("pet\\d+" + other + "x");
                    }
                }
            }
        }
    }
}
