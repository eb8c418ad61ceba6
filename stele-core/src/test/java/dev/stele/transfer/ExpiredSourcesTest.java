package dev.stele.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.EntityDraft;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.ObservationDraft;
import dev.stele.support.Stores;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Items whose sources retention has removed: an export keeps who said them. */
class ExpiredSourcesTest {

    @TempDir
    Path data;

    private static String export(AgentMemory memory) {
        var out = new StringWriter();
        memory.export(out);
        return out.toString();
    }

    private static List<String> expired(AgentMemory memory) {
        return export(memory)
                .lines()
                .filter(line -> line.contains("\"type\":\"expired\""))
                .sorted()
                .toList();
    }

    @Test
    void exportKeepsWhoSaidWhatRetentionHasRemoved() {
        try (Stele stele = Stele.open(Stores.at(data).withRetention(10, false), Optional.empty())) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(MessageDraft.user("s", "ana", "I am ill.").withId("m1"));
            memory.notes()
                    .create(NoteDraft.of("fact", "somebody is ill").withId("n1").withProvenance(List.of("m1")));
            memory.graph()
                    .put(new EntityDraft(
                            Optional.empty(),
                            "Illness",
                            "topic",
                            List.of(),
                            Map.of(),
                            List.of(new ObservationDraft("troubles somebody", Optional.empty(), List.of("m1"))),
                            List.of("m1")));
            for (int i = 0; i < 20; i++) {
                memory.remember(MessageDraft.user("t", "ben", "Sheep " + i));
            }
            memory.runMaintenance();
            assertThat(memory.message("m1")).isEmpty();
            assertThat(expired(memory)).isNotEmpty().allMatch(line -> line.contains("\"ana\""));

            AgentMemory copy = stele.agent("copy");
            String exported = export(memory);
            assertThat(copy.importFrom(new StringReader(exported), _ -> {}).problems())
                    .isEmpty();
            assertThat(copy.verify().problems()).isEmpty();
            assertThat(expired(copy)).isEqualTo(expired(memory));
            assertThat(copy.sessions().get("s")).isEqualTo(memory.sessions().get("s"));
            long changes = copy.stats().changes();
            copy.importFrom(new StringReader(exported), _ -> {});
            assertThat(copy.stats().changes()).isEqualTo(changes);

            memory.users().forget("ana");
            copy.users().forget("ana");
            for (AgentMemory one : List.of(memory, copy)) {
                assertThat(one.notes().get("n1")).isEmpty();
                assertThat(export(one)).doesNotContain("troubles somebody");
            }
        }
    }
}
