package dev.stele.langchain4j;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteFilter;
import dev.stele.recall.RecallFilter;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecallAdaptersTest {

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

    @Test
    void contentRetrieverFindsWhatTheAgentRemembers() {
        assertThat(new SteleContentRetriever(memory).retrieve(Query.from("dog")))
                .isEmpty();
        memory.remember(List.of(
                MessageDraft.user("monday", "ana", "My dog is called Rex."),
                MessageDraft.user("tuesday", "bob", "My dog is called Luna.")));
        List<Content> found = new SteleContentRetriever(memory).retrieve(Query.from("How is the dog called?"));
        assertThat(found).hasSize(2);
        Content ofAna = new SteleContentRetriever(
                        memory, query -> query.withLimit(5).withFilter(RecallFilter.ALL.withAudience("ana")))
                .retrieve(Query.from("How is the dog called?"))
                .getFirst();
        assertThat(ofAna.textSegment().text()).isEqualTo("My dog is called Rex.");
        assertThat(ofAna.textSegment().metadata().getString("session")).isEqualTo("monday");
        assertThat(ofAna.metadata()).containsKeys(ContentMetadata.SCORE, ContentMetadata.EMBEDDING_ID);
    }

    interface Assistant {
        String chat(@MemoryId String session, @UserMessage String text);
    }

    /** A model that asks for the tool which the text names, and repeats the result of the tool. */
    private static final class ToolCaller implements ChatModel {
        @Override
        public ChatResponse doChat(ChatRequest request) {
            ChatMessage last = request.messages().getLast();
            AiMessage answer = switch (last) {
                case ToolExecutionResultMessage result -> AiMessage.from(result.text());
                case dev.langchain4j.data.message.UserMessage user -> {
                    String[] words = user.singleText().split(" ", 2);
                    String argument = words[0].equals("remember") ? "fact" : "question";
                    yield AiMessage.from(ToolExecutionRequest.builder()
                            .id("call")
                            .name(words[0])
                            .arguments("{\"" + argument + "\": \"" + words[1] + "\"}")
                            .build());
                }
                default -> AiMessage.from("?");
            };
            return ChatResponse.builder().aiMessage(answer).build();
        }
    }

    @Test
    void aModelRemembersAndRecallsWithTheTools() {
        Assistant assistant = AiServices.builder(Assistant.class)
                .chatModel(new ToolCaller())
                .tools(new MemoryTools(memory, "ana"))
                .chatMemoryProvider(id -> MessageWindowChatMemory.builder()
                        .id(id)
                        .maxMessages(20)
                        .chatMemoryStore(new SteleChatMemoryStore(memory))
                        .build())
                .build();
        assertThat(assistant.chat("one", "recall the dog")).isEqualTo("Nothing is remembered about that.");
        assertThat(assistant.chat("one", "remember Ana has a dog called Rex.")).isEqualTo("Remembered.");
        assertThat(memory.notes().list(NoteFilter.ALL, 10, Optional.empty()).items())
                .singleElement()
                .satisfies(note -> assertThat(note.content()).isEqualTo("Ana has a dog called Rex."));
        assertThat(assistant.chat("two", "recall dog called")).contains("Ana has a dog called Rex.");
        assertThat(new SteleChatMemoryStore(memory).getMessages("one")).hasSize(8);
        var tools = new MemoryTools(memory, "ana");
        assertThat(tools.remember(" ")).startsWith("Nothing was remembered: ");
        assertThat(tools.remember("x".repeat(1_000_000))).contains("limits.message-bytes");
        assertThat(tools.recall("one", null)).startsWith("Nothing was searched: ");
    }

    @Test
    void searchWithAnEmbeddingOfAnotherModelIsRefused() {
        var store = new SteleEmbeddingStore(memory, "c");
        var model = new LettersModel();
        store.addAll(List.of(model.embed("one").content(), model.embed("two").content()));
        assertThatThrownBy(() -> store.search(EmbeddingSearchRequest.builder()
                        .queryEmbedding(dev.langchain4j.data.embedding.Embedding.from(new float[] {1, 2}))
                        .build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("32 dimensions");
        assertThat(store.addAll(new ArrayList<>())).isEmpty();
        store.removeAll(List.of("unknown"));
        assertThat(store.search(EmbeddingSearchRequest.builder()
                                .queryEmbedding(model.embed("one").content())
                                .build())
                        .matches())
                .hasSize(2);
    }

    private void openWith(UnaryOperator<Limits.Builder> change) {
        stele.close();
        var limits = change.apply(Limits.builder()).build();
        stele = Stele.open(Stores.at(data).withLimits(limits), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
    }

    @Test
    void aMessageOfAnyLengthIsAnsweredUnderAnyLimits() {
        memory.remember(MessageDraft.user("sunday", "ana", "My dog is called Rex."));
        List<String> messages = List.of(
                "dog " + "x ".repeat(40_000),
                " ".repeat(5_000) + "dog",
                "dog "
                        + IntStream.range(0, 50)
                                .mapToObj(i -> "\"word" + i + "\"")
                                .collect(joining(" ")),
                "dog \"" + IntStream.range(0, 200).mapToObj(i -> "w" + i).collect(joining(" ")) + "\"");
        for (UnaryOperator<Limits.Builder> limits : List.<UnaryOperator<Limits.Builder>>of(
                builder -> builder, builder -> builder.results(3).queryBytes(60))) {
            openWith(limits);
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(new Repeater())
                    .contentRetriever(new SteleContentRetriever(memory))
                    .chatMemoryProvider(_ -> MessageWindowChatMemory.withMaxMessages(20))
                    .build();
            for (String message : messages) {
                assertThat(assistant.chat("monday", message)).contains("My dog is called Rex.");
                assertThat(new MemoryTools(memory, "ana").recall(null, message)).contains("My dog is called Rex.");
            }
            assertThat(assistant.chat("monday", "\"\"")).isEqualTo("\"\"");
            assertThat(new MemoryTools(memory, "ana").recall(null, "\"\""))
                    .isEqualTo("Nothing is remembered about that.");
        }
    }

    /** A model that answers with the last message. */
    private static final class Repeater implements ChatModel {
        @Override
        public ChatResponse doChat(ChatRequest request) {
            var last = (dev.langchain4j.data.message.UserMessage)
                    request.messages().getLast();
            return ChatResponse.builder()
                    .aiMessage(AiMessage.from(last.singleText()))
                    .build();
        }
    }

    @Test
    void whatTheChatMemoryShowsIsReplacedWithinTheLimitOfResults() {
        openWith(limits -> limits.results(20));
        memory.remember(MessageDraft.user("sunday", "ana", "My dog is called Rex."));
        List<ChatMessage> shown = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            shown.add(dev.langchain4j.data.message.UserMessage.from("the dog " + i));
        }
        new SteleChatMemoryStore(memory).updateMessages("monday", shown);
        var query = Query.from(
                "dog",
                dev.langchain4j.rag.query.Metadata.from(
                        dev.langchain4j.data.message.UserMessage.from("dog"), "monday", List.of()));
        assertThat(new SteleContentRetriever(memory).retrieve(query))
                .singleElement()
                .satisfies(found -> assertThat(found.textSegment().text()).isEqualTo("My dog is called Rex."));
        assertThat(new MemoryTools(memory, "ana").recall("monday", "dog"))
                .startsWith("- My dog is called Rex.")
                .hasLineCount(1);
        assertThatThrownBy(() -> new SteleContentRetriever(memory, given -> given.withLimit(21)).retrieve(query))
                .as("a limit that the application chose is not changed")
                .isInstanceOf(LimitExceededException.class);
    }
}
