package dev.stele.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Profile;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.AccessDeniedException;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.ModelException;
import dev.stele.model.Note;
import dev.stele.model.RelationshipStage;
import dev.stele.model.Role;
import dev.stele.profile.Access;
import dev.stele.profile.Persona;
import dev.stele.profile.Schedule;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chats: what is said is kept, whatever becomes of the answer. */
class ChatTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private final List<Prompt> prompts = new CopyOnWriteArrayList<>();

    /** A model that answers as the test wants, and keeps what it was asked. */
    private LanguageModel model(LanguageModel how) {
        return new LanguageModel() {
            @Override
            public String name() {
                return "test";
            }

            @Override
            public Reply ask(Prompt prompt, Consumer<String> delta) {
                prompts.add(prompt);
                return how.ask(prompt, delta);
            }
        };
    }

    private interface Asked extends LanguageModel {
        @Override
        default String name() {
            return "test";
        }
    }

    private static LanguageModel echo() {
        return (Asked) (prompt, delta) -> {
            for (String word : ("You said: " + prompt.question()).split("(?<= )", -1)) {
                delta.accept(word);
            }
            return new Reply("You said: " + prompt.question(), "test", 1, 1);
        };
    }

    private Stele open(LanguageModel language) {
        return Stele.open(
                Stores.at(data),
                SteleModels.offline(Optional.of(new WordEmbedder())).withLanguage(model(language)));
    }

    @Test
    void answerIsStreamedStoredCountedAndProcessedByReflection() throws Exception {
        try (Stele stele = open(echo())) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            var heard = new StringBuilder();
            var order = new ArrayList<String>();
            ChatReply reply = chat.reply(KIRA, ChatRequest.of("s", "ana", "I live in Lisbon."), new ChatListener() {
                @Override
                public void remembered(Message question) {
                    order.add("remembered");
                    assertThat(stele.agent(KIRA).message(question.id())).contains(question);
                }

                @Override
                public void delta(String piece) {
                    order.add("delta");
                    heard.append(piece);
                }
            });
            assertThat(order.getFirst()).isEqualTo("remembered");
            assertThat(heard.toString())
                    .isEqualTo("You said: I live in Lisbon.")
                    .isEqualTo(reply.text());
            assertThat(reply.cut()).isFalse();
            AgentMemory kira = stele.agent(KIRA);
            assertThat(kira.sessions().last("s", 10))
                    .extracting(Message::role)
                    .containsExactly(Role.USER, Role.ASSISTANT);
            assertThat(kira.users().get("ana").orElseThrow().conversations()).isEqualTo(1);
            kira.reflect();
            assertThat(kira.interactions()
                            .get(reply.interaction().orElseThrow())
                            .orElseThrow()
                            .outcome()
                            .orElseThrow()
                            .added())
                    .hasSize(1);

            // In another conversation the agent knows it from the message; the note says the same and is folded.
            chat.reply(KIRA, ChatRequest.of("t", "ana", "Where do I live?"), ChatListener.NONE);
            assertThat(prompts.getLast().sources())
                    .extracting(Prompt.Source::text)
                    .contains("I live in Lisbon.")
                    .doesNotContain("ana lives in Lisbon.");
            assertThat(prompts.getLast().turns()).hasSize(1);
        }
    }

    @Test
    void offlineAnswerQuotesSourcesAndReportsTheMissingModel() {
        try (Stele stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            chat.reply(KIRA, ChatRequest.of("s", "ana", "My dog is called Rex."), ChatListener.NONE);
            ChatReply reply = chat.reply(KIRA, ChatRequest.of("t", "ana", "What is my dog called?"), ChatListener.NONE);
            assertThat(reply.model()).contains("offline");
            assertThat(reply.text())
                    .contains("Rex")
                    .contains("No language model")
                    .containsPattern("\\[\\d]");
        }
    }

    @Test
    void offlineAnswersAreNotQuotedAgain() {
        try (Stele stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            chat.reply(KIRA, ChatRequest.of("a", "ana", "My dog is called Rex."), ChatListener.NONE);
            for (String session : List.of("b", "c", "d")) {
                assertThat(chat.reply(KIRA, ChatRequest.of(session, "ana", "What is my dog called?"), ChatListener.NONE)
                                .text())
                        .contains("“My dog is called Rex.”")
                        .doesNotContain("“- ");
            }
        }
    }

    @Test
    void truncatedAnswerIsStoredAndMarkedAndTheMessageCanBeRetried() throws Exception {
        var broken = new CountDownLatch(1);
        LanguageModel cut = (Asked) (prompt, delta) -> {
            delta.accept("Half an ");
            if (broken.getCount() > 0) {
                throw new ModelException("The line was cut.", "Half an ", null);
            }
            delta.accept("answer.");
            return new Reply("Half an answer.", "test", 1, 1);
        };
        try (Stele stele = open(cut)) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            ChatRequest request = ChatRequest.of("s", "ana", "Hello").withId("m1");
            ChatReply half = chat.reply(KIRA, request, ChatListener.NONE);
            assertThat(half.cut()).isTrue();
            assertThat(half.error()).contains("The line was cut.");
            assertThat(half.answer().orElseThrow().content()).isEqualTo("Half an ");
            assertThat(half.answer().orElseThrow().metadata()).containsEntry("cut", true);
            assertThat(half.interaction()).isPresent();

            broken.countDown();
            ChatReply whole = chat.reply(KIRA, request, ChatListener.NONE);
            assertThat(whole.text()).isEqualTo("Half an answer.");
            int asked = prompts.size();
            // Said once more, it is answered as before and nobody is asked.
            ChatReply again = chat.reply(KIRA, request, ChatListener.NONE);
            assertThat(again.answer()).isEqualTo(whole.answer());
            assertThat(prompts).hasSize(asked);
            assertThat(stele.agent(KIRA).sessions().last("s", 10)).hasSize(3);
        }
    }

    /** Whether it comes in pieces, as one, or unstreamed; characters of one, two, three and four bytes. */
    @ParameterizedTest
    @CsvSource({"a, 1", "a, 7", "a, 300", "ä, 3", "€, 5", "😀, 2", "😀, 100", "😀, 0", "a, 0"})
    void answerOverTheLimitIsTruncatedAndStored(String character, int perPiece) {
        int maxBytes = 101;
        LanguageModel endless = (Asked) (_, delta) -> {
            if (perPiece > 0) {
                for (int i = 0; i < 300; i += perPiece) {
                    delta.accept(character.repeat(perPiece));
                }
            }
            return new Reply(character.repeat(300), "test", 1, 1);
        };
        SteleConfig config = Stores.at(data)
                .withLimits(Limits.builder().messageBytes(maxBytes).build());
        try (Stele stele = Stele.open(
                config, SteleModels.offline(Optional.of(new WordEmbedder())).withLanguage(model(endless)))) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            var heard = new StringBuilder();
            ChatReply reply = chat.reply(KIRA, ChatRequest.of("s", "ana", "Go on."), new ChatListener() {
                @Override
                public void delta(String piece) {
                    heard.append(piece);
                }
            });
            int bytes = character.getBytes(StandardCharsets.UTF_8).length;
            String kept = character.repeat(maxBytes / bytes);
            assertThat(reply.cut()).isTrue();
            assertThat(reply.error().orElseThrow()).contains("101").contains("limits.message-bytes");
            assertThat(reply.answer().orElseThrow().content()).isEqualTo(kept);
            assertThat(reply.answer().orElseThrow().metadata()).containsEntry("cut", true);
            assertThat(heard.toString()).isEqualTo(perPiece > 0 ? kept : "");
            assertThat(stele.agent(KIRA).sessions().last("s", 10))
                    .extracting(Message::content)
                    .containsExactly("Go on.", kept);
        }
    }

    @Test
    void answerOfExactlyTheLimitIsNotTruncated() {
        LanguageModel exact = (Asked) (_, delta) -> {
            delta.accept("a".repeat(60));
            delta.accept("a".repeat(40));
            return new Reply("a".repeat(100), "test", 1, 1);
        };
        SteleConfig config =
                Stores.at(data).withLimits(Limits.builder().messageBytes(100).build());
        try (Stele stele = Stele.open(
                config, SteleModels.offline(Optional.of(new WordEmbedder())).withLanguage(model(exact)))) {
            ChatReply reply = new Chat(stele, ChatSettings.DEFAULT)
                    .reply(KIRA, ChatRequest.of("s", "ana", "Go on."), ChatListener.NONE);
            assertThat(reply.cut()).isFalse();
            assertThat(reply.text()).hasSize(100);
        }
    }

    /** A defect of a model's client, whose text nobody has looked through. */
    @Test
    void apiKeyInAModelErrorIsNeitherReturnedNorStored() {
        String secret = "sk-live-0123456789abcdefghij";
        LanguageModel telling = (Asked) (_, _) -> {
            throw new IllegalStateException("401: Incorrect API key provided: " + secret);
        };
        try (Stele stele = open(telling)) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            assertThatThrownBy(() -> chat.reply(KIRA, ChatRequest.of("s", "ana", "Hello"), ChatListener.NONE))
                    .isInstanceOf(IllegalStateException.class); // what to answer is for the server to say
            var exported = new StringWriter();
            stele.agent(KIRA).export(exported);
            assertThat(exported.toString())
                    .contains("The language model failed")
                    .doesNotContain(secret);
        }
    }

    @Test
    void disconnectDuringAnAnswerStoresTheReceivedPart() {
        try (Stele stele = open(echo())) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            assertThatThrownBy(() -> chat.reply(KIRA, ChatRequest.of("s", "ana", "one two three"), new ChatListener() {
                        private int pieces;

                        @Override
                        public void delta(String piece) {
                            if (++pieces == 3) {
                                throw new IllegalStateException("gone");
                            }
                        }
                    }))
                    .hasMessage("gone");
            List<Message> said = stele.agent(KIRA).sessions().last("s", 10);
            assertThat(said).hasSize(2);
            assertThat(said.getLast().content()).isEqualTo("You said: one ");
            assertThat(said.getLast().metadata()).containsEntry("cut", true);
            assertThat(stele.agent(KIRA)
                            .interactions()
                            .list(Optional.of("ana"), Optional.empty(), 10, Optional.empty())
                            .items())
                    .hasSize(1);
        }
    }

    @Test
    void messagesOfASessionAreAnsweredInOrderWithEarlierTurnsInThePrompt() throws Exception {
        int count = 12;
        try (Stele stele = open(echo())) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            Threads.atOnce(
                    count, i -> () -> chat.reply(KIRA, ChatRequest.of("s", "ana", "message " + i), ChatListener.NONE));
            List<Message> all = stele.agent(KIRA).sessions().last("s", 100);
            assertThat(all).hasSize(2 * count);
            List<String> asked = all.stream()
                    .filter(one -> one.role() == Role.USER)
                    .map(Message::content)
                    .toList();
            List<String> answered = all.stream()
                    .filter(one -> one.role() == Role.ASSISTANT)
                    .map(Message::content)
                    .toList();
            assertThat(answered)
                    .containsExactlyElementsOf(
                            asked.stream().map(text -> "You said: " + text).toList());
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(prompts.get(i).turns()).hasSize(Math.min(2 * i, 20) + 1);
                assertThat(prompts.get(i).turns().stream().filter(turn -> turn.role() == Role.ASSISTANT))
                        .hasSize(Math.min(i, 10));
            }
        }
    }

    @Test
    void messageBehindASlowAnswerIsStoredAndCanBeRetried() throws Exception {
        var go = new CountDownLatch(1);
        LanguageModel slow = (Asked) (prompt, delta) -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new ModelException("called off", "", e);
            }
            return new Reply("done", "test", 1, 1);
        };
        try (Stele stele = open(slow)) {
            var settings = new ChatSettings(20, 1000, 100, Duration.ofMillis(200), 5);
            var chat = new Chat(stele, settings);
            var first = CompletableFuture.supplyAsync(
                    () -> chat.reply(KIRA, ChatRequest.of("s", "ana", "first"), ChatListener.NONE),
                    task -> Thread.ofVirtual().start(task));
            Awaitility.await().until(() -> prompts.size() == 1);
            assertThatThrownBy(() -> chat.reply(
                            KIRA, ChatRequest.of("s", "ana", "second").withId("m2"), ChatListener.NONE))
                    .hasMessageContaining("chat.turn-wait");
            assertThat(stele.agent(KIRA).message("m2")).isPresent();
            go.countDown();
            assertThat(first.get(30, TimeUnit.SECONDS).text()).isEqualTo("done");
            assertThat(chat.reply(KIRA, ChatRequest.of("s", "ana", "second").withId("m2"), ChatListener.NONE)
                            .text())
                    .isEqualTo("done");
        }
    }

    @Test
    void longConversationIsSummarizedAndTheSummaryIsInThePrompt() throws Exception {
        try (Stele stele = open(echo())) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            chat.reply(KIRA, ChatRequest.of("s", "ana", "I live in Lisbon."), ChatListener.NONE);
            for (int i = 0; i < 19; i++) {
                chat.reply(KIRA, ChatRequest.of("s", "ana", "small talk " + i), ChatListener.NONE);
            }
            stele.agent(KIRA).reflect();
            Note summary =
                    stele.agent(KIRA).notes().get(AgentMemory.summaryId("s")).orElseThrow();
            assertThat(prompts).anyMatch(prompt -> prompt.question().equals("Sum it up."));
            assertThat(summary.content()).isEqualTo("You said: Sum it up.");
            assertThat(summary.body().user()).contains("ana");
            chat.reply(KIRA, ChatRequest.of("s", "ana", "and now?"), ChatListener.NONE);
            assertThat(prompts.getLast().sources().getFirst().kind()).isEqualTo("summary");
            assertThat(prompts.getLast().turns()).hasSizeLessThanOrEqualTo(22);
        }
    }

    @Test
    void replyCarriesTheSourcesThatItCitesAndThoseThatWereSearchedApart() {
        LanguageModel citing = (Asked) (prompt, delta) -> {
            String text = prompt.sources().isEmpty() ? "Noted." : "Your dog is Rex [1], and only that [1, 99].";
            delta.accept(text);
            return new Reply(text, "test", 1, 1);
        };
        try (Stele stele = open(citing)) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            for (String fact : List.of("My dog is called Rex.", "My cat is called Tom.", "Is my dog called Rex?")) {
                stele.agent(KIRA).remember(MessageDraft.user("s", "ana", fact));
            }
            ChatRequest request =
                    ChatRequest.of("t", "ana", "What is my dog called?").withId("m1");
            ChatReply reply = chat.reply(KIRA, request, ChatListener.NONE);
            assertThat(reply.searched())
                    .hasSizeGreaterThan(1)
                    .isEqualTo(prompts.getLast().sources());
            assertThat(reply.sources())
                    .containsExactly(new Citation(1, reply.searched().getFirst()));
            assertThat(reply.toJson()).containsKey("sources").doesNotContainKey("searched");
            assertThat(reply.toJson(true)).containsKeys("sources", "searched");
            String cited = reply.searched().getFirst().id();
            assertThat(reply.answer().orElseThrow().metadata())
                    .containsEntry(
                            Chat.SOURCES,
                            List.of(Map.of(
                                    "number",
                                    1L,
                                    "kind",
                                    reply.searched().getFirst().kind(),
                                    "id",
                                    cited)));
            ChatReply again = chat.reply(KIRA, request, ChatListener.NONE);
            assertThat(again.sources()).singleElement().satisfies(citation -> {
                assertThat(citation.number()).isEqualTo(1);
                assertThat(citation.source().id()).isEqualTo(cited);
            });
            // A reply that cites nothing says so, and its metadata name no sources.
            stele.agent(KIRA)
                    .profile()
                    .access(new Access(Set.of(Access.Who.PEOPLE), Access.Sight.NONE), OptionalLong.empty());
            ChatReply none = chat.reply(KIRA, ChatRequest.of("u", "ana", "Hello"), ChatListener.NONE);
            assertThat(none.toJson()).containsEntry("sources", List.of());
            assertThat(none.answer().orElseThrow().metadata()).doesNotContainKey(Chat.SOURCES);
        }
    }

    @Test
    void accessSettingsControlWhoMayChatAndWhichMemoryIsVisible() {
        try (Stele stele = open(echo())) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            var guest = new ChatRequest("g", Optional.empty(), Access.Who.PUBLIC, "I like tea", Optional.empty());
            assertThatThrownBy(() -> chat.reply(KIRA, guest, ChatListener.NONE))
                    .isInstanceOf(AccessDeniedException.class);
            assertThat(stele.exists(KIRA)).isFalse();
            for (int i = 0; i < 12; i++) {
                stele.agent(KIRA).remember(MessageDraft.of("s" + i, Role.SYSTEM, "I like tea number" + i + "."));
            }
            Profile profile = stele.agent(KIRA).profile();
            profile.access(new Access(Set.of(Access.Who.PUBLIC), Access.Sight.QUICK), OptionalLong.empty());
            assertThat(chat.reply(KIRA, guest, ChatListener.NONE).searched().stream()
                            .filter(one -> one.kind().equals("message")))
                    .hasSize(5);
            profile.access(new Access(Set.of(Access.Who.PEOPLE), Access.Sight.NONE), OptionalLong.of(1));
            assertThat(chat.reply(KIRA, ChatRequest.of("n", "ana", "tea?"), ChatListener.NONE)
                            .searched())
                    .isEmpty();
            assertThatThrownBy(() -> profile.access(Access.DEFAULT, OptionalLong.of(1)))
                    .hasMessageContaining("version 2");
        }
    }

    @Test
    void messagesOfAUserAreNotInPromptsOfOthers() throws Exception {
        try (Stele stele = open(echo())) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            chat.reply(KIRA, ChatRequest.of("a", "ana", "I live in Lisbon."), ChatListener.NONE);
            stele.agent(KIRA).reflect();
            chat.reply(KIRA, ChatRequest.of("b", "ben", "Where does ana live, in Lisbon?"), ChatListener.NONE);
            assertThat(prompts.getLast().sources())
                    .noneMatch(source -> source.text().contains("live"));
            chat.reply(KIRA, ChatRequest.of("c", "ana", "Where does ana live?"), ChatListener.NONE);
            assertThat(prompts.getLast().sources())
                    .anyMatch(source -> source.text().contains("Lisbon"));
        }
    }

    @Test
    void conversingAgentsStoreMessagesInTheirOwnMemories() {
        try (Stele stele = open(echo())) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            AgentName ben = new AgentName("ben");
            List<ChatReply> said = chat.converse(KIRA, ben, "talk", "What do you think of rain?", 4);
            assertThat(said).hasSize(4);
            assertThat(stele.agent(ben).sessions().last("talk", 10)).hasSize(4);
            assertThat(stele.agent(KIRA).sessions().last("talk", 10)).hasSize(5);
            assertThat(stele.agent(ben).users().get("kira").orElseThrow().conversations())
                    .isEqualTo(2);
            assertThatThrownBy(() -> chat.converse(KIRA, KIRA, "talk", "hi", 2))
                    .isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> chat.converse(KIRA, ben, "talk", "hi", 1000))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("chat.max-turns");
        }
    }

    @Test
    void personaScheduleAndFriendshipAreInThePrompt() {
        try (Stele stele = open(echo())) {
            Clock night = Clock.fixed(Instant.parse("2026-11-20T23:30:00Z"), ZoneOffset.UTC);
            var chat = new Chat(stele, ChatSettings.DEFAULT, night);
            Profile profile = stele.agent(KIRA).profile();
            profile.persona(
                    new Persona(
                            "Kira",
                            "A lighthouse keeper.",
                            Map.of("curious", 0.9),
                            Map.of(RelationshipStage.STRANGER, "politely", RelationshipStage.BEST_FRIEND, "teasingly"),
                            List.of("English", "Portuguese")),
                    OptionalLong.of(0));
            profile.schedule(
                    Schedule.fromJson(JsonObject.of(
                            "schedule",
                            Map.of(
                                    "zone",
                                    "Europe/Lisbon",
                                    "hours",
                                    List.of(Map.of(
                                            "days", List.of("weekdays"),
                                            "from", "22:00",
                                            "to", "06:00",
                                            "activity", "sleeping",
                                            "availability", 0.5,
                                            "mood", "drowsy"))))),
                    OptionalLong.empty());
            chat.reply(KIRA, ChatRequest.of("s", "ana", "hello"), ChatListener.NONE);
            assertThat(prompts.getLast().system())
                    .contains("You are Kira. A lighthouse keeper.")
                    .contains("very curious")
                    .contains("politely")
                    .contains("sleeping")
                    .contains("drowsy")
                    .contains("Portuguese");
            assertThat(profile.willingness(night, false, 0.09).answers()).isTrue();
            assertThat(profile.willingness(night, false, 0.11).answers()).isFalse();
            assertThat(profile.willingness(night, true, 0.15).answers()).isTrue();
            assertThat(profile.willingness(night, false, 0.5).delayFactor()).isEqualTo(3);
            stele.agent(KIRA).users().update("ana", user -> user.withFriendship(95));
            chat.reply(KIRA, ChatRequest.of("s", "ana", "hello again"), ChatListener.NONE);
            assertThat(prompts.getLast().system()).contains("teasingly");
        }
    }

    @Test
    void invalidChatMessagesAreRefusedAndCreateNoAgent() {
        try (Stele stele = open(echo())) {
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            assertThatThrownBy(() -> ChatRequest.of("s", "ana", "  ")).isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() ->
                            chat.reply(KIRA, ChatRequest.of("s", "ana", "x".repeat(5 << 20)), ChatListener.NONE))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.message-bytes");
            assertThat(stele.exists(KIRA)).isFalse();
            assertThat(prompts).isEmpty();
        }
    }
}
