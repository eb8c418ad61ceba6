package dev.stele.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.observability.api.AiServiceListenerRegistrar;
import dev.langchain4j.observability.api.event.AiServiceCompletedEvent;
import dev.langchain4j.observability.api.event.AiServiceStartedEvent;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.retriever.listener.ContentRetrieverListener;
import dev.langchain4j.rag.content.retriever.listener.ContentRetrieverResponseContext;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.listener.EmbeddingStoreListener;
import dev.langchain4j.store.embedding.listener.EmbeddingStoreResponseContext;
import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListenersTest {

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

    interface Assistant {
        String chat(@MemoryId String session, @dev.langchain4j.service.UserMessage String text);

        Result<String> chatWithResult(@MemoryId String session, @dev.langchain4j.service.UserMessage String text);

        int count(@MemoryId String session, @dev.langchain4j.service.UserMessage String text);
    }

    interface UserAssistant {
        String chat(@dev.langchain4j.service.UserMessage String text, InvocationParameters parameters);
    }

    interface StreamingAssistant {
        TokenStream chat(@MemoryId String session, @dev.langchain4j.service.UserMessage String text);
    }

    public static final class Clock {
        @Tool("Tells the time.")
        public String time() {
            return "ten o'clock";
        }
    }

    /** Replaces every answer. */
    public static final class Censor implements OutputGuardrail {
        @Override
        public OutputGuardrailResult validate(AiMessage answer) {
            return successWith("censored");
        }
    }

    /** A model that answers with what it was asked, looks at the clock first if asked for the time, and can fail. */
    private record Echo(List<ChatModelListener> listeners) implements ChatModel {

        Echo() {
            this(List.of());
        }

        @Override
        public ChatResponse doChat(ChatRequest request) {
            ChatMessage last = request.messages().getLast();
            String asked = last instanceof UserMessage user && user.contents().getFirst() instanceof TextContent text
                    ? text.text()
                    : "";
            if (asked.startsWith("fail")) {
                throw new IllegalStateException("the model is down");
            }
            AiMessage answer = last instanceof ToolExecutionResultMessage result
                    ? AiMessage.from("It is " + result.text() + ".")
                    : asked.contains("time")
                            ? AiMessage.from(
                                    "I look.",
                                    List.of(ToolExecutionRequest.builder()
                                            .id("call")
                                            .name("time")
                                            .arguments("{}")
                                            .build()))
                            : AiMessage.from(asked.startsWith("how many") ? "42" : "You said: " + asked);
            return ChatResponse.builder().aiMessage(answer).build();
        }
    }

    private AiServices<Assistant> assistant() {
        return AiServices.builder(Assistant.class)
                .chatModel(new Echo())
                .chatMemoryProvider(_ -> MessageWindowChatMemory.withMaxMessages(20))
                .registerListeners(new SteleAiServiceListener(memory).listeners());
    }

    private List<String> said(String session) {
        return memory.exists() && memory.sessions().get(session).isPresent()
                ? memory.sessions().last(session, 100).stream()
                        .map(message -> message.role().name() + " " + message.content())
                        .toList()
                : List.of();
    }

    @Test
    void anExchangeOfAnAiServiceIsRemembered() {
        Assistant assistant = assistant().build();
        assertThat(assistant.chat("monday", "My dog is called Rex.")).isEqualTo("You said: My dog is called Rex.");
        assertThat(assistant.chatWithResult("monday", "It rains.").content()).isEqualTo("You said: It rains.");
        assertThat(assistant.count("monday", "how many dogs")).isEqualTo(42);
        assertThat(said("monday").stream().filter(text -> text.startsWith("ASSISTANT")))
                .containsExactly(
                        "ASSISTANT You said: My dog is called Rex.", "ASSISTANT You said: It rains.", "ASSISTANT 42");
        assertThat(said("monday")).hasSize(6).startsWith("USER My dog is called Rex.");
        assertThat(memory.recall("How is the dog called?").hits().getFirst().content())
                .contains("Rex");
    }

    @Test
    void callsOfToolsAreNoExchange() {
        Assistant assistant = assistant().tools(new Clock()).build();
        assertThat(assistant.chat("monday", "What time is it?")).isEqualTo("It is ten o'clock.");
        assertThat(said("monday")).containsExactly("USER What time is it?", "ASSISTANT It is ten o'clock.");
    }

    @Test
    void retrievedContentIsNotPartOfTheQuestion() {
        memory.remember(MessageDraft.user("sunday", "ana", "My dog is called Rex."));
        Assistant assistant =
                assistant().contentRetriever(new SteleContentRetriever(memory)).build();
        assertThat(assistant.chat("monday", "How is my dog called?")).contains("Rex");
        assertThat(said("monday")).first().isEqualTo("USER How is my dog called?");
    }

    @Test
    void anAnswerThatAGuardrailChangedIsRememberedAsChanged() {
        Assistant assistant = assistant().outputGuardrails(new Censor()).build();
        assertThat(assistant.chat("monday", "It rains.")).isEqualTo("censored");
        assertThat(said("monday")).containsExactly("USER It rains.", "ASSISTANT censored");
    }

    @Test
    void aCallThatFailsIsNotRemembered() {
        Assistant assistant = assistant().build();
        assertThatThrownBy(() -> assistant.chat("monday", "fail")).hasMessageContaining("the model is down");
        assertThat(said("monday")).isEmpty();
        assistant.chat("monday", "It rains.");
        assertThat(said("monday")).hasSize(2);
    }

    @Test
    void aFailureOfTheMemoryDoesNotReachTheChat() {
        String tooLong = "x".repeat(1_000_000);
        assertThat(assistant().build().chat("monday", tooLong)).endsWith(tooLong);
        assertThat(assistant().build().chat("no\u0000session", "It rains.")).endsWith("It rains.");
        assertThat(said("monday")).isEmpty();
        var service = new SteleAiServiceListener(memory).withUsers(_ -> {
            throw new IllegalStateException("no user");
        });
        assertThat(AiServices.builder(Assistant.class)
                        .chatModel(new Echo())
                        .chatMemoryProvider(_ -> MessageWindowChatMemory.withMaxMessages(20))
                        .registerListeners(service.listeners())
                        .build()
                        .chat("monday", "It rains."))
                .endsWith("It rains.");
        var model = new Echo(List.of(new SteleChatModelListener(memory, _ -> {
            throw new IllegalStateException("no session");
        })));
        assertThat(model.chat("It rains.")).endsWith("It rains.");
        assertThat(said("monday")).isEmpty();
        Assistant assistant = assistant().build();
        var plain = new Echo(List.of(new SteleChatModelListener(memory, _ -> "monday")));
        stele.close();
        assertThat(assistant.chat("monday", "It rains.")).endsWith("It rains.");
        assertThat(plain.chat("It rains.")).endsWith("It rains.");
    }

    @Test
    void theUserOfACallOwnsItsExchange() {
        UserAssistant assistant = AiServices.builder(UserAssistant.class)
                .chatModel(new Echo())
                .registerListeners(new SteleAiServiceListener(memory)
                        .withUsers(
                                call -> Optional.of(call.invocationParameters().<String>get("user")))
                        .listeners())
                .build();
        assistant.chat("My dog is called Rex.", InvocationParameters.from("user", "ana"));
        assertThat(memory.recall("dog").hits()).isNotEmpty();
        List<Message> messages = memory.sessions().last("default", 10);
        assertThat(messages)
                .hasSize(2)
                .allSatisfy(message -> assertThat(message.user()).contains("ana"));
    }

    @Test
    void aStreamedExchangeIsRememberedWhenItIsComplete() throws Exception {
        StreamingChatModel model = new StreamingChatModel() {
            @Override
            public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
                handler.onPartialResponse("It ");
                assertThat(said("monday"))
                        .as("nothing is stored before the end")
                        .isEmpty();
                handler.onPartialResponse("rains.");
                handler.onCompleteResponse(ChatResponse.builder()
                        .aiMessage(AiMessage.from("It rains."))
                        .build());
            }
        };
        StreamingAssistant assistant = AiServices.builder(StreamingAssistant.class)
                .streamingChatModel(model)
                .chatMemoryProvider(_ -> MessageWindowChatMemory.withMaxMessages(20))
                .registerListeners(new SteleAiServiceListener(memory).listeners())
                .build();
        assistant.chat("monday", "never started");
        var done = new CompletableFuture<ChatResponse>();
        assistant
                .chat("monday", "How is the weather?")
                .onPartialResponse(_ -> {})
                .onCompleteResponse(done::complete)
                .onError(done::completeExceptionally)
                .start();
        done.get(30, TimeUnit.SECONDS);
        assertThat(said("monday")).containsExactly("USER How is the weather?", "ASSISTANT It rains.");
    }

    @Test
    void callsWhoseEndIsNeverToldAreGivenUp() {
        var registrar = AiServiceListenerRegistrar.newInstance(true);
        registrar.register(new SteleAiServiceListener(memory).listeners());
        List<InvocationContext> calls = new ArrayList<>();
        for (int i = 0; i <= 10_000; i++) {
            InvocationContext call = InvocationContext.builder()
                    .invocationId(UUID.randomUUID())
                    .interfaceName("Assistant")
                    .methodName("chat")
                    .chatMemoryId("s" + i)
                    .build();
            calls.add(call);
            registrar.fireEvent(AiServiceStartedEvent.builder()
                    .invocationContext(call)
                    .userMessage(UserMessage.from("Hello."))
                    .build());
        }
        for (InvocationContext call : List.of(calls.getFirst(), calls.getLast())) {
            registrar.fireEvent(AiServiceCompletedEvent.builder()
                    .invocationContext(call)
                    .result("Hello.")
                    .build());
        }
        assertThat(said("s0")).isEmpty();
        assertThat(said("s10000")).hasSize(2);
    }

    @Test
    void anExchangeWithAChatModelIsRemembered() {
        var listener = new SteleChatModelListener(
                        memory,
                        request ->
                                request.messages().getFirst() instanceof SystemMessage system ? system.text() : "none")
                .withUsers(_ -> Optional.of("ana"));
        var model = new Echo(List.of(listener));
        model.chat(SystemMessage.from("monday"), UserMessage.from("My dog is called Rex."));
        model.chat(
                SystemMessage.from("monday"),
                UserMessage.from(TextContent.from("What is that?"), ImageContent.from("https://example.com/a.png")));
        model.chat(SystemMessage.from("monday"), UserMessage.from("What time is it?"));
        assertThatThrownBy(() -> model.chat(SystemMessage.from("monday"), UserMessage.from("fail")))
                .hasMessageContaining("the model is down");
        assertThat(said("monday"))
                .containsExactly(
                        "USER My dog is called Rex.",
                        "ASSISTANT You said: My dog is called Rex.",
                        "USER What is that?\n[image]",
                        "ASSISTANT You said: What is that?");
        assertThat(memory.sessions().last("monday", 10))
                .allSatisfy(message -> assertThat(message.user()).contains("ana"));
    }

    @Test
    void listenersOfLangChain4jObserveStoreAndRetriever() {
        var searches = new ArrayList<Integer>();
        var model = new LettersModel();
        var store = new SteleEmbeddingStore(memory, "c").addListener(new EmbeddingStoreListener() {
            @Override
            public void onResponse(EmbeddingStoreResponseContext<?> context) {
                if (context instanceof EmbeddingStoreResponseContext.Search<?> search) {
                    searches.add(search.searchResult().matches().size());
                }
            }
        });
        store.add(model.embed("one").content(), TextSegment.from("one"));
        store.search(EmbeddingSearchRequest.builder()
                .queryEmbedding(model.embed("one").content())
                .build());
        assertThat(searches).containsExactly(1);
        memory.remember(MessageDraft.user("monday", "ana", "My dog is called Rex."));
        var retrieved = new ArrayList<Content>();
        new SteleContentRetriever(memory)
                .addListener(new ContentRetrieverListener() {
                    @Override
                    public void onResponse(ContentRetrieverResponseContext context) {
                        retrieved.addAll(context.contents());
                    }
                })
                .retrieve(Query.from("dog"));
        assertThat(retrieved).hasSize(1);
    }
}
