package dev.stele.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.WindowRemoval;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SteleChatMemoryStoreTest {

    private static final List<ChatMessage> EVERY_KIND = List.of(
            SystemMessage.from("You are Kira."),
            UserMessage.from("What is the weather in Lisbon?"),
            UserMessage.from("Ana", "with a name"),
            UserMessage.from(TextContent.from("Look at this"), ImageContent.from("https://example.org/rex.png")),
            AiMessage.from(ToolExecutionRequest.builder()
                    .id("call-1")
                    .name("weather")
                    .arguments("{\"city\": \"Lisbon\"}")
                    .build()),
            ToolExecutionResultMessage.from("call-1", "weather", "17 °C, rain"),
            ToolExecutionResultMessage.from("call-2", "nothing", ""),
            ToolExecutionResultMessage.from("call-3", "page", "a long page ".repeat(10_000)),
            AiMessage.from(ToolExecutionRequest.builder()
                    .id("call-4")
                    .name("write")
                    .arguments("{\"text\": \"" + "line \\n ".repeat(5_000) + "\"}")
                    .build()),
            AiMessage.from(
                    "I look twice.",
                    List.of(
                            ToolExecutionRequest.builder()
                                    .id("a")
                                    .name("x")
                                    .arguments("{}")
                                    .build(),
                            ToolExecutionRequest.builder().name("y").build())),
            AiMessage.builder().text("It rains.").thinking("17 is cool").build(),
            AiMessage.builder().text("").build(),
            CustomMessage.from(Map.of("key", "value", "list", List.of("a", "b"))),
            AiMessage.from("Plain answer"));

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;
    private SteleChatMemoryStore store;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
        store = new SteleChatMemoryStore(memory);
    }

    @AfterEach
    void close() {
        stele.close();
    }

    @Test
    void messagesOfEveryKindAreReturnedAsGiven() {
        store.updateMessages("s", EVERY_KIND);
        assertThat(store.getMessages("s")).isEqualTo(EVERY_KIND);
        try (Stele other = Stele.open(Stores.at(data), Optional.empty())) {
            assertThat(new SteleChatMemoryStore(other.agent("kira")).getMessages("s"))
                    .isEqualTo(EVERY_KIND);
        }
        List<Message> stored = memory.sessions().last("s", 50);
        store.updateMessages("s", EVERY_KIND);
        assertThat(memory.sessions().last("s", 50)).isEqualTo(stored); // nothing was written again
        assertThat(stored.get(4).content()).isEqualTo("weather {\"city\": \"Lisbon\"}");
    }

    @Test
    void whatAChatMemoryEvictsIsStillRecalled() {
        var chat = MessageWindowChatMemory.builder()
                .id("s")
                .maxMessages(4)
                .chatMemoryStore(store.withUsers(_ -> Optional.of("ana")))
                .build();
        chat.add(SystemMessage.from("You are Kira."));
        chat.add(UserMessage.from("My dog is called Rex."));
        for (int i = 0; i < 10; i++) {
            chat.add(UserMessage.from("question " + i));
            chat.add(AiMessage.from("answer " + i));
        }
        assertThat(chat.messages())
                .containsExactly(
                        SystemMessage.from("You are Kira."),
                        AiMessage.from("answer 8"),
                        UserMessage.from("question 9"),
                        AiMessage.from("answer 9"));
        assertThat(memory.recall(RecallQuery.of("dog called").withFilter(RecallFilter.ALL.withAudience("ana")))
                        .hits()
                        .getFirst()
                        .content())
                .isEqualTo("My dog is called Rex.");
        chat.add(SystemMessage.from("You are another."));
        assertThat(chat.messages()).contains(SystemMessage.from("You are another."));
        chat.clear();
        assertThat(store.getMessages("s")).isEmpty();
        assertThat(memory.messageCount()).isZero();
    }

    @Test
    void evictedMessagesAreErasedOnRequest() {
        SteleChatMemoryStore erasing = store.withRemoval(WindowRemoval.ERASE);
        erasing.updateMessages("s", List.of(UserMessage.from("one"), UserMessage.from("two")));
        erasing.updateMessages("s", List.of(UserMessage.from("two")));
        assertThat(memory.messageCount()).isEqualTo(1);
    }

    @Test
    void unknownSessionsAreEmptyAndBadInputIsRefused() {
        assertThat(store.getMessages("nobody")).isEmpty();
        store.deleteMessages("nobody");
        store.updateMessages("nobody", List.of());
        assertThat(stele.agents()).isEmpty();
        store.updateMessages(7, List.of(UserMessage.from("an id that is a number")));
        assertThat(store.getMessages(7)).hasSize(1);

        assertThatThrownBy(() -> store.getMessages(null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("memory id");
        assertThatThrownBy(() -> store.updateMessages(" ", List.of())).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> store.updateMessages(7, List.of(UserMessage.from("x".repeat(1_000_000)))))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.message-bytes");
        assertThat(store.getMessages(7)).containsExactly(UserMessage.from("an id that is a number"));
    }

    @Test
    void twoApplicationsShareASession() {
        try (Stele other = Stele.open(Stores.at(data), Optional.empty())) {
            var theirs = new SteleChatMemoryStore(other.agent("kira"));
            var expected = new ArrayList<ChatMessage>();
            for (int i = 0; i < 6; i++) {
                SteleChatMemoryStore writer = i % 2 == 0 ? store : theirs;
                expected.add(UserMessage.from("message " + i));
                writer.updateMessages("s", expected);
                assertThat(store.getMessages("s")).isEqualTo(expected);
                assertThat(theirs.getMessages("s")).isEqualTo(expected);
            }
        }
    }
}
