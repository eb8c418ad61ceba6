package dev.stele.erasure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.chat.Chat;
import dev.stele.chat.ChatListener;
import dev.stele.chat.ChatReply;
import dev.stele.chat.ChatRequest;
import dev.stele.chat.ChatSettings;
import dev.stele.config.SteleModels;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.AgentName;
import dev.stele.model.EntityDraft;
import dev.stele.model.Erased;
import dev.stele.model.InteractionDraft;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.RelationDraft;
import dev.stele.model.Role;
import dev.stele.reflect.SessionSummarizer;
import dev.stele.support.Stores;
import dev.stele.support.Traces;
import dev.stele.support.WordEmbedder;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Erasure of an item erases all that was derived from it, wherever it is stored, and nothing else. */
class ErasureTest {

    /** Word that nobody but ana says. */
    private static final String SECRET = "zorbaxel";

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private Stele open(SteleModels models) {
        return Stele.open(Stores.at(data).withRetention(60, true), models);
    }

    /** Language model that answers with all that the prompt tells it. */
    private static LanguageModel echo() {
        return new LanguageModel() {
            @Override
            public String name() {
                return "echo";
            }

            @Override
            public Reply ask(Prompt prompt, Consumer<String> delta) {
                String text = prompt.sources().stream().map(Prompt.Source::text).collect(Collectors.joining(" "))
                        + " "
                        + prompt.turns().stream().map(Prompt.Turn::text).collect(Collectors.joining(" "));
                delta.accept(text);
                return new Reply(text, name(), 1, 1);
            }
        };
    }

    /** Way in which the word came into the memory. */
    private enum Route {
        MESSAGE,
        REFLECTION,
        INTERACTION_DATA,
        CHAT_BY_RULES,
        CHAT_BY_MODEL,
        IMPORT,
        GRAPH,
        NOTE,
        SUMMARY,
        CONSOLIDATION,
        ARCHIVE,
        CONTEXT_AND_KEY
    }

    @ParameterizedTest
    @CsvSource({"0, false", "0, true", "65, false", "65, true"})
    void answerToAnArchivedMessageIsErasedWithIt(int between, boolean ofUser) throws Exception {
        try (Stele stele = open(SteleModels.offline(Optional.of(new WordEmbedder())))) {
            AgentMemory memory = stele.agent(KIRA);
            memory.sessions().setParticipants("room", List.of("ana", "ben"));
            Message question = memory.remember(MessageDraft.user("room", "ana", "My dog is called Zorbaxel."));
            for (int i = 0; i < between; i++) {
                memory.remember(MessageDraft.user("ben", "ben", "marmalade number " + i));
            }
            Message answer = memory.remember(MessageDraft.assistant("room", "What a name, Zorbaxel!"));
            Message other = memory.remember(MessageDraft.user("room", "ben", "I like tea."));
            for (int i = between; i < 70; i++) {
                memory.remember(MessageDraft.user("ben", "ben", "marmalade number " + i));
            }
            memory.runMaintenance();
            assertThat(memory.message(question.id()).orElseThrow().archived()).isTrue();
            assertThat(memory.message(answer.id()).orElseThrow().archived()).isEqualTo(between == 0);
            if (ofUser) {
                memory.users().forget("ana");
            } else {
                memory.deleteMessage(question.id());
            }
            memory.runMaintenance();
            assertThat(memory.message(answer.id())).isEmpty();
            assertThat(memory.message(other.id())).isPresent();
            assertThat(Traces.of(data, SECRET)).isEmpty();
            assertThat(memory.verify().problems()).isEmpty();
        }
    }

    /** Way of erasing. */
    private enum Target {
        MESSAGES,
        SESSION,
        USER
    }

    /** Writes what ana says with the secret by a route, into the session "ana". */
    private void tell(Stele stele, Route route) throws Exception {
        AgentMemory memory = stele.agent(KIRA);
        String said = "My dog is called Zorbaxel.";
        switch (route) {
            case MESSAGE -> {
                Message message = memory.remember(MessageDraft.user("ana", "ana", said));
                memory.editMessage(message.id(), "My dog is called Zorbaxel, and he barks.");
                memory.remember(MessageDraft.assistant("ana", "What a name, Zorbaxel!"));
            }
            case REFLECTION -> {
                Message message = memory.remember(MessageDraft.user("ana", "ana", said));
                memory.interactions().record(InteractionDraft.of("chat", "ana", message.id()));
                memory.reflect();
                assertThat(memory.notes()
                                .list(NoteFilter.ofUser(Optional.of("ana")), 10, Optional.empty())
                                .items())
                        .isNotEmpty();
            }
            case INTERACTION_DATA -> {
                Message message = memory.remember(MessageDraft.user("ana", "ana", said));
                memory.interactions()
                        .record(InteractionDraft.of("feedback", "ana", message.id())
                                .withSession("ana")
                                .withData(Map.of("about", "Zorbaxel")));
                memory.reflect();
            }
            case CHAT_BY_RULES, CHAT_BY_MODEL -> {
                var chat = new Chat(stele, ChatSettings.DEFAULT);
                chat.reply(KIRA, ChatRequest.of("ana", "ana", said), ChatListener.NONE);
                memory.reflect();
                ChatReply reply = chat.reply(
                        KIRA, ChatRequest.of("ana-later", "ana", "What is my dog called?"), ChatListener.NONE);
                assertThat(reply.text()).contains("Zorbaxel");
                memory.reflect();
            }
            case IMPORT -> {
                String lines = """
                        {"role": "user", "content": "My dog is called Zorbaxel.", "session": "ana", "user": "ana"}
                        {"role": "assistant", "content": "Zorbaxel is a fine name.", "session": "ana", "user": "ana"}
                        """;
                assertThat(memory.importFrom(new StringReader(lines), _ -> {}).messages())
                        .isEqualTo(2);
            }
            case GRAPH -> {
                Message message = memory.remember(MessageDraft.user("ana", "ana", said));
                memory.graph().edit(graph -> {
                    var dog = graph.put(mentioned(message.id()));
                    graph.relate(
                            graph.getOrStub("Kennel"),
                            dog.entity(),
                            RelationDraft.of("Kennel", "houses", "Zorbaxel").withSources(List.of(message.id())));
                    return dog;
                });
                memory.graph()
                        .update(
                                "Zorbaxel",
                                JsonObject.of("entity", Map.of("aliases", List.of("Zorbaxel the dog"))),
                                OptionalLong.empty());
            }
            case NOTE -> {
                Message message = memory.remember(MessageDraft.user("ana", "ana", said));
                Note note = memory.notes()
                        .create(NoteDraft.of("fact", "the dog is Zorbaxel").withProvenance(List.of(message.id())));
                memory.graph().put(mentioned(note.id()));
            }
            case SUMMARY -> {
                for (int i = 0; i < 45; i++) {
                    memory.remember(MessageDraft.user("ana", "ana", i == 0 ? said : "I like tea number " + i + "."));
                }
                var chat = new Chat(stele, ChatSettings.DEFAULT);
                chat.reply(KIRA, ChatRequest.of("ana", "ana", "And now?"), ChatListener.NONE);
                memory.reflect();
                assertThat(memory.notes().get(SessionSummarizer.summaryId("ana")))
                        .hasValueSatisfying(
                                summary -> assertThat(summary.content()).contains("Zorbaxel"));
            }
            case CONSOLIDATION -> {
                Message message = memory.remember(MessageDraft.user("ana", "ana", said));
                for (String content : List.of("ana has the dog Zorbaxel", "ana has the dog Zorbaxel at home")) {
                    memory.notes()
                            .create(NoteDraft.of("fact", content)
                                    .withUser("ana")
                                    .withProvenance(List.of(message.id())));
                }
                assertThat(memory.consolidations().consolidate(Optional.of("ana")))
                        .isPresent();
            }
            case ARCHIVE -> {
                Message message = memory.remember(MessageDraft.user("ana", "ana", said));
                memory.interactions().record(InteractionDraft.of("chat", "ana", message.id()));
                memory.reflect();
                for (int i = 0; i < 70; i++) {
                    memory.remember(MessageDraft.user("ben", "ben", "marmalade number " + i));
                }
                memory.runMaintenance();
                assertThat(memory.message(message.id()))
                        .hasValueSatisfying(one -> assertThat(one.archived()).isTrue());
            }
            case CONTEXT_AND_KEY -> {
                memory.remember(
                        List.of(MessageDraft.user("ana", "ana", said).withId("of-zorbaxel")), Optional.of("key-1"));
                memory.users().update("ana", context -> context.withPreference("drink", "tea"));
            }
        }
    }

    private static EntityDraft mentioned(String item) {
        return new EntityDraft(Optional.empty(), "Zorbaxel", "dog", List.of(), Map.of(), List.of(), List.of(item));
    }

    private static void writeItemsOfOtherUsers(AgentMemory memory) throws Exception {
        Message message = memory.remember(MessageDraft.user("ben", "ben", "My cat is called Marmalade."));
        memory.interactions().record(InteractionDraft.of("chat", "ben", message.id()));
        memory.reflect();
        memory.graph().put(EntityDraft.of("town", "Lisbon", "It lies by the sea"));
    }

    private Erased erase(AgentMemory memory, Target target, boolean preview) {
        return switch (target) {
            case USER ->
                preview ? memory.users().previewForget("ana") : memory.users().forget("ana");
            case SESSION ->
                preview
                        ? memory.sessions().previewDelete("ana")
                        : memory.sessions().delete("ana");
            case MESSAGES -> {
                Erased last = new Erased(List.of(), List.of(), true);
                for (Message message : memory.sessions()
                        .messages("ana", 200, Optional.empty(), true)
                        .items()) {
                    boolean tells = message.content().contains("Zorbaxel") && message.role() == Role.USER;
                    if (tells && memory.message(message.id()).isPresent()) {
                        last = preview ? memory.previewDeleteMessage(message.id()) : memory.deleteMessage(message.id());
                    }
                }
                yield last;
            }
        };
    }

    @ParameterizedTest
    @EnumSource(Route.class)
    void erasureLeavesNoTraceOfItemsFromAnyRoute(Route route) throws Exception {
        for (Target target : Target.values()) {
            data = data.resolveSibling(data.getFileName() + "-" + target);
            Files.createDirectories(data);
            SteleModels models = SteleModels.offline(Optional.of(new WordEmbedder()));
            try (Stele stele = open(route == Route.CHAT_BY_MODEL ? models.withLanguage(echo()) : models)) {
                AgentMemory memory = stele.agent(KIRA);
                writeItemsOfOtherUsers(memory);
                tell(stele, route);
                assertThat(Traces.of(data, SECRET)).as(target + " before").isNotEmpty();

                Erased preview = erase(memory, target, true);
                assertThat(Traces.of(data, SECRET))
                        .as(target + " after the preview")
                        .isNotEmpty();
                Erased erased = erase(memory, target, false);
                memory.runMaintenance();

                assertThat(erased.items()).as("as previewed").isEqualTo(preview.items());
                assertThat(erased.messages()).isPositive();
                assertThat(memory.recall("dog Zorbaxel").hits())
                        .noneMatch(hit -> hit.content().contains("Zorbaxel"));
                assertThat(memory.verify().problems()).isEmpty();
                assertThat(memory.recall("cat Marmalade").hits())
                        .anyMatch(hit -> hit.content().contains("Marmalade"));
                assertThat(memory.graph().get("Lisbon").observations()).hasSize(1);
                assertThat(memory.notes()
                                .list(NoteFilter.ofUser(Optional.of("ben")), 10, Optional.empty())
                                .items())
                        .isNotEmpty();
                if (route != Route.CONTEXT_AND_KEY || target == Target.USER) {
                    assertThat(Traces.of(data, SECRET))
                            .as(target + " while open")
                            .isEmpty();
                }
            }
            if (route != Route.CONTEXT_AND_KEY || target == Target.USER) {
                assertThat(Traces.of(data, SECRET))
                        .as(target + " after closing")
                        .isEmpty();
            }
        }
    }

    @Test
    void erasingANameErasesItsRetiredEntitiesAndThoseMergedIntoThem() {
        try (Stele stele = open(SteleModels.offline(Optional.empty()))) {
            Graph graph = stele.agent(KIRA).graph();
            graph.put(EntityDraft.of("dog", "Zorbaxel", "barks at night"));
            graph.retire("Zorbaxel");
            graph.put(EntityDraft.of("boat", "Zorbaxel"));
            graph.retire("Zorbaxel");
            graph.put(EntityDraft.of("dog", "Zorbaxel", "likes fish"));
            graph.put(EntityDraft.of("dog", "Zorbi"));
            graph.merge("Zorbaxel", "Zorbi");
            var before = Instant.now();

            assertThat(graph.previewDelete("Zorbaxel").count(Erased.Kind.ENTITY))
                    .isEqualTo(3);
            graph.delete("zorbaxel");
            assertThatThrownBy(() -> graph.get("Zorbi", Optional.of(before))).isInstanceOf(NotFoundException.class);
            assertThatThrownBy(() -> graph.get("Zorbaxel")).isInstanceOf(NotFoundException.class);

            graph.delete("Zorbaxel"); // the boat, which is retired
            assertThatThrownBy(() -> graph.delete("Zorbaxel")).isInstanceOf(NotFoundException.class);
        }
    }
}
