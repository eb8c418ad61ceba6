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
 * Who may talk with an agent, and what of its memory shows in the talk. Immutable.
 *
 * @param chat who may
 * @param memory what shows
 */
public record Access(Set<Who> chat, Sight memory) {

    /** Who talks. */
    public enum Who {
        /** Somebody with a name. */
        PEOPLE,
        /** Another agent. */
        AGENTS,
        /** Anybody. */
        PUBLIC
    }

    /** What of the memory shows. */
    public enum Sight {
        NONE(0),
        /** The five best of what is recalled. */
        QUICK(5),
        FULL(30);

        private final int hits;

        Sight(int hits) {
            this.hits = hits;
        }

        /** Most items that are recalled. */
        public int hits() {
            return hits;
        }
    }

    /** People and agents may, and all shows; nobody without a name. */
    public static final Access DEFAULT = new Access(EnumSet.of(Who.PEOPLE, Who.AGENTS), Sight.FULL);

    public Access {
        chat = Collections.unmodifiableSet(chat.isEmpty() ? EnumSet.noneOf(Who.class) : EnumSet.copyOf(chat));
    }

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

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .keep("chat", chat.stream().map(Access::word).toList())
                .put("memory", word(memory))
                .map();
    }
}
