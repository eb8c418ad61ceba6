package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.chat.Chat;
import dev.stele.chat.ChatListener;
import dev.stele.chat.ChatRequest;
import dev.stele.chat.ChatSettings;
import dev.stele.config.SteleModels;
import dev.stele.model.AgentName;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Role;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was asked, and what the agent made up of its memory without a language model, answers no question. */
class EchoTest {

    private static final AgentName KIRA = new AgentName("kira");

    /** Questions with the statement that answers each. */
    private static final Map<String, String> ANSWERS = Map.of(
            "Where did I leave the spare key?", "I left the spare key under the blue pot",
            "What is the name of our dog?", "The dog that we took in is called Quagga",
            "When is the dentist coming to school?", "The dentist comes to the school on the ninth",
            "Who lent me the tent?", "My neighbor Edda lent me her tent",
            "What did the boiler repair cost?", "The repair of the boiler cost 240 euros",
            "Which train do I take to Basel?", "I take the early train to Basel",
            "How much flour goes into the bread?", "The bread needs 500 grams of flour",
            "Is the library open on Mondays?", "The library is closed on Mondays");

    @TempDir
    Path data;

    @Test
    void statementsRankAboveQuestionsThatWereAskedBefore() {
        try (Stele stele = Stele.open(Stores.at(data), SteleModels.offline(Optional.of(new WordEmbedder())))) {
            AgentMemory memory = stele.agent("kira");
            Chat chat = new Chat(stele, ChatSettings.DEFAULT);
            ANSWERS.values().forEach(said -> chat.reply(KIRA, ChatRequest.of("s", "ana", said), ChatListener.NONE));
            for (int round = 0; round < 3; round++) {
                ANSWERS.forEach((question, answer) -> {
                    List<Hit> hits = memory.recall(question).hits();
                    assertThat(hits.getFirst().content()).as(question).isEqualTo(answer);
                    assertThat(hits)
                            .extracting(Hit::content)
                            .doesNotContain(question)
                            .noneMatch(content -> content.contains("No language model"));
                    chat.reply(KIRA, ChatRequest.of("s", "ana", question), ChatListener.NONE);
                });
            }
            // The transcript has all of it.
            assertThat(memory.sessions().last("s", 100))
                    .hasSize(2 * 4 * ANSWERS.size())
                    .extracting(Message::role)
                    .contains(Role.ASSISTANT);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "What did I ask about the spare key?",
                "Which questions about the key did I ask?",
                "Have I asked about the spare key before?",
                "spare key"
            })
    void questionsAreFoundIfTheQueryAsksForThem(String query) {
        try (Stele stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(MessageDraft.user("s", "ana", "Where did I leave the spare key?")
                    .withId("asked"));
            assertThat(memory.recall(query).hits()).extracting(Hit::id).containsExactly("asked");
            RecallQuery same = RecallQuery.of("Where did I leave the spare key?");
            assertThat(memory.recall(same).hits()).isEmpty();
            assertThat(memory.recall(same.withFilter(
                                    RecallFilter.builder().role(Role.USER).build()))
                            .hits())
                    .extracting(Hit::id)
                    .containsExactly("asked");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "I lost the spare key. Where did I leave it?",
                "I moved to Porto, where can I leave the spare key?",
                "You know that the spare key is with Edda, right?"
            })
    void questionsThatStateSomethingAnswer(String said) {
        try (Stele stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(MessageDraft.user("s", "ana", said));
            assertThat(memory.recall("Where is the spare key?").hits())
                    .extracting(Hit::content)
                    .containsExactly(said);
        }
    }
}
