package dev.stele.spring.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
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
}
