package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.Role;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reader of conversations in the format of the LoCoMo data set: one JSON document, an object or a list of objects, with
 * lists of turns named {@code conversation.session_N}. Turn {@code D1:3} of sample {@code conv-26} becomes message
 * {@code conv-26:D1:3}. Its time is the start of the session plus one second per preceding turn.
 */
final class LocomoReader {

    private static final DateTimeFormatter TIME = new java.time.format.DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .appendPattern("h:mm a 'on' d MMMM, uuuu")
            .toFormatter(Locale.ENGLISH);

    private LocomoReader() {}

    /** Turn as an entry, or the reason why it is invalid. */
    record Turn(long number, Optional<ImportEntry> entry, String problem) {}

    static List<Turn> read(String document) {
        Object tree = Json.read(document);
        List<?> samples = tree instanceof List<?> list
                ? list
                : List.of(JsonObject.of("file", tree).raw());
        var turns = new ArrayList<Turn>();
        for (Object sample : samples) {
            JsonObject json = JsonObject.of("conversation", sample);
            JsonObject conversation = json.object("conversation")
                    .orElseThrow(
                            () -> new InvalidInputException(
                                    "The file is neither an export of Stele, nor chat lines with role and content, nor a LoCoMo conversation."));
            read(json.optionalString("sample_id").orElse("conversation"), conversation, turns);
        }
        return turns;
    }

    private static void read(String sample, JsonObject conversation, List<Turn> turns) {
        String first = conversation.optionalString("speaker_a").orElse("user");
        for (int n = 1; conversation.has("session_" + n) || conversation.has("session_" + n + "_date_time"); n++) {
            if (conversation.list("session_" + n).isEmpty()) {
                continue;
            }
            Instant began = time(conversation.string("session_" + n + "_date_time"));
            String session = sample + ":session_" + n;
            int position = 0;
            for (Object element : conversation.list("session_" + n)) {
                long number = turns.size() + 1L;
                try {
                    JsonObject turn = JsonObject.of("turn", element);
                    turns.add(new Turn(
                            number,
                            Optional.of(message(sample, session, first, began.plusSeconds(position), turn)),
                            ""));
                } catch (InvalidInputException e) {
                    turns.add(new Turn(number, Optional.empty(), String.valueOf(e.getMessage())));
                }
                position++;
            }
        }
    }

    private static ImportEntry message(String sample, String session, String first, Instant at, JsonObject turn) {
        String speaker = turn.string("speaker");
        Optional<String> caption = turn.optionalString("blip_caption");
        String text = turn.optionalString("text")
                .filter(said -> !said.isBlank())
                .orElseGet(() -> "["
                        + caption.orElseThrow(
                                () -> new InvalidInputException("The turn has neither text nor a caption."))
                        + "]");
        return new ImportEntry.OfMessage(
                new Message(
                        0,
                        sample + ":" + turn.string("dia_id"),
                        session,
                        Optional.of(first),
                        speaker.equals(first) ? Role.USER : Role.ASSISTANT,
                        text,
                        at,
                        Optional.empty(),
                        false,
                        Json.fields()
                                .put("speaker", speaker)
                                .put("caption", caption)
                                .put("image", turn.raw("img_url"))
                                .map()),
                List.of());
    }

    private static Instant time(String text) {
        try {
            return LocalDateTime.parse(text.strip(), TIME).toInstant(ZoneOffset.UTC);
        } catch (DateTimeParseException e) {
            throw new InvalidInputException(
                    "The session's time " + Json.write(text) + " is not like \"1:56 pm on 8 May, 2023\".");
        }
    }
}
