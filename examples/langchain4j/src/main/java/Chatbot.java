import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.langchain4j.MemoryTools;
import dev.stele.langchain4j.SteleChatMemoryStore;
import dev.stele.langchain4j.SteleContentRetriever;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;

/** Chatbot whose memory survives the process. Arguments: a directory and the id of a session. */
public class Chatbot {

    interface Assistant {
        String chat(@MemoryId String session, @dev.langchain4j.service.UserMessage String text);
    }

    /** Stands in for a language model: tells what it was given. */
    static class Parrot implements ChatModel {
        @Override
        public ChatResponse doChat(ChatRequest request) {
            List<UserMessage> said = request.messages().stream()
                    .filter(UserMessage.class::isInstance)
                    .map(UserMessage.class::cast)
                    .toList();
            String answer = "You said " + said.size() + " things, first: "
                    + said.getFirst().singleText().lines().findFirst().orElse("");
            return ChatResponse.builder().aiMessage(AiMessage.from(answer)).build();
        }
    }

    public static void main(String[] args) {
        try (Stele stele = Stele.open(Path.of(args[0]))) {
            AgentMemory memory = stele.agent("kira");
            var store = new SteleChatMemoryStore(memory);
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(new Parrot()) // put any chat model of LangChain4j here
                    .chatMemoryProvider(id -> MessageWindowChatMemory.builder()
                            .id(id)
                            .maxMessages(20)
                            .chatMemoryStore(store)
                            .build())
                    .contentRetriever(new SteleContentRetriever(memory))
                    .storeRetrievedContentInChatMemory(false)
                    .tools(new MemoryTools(memory, "ana"))
                    .build();
            var input = new Scanner(System.in);
            while (input.hasNextLine()) {
                System.out.println(assistant.chat(args[1], input.nextLine()));
            }
        }
    }
}
