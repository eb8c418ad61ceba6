package example;

import dev.stele.AgentMemory;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import java.util.Scanner;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.memory.ChatMemoryRepository;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Application whose memory survives the process. It answers each line of its input from the memory. */
@SpringBootApplication
public class ChatApplication {

    public static void main(String[] args) {
        SpringApplication.run(ChatApplication.class, args);
    }

    @Bean
    ChatMemory chatMemory(ChatMemoryRepository repository) {
        return MessageWindowChatMemory.builder()
                .chatMemoryRepository(repository)
                .maxMessages(20)
                .build();
    }

    @Bean
    CommandLineRunner chat(ChatMemory chat, AgentMemory memory) {
        return _ -> {
            var input = new Scanner(System.in);
            while (input.hasNextLine()) {
                String text = input.nextLine();
                String remembered = memory.exists() ? remembered(memory, text) : "nothing";
                chat.add("monday", new UserMessage(text));
                String answer = chat.get("monday").size() + " messages; I remember: " + remembered;
                chat.add("monday", new AssistantMessage(answer));
                System.out.println("> " + answer);
            }
        };
    }

    private static String remembered(AgentMemory memory, String text) {
        return memory.recall(RecallQuery.of(text).withLimit(1)).hits().stream()
                .findFirst()
                .map(Hit::content)
                .orElse("nothing");
    }
}
