package dev.stele.profile;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Access rules of an agent: the kinds of senders that may chat with it, and the part of its memory that replies may
 * use. Immutable.
 *
 * @param chat kinds of senders that may chat
 * @param memory visibility of the memory in replies
 */
public record Access(Set<Who> chat, Sight memory) {

    /** Kind of a sender. */
    public enum Who {
        /** Named person. */
        PEOPLE,
        /** Another agent. */
        AGENTS,
        /** Any sender, including anonymous ones. */
        PUBLIC
    }

    /** Visibility of the memory in replies. */
    public enum Sight {
        /** No item is recalled. */
        NONE(0),
        /** The five best items are recalled. */
        QUICK(5),
        /** Up to 30 items are recalled. */
        FULL(30);

        private final int hits;

        Sight(int hits) {
            this.hits = hits;
        }

        /** Returns the maximum number of items to recall. */
        public int hits() {
            return hits;
        }
    }

    /** Default: named persons and agents may chat, the memory is fully visible, and anonymous senders are refused. */
    public static final Access DEFAULT = new Access(EnumSet.of(Who.PEOPLE, Who.AGENTS), Sight.FULL);

    public Access {
        chat = Collections.unmodifiableSet(chat.isEmpty() ? EnumSet.noneOf(Who.class) : EnumSet.copyOf(chat));
    }

    /**
     * Parses access rules; missing fields take the default.
     *
     * @throws dev.stele.model.InvalidInputException if a field is unknown or has an unknown value
     */
    public static Access fromJson(JsonObject json) {
        json.only("chat", "memory");
        Set<Who> chat = json.has("chat")
                ? json.strings("chat").stream().map(word -> of(Who.class, word)).collect(Collectors.toSet())
                : DEFAULT.chat();
        return new Access(
                chat,
                json.optionalString("memory").map(word -> of(Sight.class, word)).orElse(DEFAULT.memory()));
    }

    private static <E extends Enum<E>> E of(Class<E> type, String word) {
        List<E> all = Arrays.asList(type.getEnumConstants());
        return all.stream()
                .filter(one -> word(one).equals(word))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("There is no access %s; use %s."
                        .formatted(
                                Json.write(word), all.stream().map(Access::word).collect(Collectors.joining(", ")))));
    }

    private static String word(Enum<?> one) {
        return one.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the access rules as JSON fields. */
    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .keep("chat", chat.stream().map(Access::word).toList())
                .put("memory", word(memory))
                .map();
    }
}
