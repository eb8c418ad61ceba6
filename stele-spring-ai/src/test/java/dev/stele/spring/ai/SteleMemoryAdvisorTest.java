package dev.stele.spring.ai;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.client.AdvisorParams;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.annotation.Tool;
import reactor.core.publisher.Flux;

class SteleMemoryAdvisorTest {

    @TempDir
    Path data;

    private final List<Prompt> prompts = new CopyOnWriteArrayList<>();
    private Stele stele;
    private AgentMemory memory;

    /** Model that answers as it is told, in two pieces if it streams. */
    private final class Script implements ChatModel {
        private final String answer;

        Script(String answer) {
            this.answer = answer;
        }

        @Override
        public ChatResponse call(Prompt prompt) {
            prompts.add(prompt);
            if (answer.equals("fail")) {
                throw new IllegalStateException("no model");
            }
            return response(answer);
        }

        @Override
        public Flux<ChatResponse> stream(Prompt prompt) {
            prompts.add(prompt);
            int middle = answer.length() / 2;
            return Flux.just(response(answer.substring(0, middle)), response(answer.substring(middle)));
        }

        private static ChatResponse response(String text) {
            return new ChatResponse(List.of(new Generation(new AssistantMessage(text))));
        }
    }

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private ChatClient.ChatClientRequestSpec ask(String answer, String question) {
        return ChatClient.builder(new Script(answer))
                .defaultAdvisors(new SteleMemoryAdvisor(memory))
                .build()
                .prompt()
                .system("You are Kira.")
                .user(question);
    }

    private String systemText() {
        return prompts.getLast().getSystemMessage().getText();
    }

    @Test
    void modelIsGivenWhatIsKnownAndTheExchangeIsStored() {
        memory.remember(MessageDraft.user("earlier", "ana", "I moved to Lisbon."));
        String answer = ask("You moved to Lisbon.", "Where is Lisbon, and who moved to Lisbon?")
                .advisors(spec -> spec.param(ChatMemory.CONVERSATION_ID, "c").param(SteleMemoryAdvisor.USER, "ana"))
                .call()
                .content();
        assertThat(answer).isEqualTo("You moved to Lisbon.");
        assertThat(systemText()).startsWith("You are Kira.").contains("I moved to Lisbon.");
        assertThat(memory.sessions().last("c", 10))
                .extracting(Message::content)
                .containsExactly("Where is Lisbon, and who moved to Lisbon?", "You moved to Lisbon.");
        assertThat(memory.sessions().last("c", 10)).extracting(Message::user).containsOnly(Optional.of("ana"));
    }

    @Test
    void oneUserIsNotToldWhatAnotherSaid() {
        memory.remember(MessageDraft.user("earlier", "ana", "My secret is in Lisbon."));
        ask("I do not know.", "What secret is in Lisbon?")
                .advisors(spec -> spec.param(SteleMemoryAdvisor.USER, "ben"))
                .call()
                .content();
        assertThat(systemText()).doesNotContain("My secret");
    }

    @Test
    void streamedAnswerIsStoredWhole() {
        String streamed = String.join(
                "",
                ask("It is sunny in Lisbon.", "How is Lisbon?")
                        .advisors(spec -> spec.param(ChatMemory.CONVERSATION_ID, "c"))
                        .stream()
                        .content()
                        .collectList()
                        .block());
        assertThat(streamed).isEqualTo("It is sunny in Lisbon.");
        assertThat(memory.sessions().last("c", 10))
                .extracting(Message::content)
                .containsExactly("How is Lisbon?", "It is sunny in Lisbon.");
    }

    @Test
    void failedAndEmptyAnswersAreNotStored() {
        assertThatThrownBy(() -> ask("fail", "Hello?").call().content()).hasMessageContaining("no model");
        ask("", "Hello?").call().content();
        assertThat(memory.exists()).isFalse();
    }

    @Test
    void advisorWithoutStoringOnlyAddsContext() {
        memory.remember(MessageDraft.user("earlier", "ana", "I moved to Lisbon."));
        ChatClient.builder(new Script("Yes."))
                .defaultAdvisors(new SteleMemoryAdvisor(memory).withoutStoring().withMaxTokens(100))
                .build()
                .prompt()
                .user("Lisbon?")
                .call()
                .content();
        assertThat(systemText()).contains("I moved to Lisbon.");
        assertThat(memory.messageCount()).isEqualTo(1);
    }

    @Test
    void hugeQuestionIsAnswered() {
        memory.remember(MessageDraft.user("earlier", "ana", "I moved to Lisbon."));
        assertThat(ask("Long.", "Lisbon " + "x ".repeat(100_000)).call().content())
                .isEqualTo("Long.");
        assertThat(memory.messageCount()).isEqualTo(3);
    }

    @Test
    void questionOfAnyLengthIsAnsweredUnderAnyLimits() {
        memory.remember(MessageDraft.user("earlier", "ana", "I moved to Lisbon."));
        List<String> questions = List.of(
                " ".repeat(5_000) + "Lisbon",
                "Lisbon "
                        + IntStream.range(0, 50)
                                .mapToObj(i -> "\"word" + i + "\"")
                                .collect(joining(" ")),
                "Lisbon \"" + IntStream.range(0, 200).mapToObj(i -> "w" + i).collect(joining(" ")) + "\"",
                "\"\"");
        for (Limits limits : List.of(
                Limits.DEFAULT, Limits.builder().results(3).queryBytes(60).build())) {
            stele.close();
            stele = Stele.open(Stores.at(data).withLimits(limits), Optional.of(new WordEmbedder()));
            memory = stele.agent("kira");
            for (String question : questions) {
                assertThat(ask("Yes.", question).call().content()).isEqualTo("Yes.");
            }
        }
    }

    @Test
    void answerReachesTheCallerIfTheExchangeCannotBeStored() {
        memory.remember(MessageDraft.user("c", "ana", "I moved to Lisbon."));
        var asked = ask("It is sunny.", "How is Lisbon?")
                .advisors(spec -> spec.param(ChatMemory.CONVERSATION_ID, "c").param(SteleMemoryAdvisor.USER, "ben"));
        assertThat(asked.call().content()).isEqualTo("It is sunny.");
        assertThat(asked.stream().content().collectList().block()).containsExactly("It is ", "sunny.");
        assertThat(ask("It is sunny.", "How is Lisbon?" + "?".repeat(1 << 20))
                        .call()
                        .content())
                .isEqualTo("It is sunny.");
        assertThat(memory.messageCount()).isEqualTo(1);
    }

    /** Model that looks at the clock before it answers; if it streams, its answers come in pieces. */
    private static final class ClockReader implements ChatModel {
        @Override
        public ToolCallingChatOptions getOptions() {
            return ToolCallingChatOptions.builder().build();
        }

        @Override
        public ChatResponse call(Prompt prompt) {
            return isTold(prompt) ? response("It is ten.", List.of()) : response("I look.", CALLS);
        }

        @Override
        public Flux<ChatResponse> stream(Prompt prompt) {
            return isTold(prompt)
                    ? Flux.just(response("It is ", List.of()), response("ten.", List.of()))
                    : Flux.just(response("I ", List.of()), response("look.", List.of()), response("", CALLS));
        }

        private static boolean isTold(Prompt prompt) {
            return prompt.getInstructions().getLast() instanceof ToolResponseMessage;
        }

        private static ChatResponse response(String text, List<AssistantMessage.ToolCall> calls) {
            return new ChatResponse(List.of(new Generation(
                    AssistantMessage.builder().content(text).toolCalls(calls).build())));
        }
    }

    private static final List<AssistantMessage.ToolCall> CALLS =
            List.of(new AssistantMessage.ToolCall("call", "function", "time", "{}"));

    /** Tool of the model. */
    public static final class Clock {
        @Tool(description = "Tells the time.")
        public String time() {
            return "ten";
        }
    }

    private List<String> stored(String session) {
        return memory.sessions().last(session, 10).stream()
                .map(Message::content)
                .toList();
    }

    @Test
    void exchangeWithCallsOfToolsIsStoredOnceWithItsAnswer() {
        int outside = new SteleMemoryAdvisor(memory).getOrder();
        for (int order : List.of(outside, Integer.MAX_VALUE - 1)) {
            ChatClient client = ChatClient.builder(new ClockReader())
                    .defaultAdvisors(new SteleMemoryAdvisor(memory).withOrder(order))
                    .defaultTools(new Clock())
                    .build();
            assertThat(client.prompt()
                            .user("What time is it?")
                            .advisors(spec -> spec.param(ChatMemory.CONVERSATION_ID, "called" + order))
                            .call()
                            .content())
                    .isEqualTo("It is ten.");
            assertThat(stored("called" + order)).containsExactly("What time is it?", "It is ten.");
            String streamed = String.join(
                    "",
                    client
                            .prompt()
                            .user("What time is it?")
                            .advisors(spec -> spec.param(ChatMemory.CONVERSATION_ID, "streamed" + order))
                            .stream()
                            .content()
                            .collectList()
                            .block());
            assertThat(streamed).isEqualTo("I look.It is ten.");
            assertThat(stored("streamed" + order))
                    .as("around the calls, the answer is what the caller is given; within, what follows them")
                    .containsExactly("What time is it?", order == outside ? streamed : "It is ten.");
        }
    }

    @Test
    void exchangeWhoseToolsTheApplicationCallsIsStoredOnceWithItsAnswer() {
        ChatClient client = ChatClient.builder(new ClockReader())
                .defaultAdvisors(new SteleMemoryAdvisor(memory))
                .defaultAdvisors(AdvisorParams.toolCallingAdvisorAutoRegister(false))
                .build();
        var question = new UserMessage("What time is it?");
        assertThat(client.prompt()
                        .messages(question)
                        .advisors(spec -> spec.param(ChatMemory.CONVERSATION_ID, "c"))
                        .call()
                        .content())
                .isEqualTo("I look.");
        assertThat(memory.exists()).isFalse();
        client.prompt().messages(question).stream().content().collectList().block();
        assertThat(memory.exists()).isFalse();
        client.prompt()
                .messages(
                        question,
                        AssistantMessage.builder()
                                .content("I look.")
                                .toolCalls(CALLS)
                                .build(),
                        ToolResponseMessage.builder()
                                .responses(List.of(new ToolResponseMessage.ToolResponse("call", "time", "ten")))
                                .build())
                .advisors(spec -> spec.param(ChatMemory.CONVERSATION_ID, "c"))
                .call()
                .content();
        assertThat(stored("c")).containsExactly("What time is it?", "It is ten.");
    }
}
