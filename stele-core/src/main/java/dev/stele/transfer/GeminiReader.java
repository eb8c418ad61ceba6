package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.model.Role;
import dev.stele.transfer.TurnWriter.Turn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reader of {@code MyActivity.json} of the Gemini apps from Google Takeout: a list of activities, the latest first,
 * each with {@code header}, {@code title}, {@code time} (ISO 8601) and {@code titleUrl}. An activity is one prompt with
 * its response. The prompt is the title after a verb such as {@code Prompted}, or the detail or interaction named
 * request; the response is the HTML of {@code safeHtmlItem}, or the detail or interaction named response.
 *
 * <p>Takeout names conversations only in some exports, in {@code titleUrl}. Other activities belong to one session per
 * day of the user. The activities are imported in the order of their times, after the whole file was read. Other products and
 * activities without a prompt are counted as left out.
 */
final class GeminiReader implements FormatReader {

    private static final Pattern VERB = Pattern.compile(
            "^(?:Prompted with:|Prompted|Asked Gemini:|Asked Bard:|Asked|Said|Branched|Answered)\\s+",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern CONVERSATION = Pattern.compile("gemini\\.google\\.com/app/(?:c/)?([A-Za-z0-9_-]+)");
    private static final Pattern BREAK = Pattern.compile("(?i)<\\s*(?:br|/p|/div|/li|/h[1-6]|/tr|/pre)\\b[^>]*>");
    private static final Pattern TAG = Pattern.compile("<[^>]*>");
    private static final Pattern ENTITY = Pattern.compile("&(#x?[0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos|nbsp);");

    private final TurnWriter turns;
    private final List<Activity> activities = new ArrayList<>();
    private int number;

    /**
     * Exchange of a prompt and a response.
     *
     * @param number position in the file, from 1
     */
    private record Activity(
            int number, Optional<Instant> at, @Nullable Object time, String session, String prompt, String response) {}

    GeminiReader(TurnWriter turns) {
        this.turns = turns;
    }

    @Override
    public void read(@Nullable Object value, EntrySink sink) {
        number++;
        JsonObject json = JsonObject.of("activity", value);
        String product = json.raw("header") instanceof String header ? header : "Gemini";
        if (!product.contains("Gemini") && !product.contains("Bard")) {
            sink.leaveOut(1, "activities of other products");
            return;
        }
        String prompt = request(json, "request").orElseGet(() -> title(json));
        String response = request(json, "response").orElseGet(() -> html(json));
        if (prompt.isBlank()) {
            sink.leaveOut(1, "activities without a prompt");
            return;
        }
        Optional<Instant> at;
        try {
            at = ForeignTime.parse(json.raw("time"));
        } catch (InvalidInputException e) {
            at = Optional.empty(); // the turn reports it
        }
        String session = conversation(json)
                .orElseGet(() -> turns.invented("gemini-"
                        + (json.raw("time") instanceof String time && time.length() >= 10
                                ? time.substring(0, 10).strip()
                                : "undated")));
        activities.add(new Activity(number, at, json.raw("time"), session.strip(), prompt, response));
    }

    @Override
    public void finish(EntrySink sink) {
        // The latest activity comes first in the file; undated ones keep their place after the activity before them.
        var ordered = new ArrayList<>(activities.reversed());
        ordered.sort(Comparator.comparing(activity -> activity.at().orElse(Instant.EPOCH)));
        for (Activity activity : ordered) {
            String label = "activity " + activity.number();
            add(label, activity, Role.USER, activity.prompt(), activity.time(), sink);
            if (!activity.response().isBlank()) {
                Object time = activity.at()
                        .map(at -> (Object) at.plusMillis(1).toString())
                        .orElse(null);
                add("the response of " + label, activity, Role.ASSISTANT, activity.response(), time, sink);
            }
        }
    }

    private void add(String label, Activity activity, Role role, String text, @Nullable Object time, EntrySink sink) {
        turns.add(
                new Turn(
                        label,
                        Optional.empty(),
                        Optional.of(activity.session()),
                        Optional.empty(),
                        role,
                        Contents.of(text),
                        time,
                        new LinkedHashMap<>()),
                sink);
    }

    /** Returns the text of a detail or an interaction of a kind, if the activity has one. */
    private static Optional<String> request(JsonObject json, String kind) {
        if (json.raw("details") instanceof List<?> details) {
            for (Object detail : details) {
                if (detail instanceof Map<?, ?> map
                        && kind.equalsIgnoreCase(String.valueOf(map.get("name")))
                        && map.get("value") instanceof String text) {
                    return Optional.of(text);
                }
            }
        }
        if (json.raw("userInteractions") instanceof List<?> interactions) {
            for (Object element : interactions) {
                if (element instanceof Map<?, ?> map
                        && map.get("userInteraction") instanceof Map<?, ?> interaction
                        && interaction.get(kind) instanceof String text) {
                    return Optional.of(plain(text));
                }
            }
        }
        return Optional.empty();
    }

    /** Returns the text of an interaction, which may be a JSON document with the text inside. */
    private static String plain(String text) {
        if (text.startsWith("{") || text.startsWith("[")) {
            try {
                String found = Contents.of(dev.stele.model.Json.read(text)).text();
                return found.isBlank() ? text : found;
            } catch (InvalidInputException e) {
                return text;
            }
        }
        return text;
    }

    private static String title(JsonObject json) {
        String title = json.raw("title") instanceof String text ? text.strip() : "";
        Matcher verb = VERB.matcher(title);
        return verb.find() ? title.substring(verb.end()) : "";
    }

    private static String html(JsonObject json) {
        var text = new StringBuilder();
        List<?> items = json.raw("safeHtmlItem") instanceof List<?> list
                ? list
                : json.raw("safeHtmlItem") == null
                        ? List.of()
                        : List.of(java.util.Objects.requireNonNull(json.raw("safeHtmlItem")));
        for (Object item : items) {
            if (item instanceof Map<?, ?> map) {
                Object html = map.get("html") == null ? map.get("htmlValue") : map.get("html");
                if (html instanceof String markup) {
                    text.append(text.isEmpty() ? "" : "\n").append(withoutTags(markup));
                }
            }
        }
        return text.toString();
    }

    static String withoutTags(String html) {
        String text = TAG.matcher(BREAK.matcher(html).replaceAll("\n")).replaceAll("");
        return ENTITY.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(character(match.group(1))))
                .strip();
    }

    private static String character(String entity) {
        return switch (entity) {
            case "amp" -> "&";
            case "lt" -> "<";
            case "gt" -> ">";
            case "quot" -> "\"";
            case "apos" -> "'";
            case "nbsp" -> " ";
            default -> {
                boolean isHex = entity.startsWith("#x");
                String digits = entity.substring(isHex ? 2 : 1);
                try {
                    int code = Integer.parseInt(digits, isHex ? 16 : 10);
                    boolean isCharacter = Character.isValidCodePoint(code) && (code < 0xd800 || code > 0xdfff);
                    yield isCharacter ? Character.toString(code) : String.valueOf(TextDecoder.REPLACEMENT);
                } catch (NumberFormatException e) {
                    yield "&" + entity + ";";
                }
            }
        };
    }

    private static Optional<String> conversation(JsonObject json) {
        if (json.raw("titleUrl") instanceof String url) {
            Matcher matcher = CONVERSATION.matcher(url);
            if (matcher.find()) {
                return Optional.of("gemini-" + matcher.group(1));
            }
        }
        return Optional.empty();
    }
}
