package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Role;
import dev.stele.transfer.TurnWriter.Turn;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of conversations in the format of the LoCoMo data set: an object, or the published list of objects, with lists
 * of turns named {@code conversation.session_N}. Turn {@code D1:3} of sample {@code conv-26} becomes message
 * {@code conv-26:D1:3}. Its time is {@code session_N_date_time} plus one second per preceding turn. The first speaker
 * is the user and the second one the assistant. A turn without text is represented by the caption of its image.
 */
final class LocomoReader implements FormatReader {

    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .appendPattern("h:mm a 'on' d MMMM, uuuu")
            .toFormatter(Locale.ENGLISH);

    private final TurnWriter turns;
    private int unnamed;

    LocomoReader(TurnWriter turns) {
        this.turns = turns;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        JsonObject json = JsonObject.of("conversation", value);
        String sample = TurnWriter.idOf(json, "sample_id")
                .orElseGet(() -> turns.invented(++unnamed == 1 ? "conversation" : "conversation-" + unnamed));
        JsonObject conversation = json.object("conversation")
                .orElseThrow(() ->
                        new InvalidInputException("The sample %s has no conversation.".formatted(Json.write(sample))));
        String first = conversation.raw("speaker_a") instanceof String speaker ? speaker : "user";
        for (int n = 1; conversation.has("session_" + n) || conversation.has("session_" + n + "_date_time"); n++) {
            session(sample, n, first, conversation, sink);
        }
    }

    private void session(String sample, int number, String first, JsonObject conversation, EntrySink sink) {
        String name = "session_" + number;
        Iterable<?> list;
        try {
            list = conversation.list(name);
        } catch (InvalidInputException e) {
            sink.refuse(e.getMessage() == null ? name : e.getMessage());
            return;
        }
        Optional<Instant> began = Optional.empty();
        int position = 0;
        for (Object element : list) {
            if (position == 0) {
                began = began(sample, name, conversation, sink);
            }
            String label = "turn %d of %s:%s".formatted(position + 1, sample, name);
            Object time = began.isPresent() ? began.get().plusSeconds(position).toString() : null;
            position++;
            try {
                turns.add(turn(label, sample, sample + ":" + name, first, time, JsonObject.of("turn", element)), sink);
            } catch (InvalidInputException e) {
                sink.refuse(label + ": " + e.getMessage());
            }
        }
    }

    private static Optional<Instant> began(String sample, String name, JsonObject conversation, EntrySink sink) {
        try {
            String text = conversation.string(name + "_date_time");
            try {
                return Optional.of(LocalDateTime.parse(text.strip(), TIME).toInstant(ZoneOffset.UTC));
            } catch (DateTimeParseException e) {
                throw new InvalidInputException(
                        "The session's time " + Json.write(text) + " is not like \"1:56 pm on 8 May, 2023\".");
            }
        } catch (InvalidInputException e) {
            sink.repair("%s:%s: %s Its turns follow the session before it instead."
                    .formatted(sample, name, e.getMessage()));
            return Optional.empty();
        }
    }

    private static Turn turn(
            String label, String sample, String session, String first, @Nullable Object time, JsonObject turn) {
        String speaker = turn.string("speaker");
        Optional<String> caption = turn.optionalString("blip_caption");
        String text = turn.optionalString("text")
                .filter(said -> !said.isBlank())
                .orElseGet(() -> "["
                        + caption.orElseThrow(
                                () -> new InvalidInputException("The turn has neither text nor a caption."))
                        + "]");
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>(Json.fields()
                .put("speaker", speaker)
                .put("caption", caption)
                .put("image", turn.raw("img_url"))
                .map());
        return new Turn(
                label,
                Optional.of(sample + ":" + turn.string("dia_id")),
                Optional.of(session),
                Optional.of(first),
                speaker.equals(first) ? Role.USER : Role.ASSISTANT,
                Contents.of(text),
                time,
                metadata);
    }
}
