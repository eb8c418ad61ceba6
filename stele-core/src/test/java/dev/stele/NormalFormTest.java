package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.EntityDraft;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names that look the same name the same thing, whether their accents are characters of their own or not. */
class NormalFormTest {

    private static final String COMPOSED = "José";
    private static final String DECOMPOSED = Normalizer.normalize(COMPOSED, Normalizer.Form.NFD);

    @TempDir
    Path data;

    @Test
    void usersSessionsTagsAndEntitiesAreFoundInEitherForm() {
        try (Stele stele = Stele.open(Stores.at(data), Optional.empty())) {
            AgentMemory memory = stele.agent("kira");
            assertThat(DECOMPOSED).isNotEqualTo(COMPOSED);
            memory.remember(MessageDraft.user("café " + DECOMPOSED, DECOMPOSED, "My crêpe pan is in Évora")
                    .withId(DECOMPOSED));
            memory.users().update(DECOMPOSED, context -> context.withTrait("curious", 0.7));
            memory.users().update(COMPOSED, context -> context.withPreference("tea", "green"));
            memory.notes()
                    .create(NoteDraft.of("fact", "has a pan")
                            .withUser(DECOMPOSED)
                            .withTags(List.of("crêpe")));
            memory.graph().put(EntityDraft.of("person", DECOMPOSED));

            for (String name : List.of(COMPOSED, DECOMPOSED)) {
                assertThat(memory.users().get(name).orElseThrow().traits()).containsKey("curious");
                assertThat(memory.users().get(name).orElseThrow().preferences()).containsKey("tea");
                assertThat(memory.message(name)).isPresent();
                assertThat(memory.sessions().get("café " + name)).isPresent();
                assertThat(memory.sessions().last("café " + name, 5)).hasSize(1);
                assertThat(memory.graph().get(name)).isNotNull();
                assertThat(memory.notes()
                                .list(NoteFilter.ofUser(Optional.of(name)), 10, Optional.empty())
                                .items())
                        .hasSize(1);
                String tag = Normalizer.normalize(
                        "crêpe", name.equals(COMPOSED) ? Normalizer.Form.NFC : Normalizer.Form.NFD);
                assertThat(recall(tag, RecallFilter.builder().user(name).build()))
                        .hasSize(2);
                assertThat(recall(
                                "pan", RecallFilter.builder().tags(List.of(tag)).build()))
                        .hasSize(1);
                assertThat(recall("\"" + tag + " pan\"", RecallFilter.ALL)).hasSize(1);
            }
            assertThat(memory.users().list(10)).containsExactly(COMPOSED);
            memory.users().forget(DECOMPOSED);
            assertThat(memory.users().get(COMPOSED)).isEmpty();
            assertThat(memory.message(COMPOSED)).isEmpty();
        }
    }

    private List<Hit> recall(String text, RecallFilter filter) {
        try (Stele stele = Stele.open(Stores.at(data), Optional.empty())) {
            return stele.agent("kira")
                    .recall(RecallQuery.of(text).withMode(RecallMode.KEYWORD).withFilter(filter))
                    .hits();
        }
    }
}
