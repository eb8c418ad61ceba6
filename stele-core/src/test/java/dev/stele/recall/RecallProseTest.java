package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Recall in the memory of an assistant that writes long answers. */
class RecallProseTest {

    private static final List<String> SUBJECTS =
            List.of("kayak", "orchard", "invoice", "telescope", "harbor", "violin", "glacier", "kiln");

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;

    @BeforeEach
    void remember() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
        var drafts = new ArrayList<MessageDraft>();
        for (String subject : SUBJECTS) {
            drafts.add(MessageDraft.user("s", "ana", "I keep my " + subject + " in the blue shed behind the house")
                    .withId("user-" + subject));
            drafts.add(MessageDraft.assistant("s", answer(subject)).withId("assistant-" + subject));
            drafts.add(MessageDraft.assistant("s", answer("shelf")));
        }
        memory.remember(drafts);
    }

    @AfterEach
    void close() {
        stele.close();
    }

    /** A long answer that names its subject often. */
    private static String answer(String subject) {
        var text = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            text.append("Step ")
                    .append(i)
                    .append(": consider the ")
                    .append(subject)
                    .append(" and store it well, ");
            text.append("because a shed may be damp and a house may be dry. ");
        }
        return text.toString();
    }

    @ParameterizedTest
    @EnumSource(
            value = RecallMode.class,
            names = {"HYBRID", "KEYWORD"})
    void userStatementRanksBeforeTheLongAnswerToIt(RecallMode mode) {
        for (String subject : SUBJECTS) {
            RecallQuery query =
                    RecallQuery.of("Where is the " + subject + " kept?").withMode(mode);
            assertThat(memory.recall(query).hits().getFirst().id()).isEqualTo("user-" + subject);
        }
    }

    @Test
    void questionsAboutAReplyAreAnsweredByTheAssistant() {
        RecallQuery query =
                RecallQuery.of("What did you say about the orchard?").withExplain();
        Hit answer = memory.recall(query).hits().stream()
                .filter(hit -> hit.id().equals("assistant-orchard"))
                .findFirst()
                .orElseThrow();
        assertThat(answer.signals()).containsEntry("role", 1.0);
    }

    @Test
    void wordForARoleDoesNotNameASpeakerWithoutAName() {
        Hit hit = memory.recall(
                        RecallQuery.of("Which assistant explains the kiln?").withExplain())
                .hits()
                .getFirst();
        assertThat(hit.signals()).containsEntry("speaker", 0.0).containsKey("role");
    }
}
