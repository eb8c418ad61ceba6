package dev.stele.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The JSON form of a draft has every component, since an idempotency key is bound to a request by it. */
class DraftFormsTest {

    private static final Optional<Instant> FROM = Optional.of(Instant.ofEpochMilli(1));
    private static final Optional<Instant> TO = Optional.of(Instant.ofEpochMilli(2));
    private static final Map<String, @Nullable Object> FIELDS = Map.of("a", 1L);

    private static JsonObject json(Map<String, @Nullable Object> fields) {
        return Json.readObject("draft", Json.write(fields));
    }

    /** Asserts that a sample sets all components, so that an equal copy shows that none of them is lost. */
    private static <T extends Record> T complete(T sample) throws ReflectiveOperationException {
        for (RecordComponent component : sample.getClass().getRecordComponents()) {
            assertThat(component.getAccessor().invoke(sample))
                    .as(component.getName())
                    .isNotIn(null, Optional.empty(), List.of(), Map.of(), false);
        }
        return sample;
    }

    @Test
    void messageDraftIsParsedFromItsForm() throws ReflectiveOperationException {
        MessageDraft draft = complete(new MessageDraft(
                Optional.of("m"), "s", Optional.of("ana"), Role.ASSISTANT, "text", FROM, FIELDS, List.of("source")));
        assertThat(MessageDraft.fromJson(json(draft.toJson()))).isEqualTo(draft);
    }

    @Test
    void interactionDraftIsParsedFromItsForm() throws ReflectiveOperationException {
        InteractionDraft draft = complete(new InteractionDraft(
                Optional.of("i"), "chat", Optional.of("ana"), Optional.of("s"), List.of("m"), FIELDS));
        assertThat(InteractionDraft.fromJson(json(draft.toJson()))).isEqualTo(draft);
    }

    @Test
    void noteDraftIsParsedFromItsForm() throws ReflectiveOperationException {
        NoteDraft draft = complete(new NoteDraft(
                Optional.of("n"),
                "text",
                "learning",
                0.25,
                0.75,
                List.of("tag"),
                List.of("piece"),
                List.of("m"),
                Optional.of("ana"),
                Optional.of("s"),
                FROM,
                TO,
                true,
                FIELDS));
        assertThat(NoteDraft.fromJson(json(draft.toJson()))).isEqualTo(draft);
    }

    @Test
    void entityDraftIsParsedFromItsForm() throws ReflectiveOperationException {
        EntityDraft draft = complete(new EntityDraft(
                Optional.of("e"),
                "Ana",
                "person",
                List.of("Annie"),
                FIELDS,
                List.of(complete(new ObservationDraft("sings", FROM, List.of("m")))),
                List.of("n")));
        assertThat(EntityDraft.fromJson(json(draft.toJson()))).isEqualTo(draft);
    }

    @Test
    void relationDraftIsParsedFromItsForm() throws ReflectiveOperationException {
        RelationDraft draft = complete(new RelationDraft(
                "a", "b", "knows", Optional.of("a knows b"), Optional.of(0.5), FIELDS, FROM, TO, List.of("m")));
        assertThat(RelationDraft.fromJson(json(draft.toJson()))).isEqualTo(draft);
    }
}
