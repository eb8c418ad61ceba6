package dev.stele.spring.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.WindowRemoval;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.content.Media;
import org.springframework.util.MimeTypeUtils;

class SteleChatMemoryRepositoryTest {

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;
    private SteleChatMemoryRepository repository;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
        repository = new SteleChatMemoryRepository(memory);
    }

    @AfterEach
    void close() {
        stele.close();
    }

    @Test
    void messagesOfEveryKindAreReturnedAsGiven() {
        List<Message> all = List.of(
                new SystemMessage("You are Kira."),
                new UserMessage("Hello"),
                UserMessage.builder()
                        .text("with metadata")
                        .metadata(Map.of("n", 7, "list", List.of("a"), "flag", true))
                        .build(),
                AssistantMessage.builder()
                        .content("")
                        .toolCalls(List.of(
                                new AssistantMessage.ToolCall("1", "function", "weather", "{\"city\":\"Lisbon\"}")))
                        .build(),
                ToolResponseMessage.builder()
                        .responses(List.of(
                                new ToolResponseMessage.ToolResponse("1", "weather", "rain ".repeat(20_000)),
                                new ToolResponseMessage.ToolResponse("2", "nothing", "")))
                        .build(),
                AssistantMessage.builder()
                        .content("It rains.")
                        .properties(Map.of("finishReason", "STOP"))
                        .build(),
                new AssistantMessage("Plain"));
        repository.saveAll("c", all);
        assertThat(repository.findByConversationId("c")).isEqualTo(all);
        var before = memory.sessions().last("c", 50);
        repository.saveAll("c", all);
        assertThat(memory.sessions().last("c", 50)).isEqualTo(before);

        repository.saveAll(
                "media",
                List.of(UserMessage.builder()
                        .text("Look")
                        .media(
                                new Media(MimeTypeUtils.IMAGE_PNG, URI.create("https://example.org/rex.png")),
                                Media.builder()
                                        .mimeType(MimeTypeUtils.IMAGE_PNG)
                                        .data(new byte[] {1, 2, 3})
                                        .name("own")
                                        .build())
                        .build()));
        var media = ((UserMessage) repository.findByConversationId("media").getFirst()).getMedia();
        assertThat(media.getFirst().getData()).hasToString("https://example.org/rex.png");
        assertThat(media.getLast().getDataAsByteArray()).containsExactly(1, 2, 3);
        assertThat(media.getLast().getName()).isEqualTo("own");
        assertThat(repository.findConversationIds()).containsExactlyInAnyOrder("c", "media");
    }

    @Test
    void whatAChatMemoryEvictsIsStillRecalled() {
        var chat = MessageWindowChatMemory.builder()
                .chatMemoryRepository(repository.withUsers(_ -> Optional.of("ana")))
                .maxMessages(3)
                .build();
        chat.add("c", new SystemMessage("You are Kira."));
        chat.add("c", new UserMessage("My dog is called Rex."));
        for (int i = 0; i < 6; i++) {
            chat.add("c", List.of(new UserMessage("question " + i), new AssistantMessage("answer " + i)));
        }
        assertThat(chat.get("c"))
                .containsExactly(
                        new SystemMessage("You are Kira."),
                        new UserMessage("question 5"),
                        new AssistantMessage("answer 5"));
        assertThat(memory.recall(RecallQuery.of("dog called")).hits().getFirst().content())
                .isEqualTo("My dog is called Rex.");
        chat.clear("c");
        assertThat(repository.findConversationIds()).isEmpty();
        assertThat(memory.messageCount()).isZero();
    }

    @Test
    void unknownConversationsAreEmptyAndBadInputIsRefused() {
        assertThat(repository.findConversationIds()).isEmpty();
        assertThat(repository.findByConversationId("nobody")).isEmpty();
        repository.deleteByConversationId("nobody");
        repository.saveAll("nobody", List.of());
        assertThat(stele.agents()).isEmpty();
        assertThatThrownBy(() -> repository.findByConversationId(null)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> repository.saveAll("", List.of())).isInstanceOf(InvalidInputException.class);
        repository.saveAll("c", List.of(new UserMessage("one")));
        assertThatThrownBy(() -> repository.saveAll("c", List.of(new UserMessage("x".repeat(1_000_000)))))
                .isInstanceOf(LimitExceededException.class);
        assertThat(repository.findByConversationId("c")).containsExactly(new UserMessage("one"));
        repository.withRemoval(WindowRemoval.ERASE).saveAll("c", List.of(new UserMessage("two")));
        assertThat(memory.messageCount()).isEqualTo(1);
    }
}
