package dev.stele.recall;

import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.model.Role;
import dev.stele.store.ItemRow;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which items may be recalled; all conditions must hold. Immutable.
 *
 * @param kinds only these kinds; empty for all
 * @param user only with or about this user
 * @param session only from this session
 * @param role only messages of this role
 * @param category only notes of this category
 * @param tags only notes that have all of these tags
 * @param minImportance only notes at least this important
 * @param from not before this time: when a message was said, or a note made
 * @param to before this time
 * @param archived whether messages of the archive are searched too, which reads its files
 * @param superseded whether superseded and expired notes are searched too
 */
public record RecallFilter(
        Set<ItemKind> kinds,
        Optional<String> user,
        Optional<String> session,
        Optional<Role> role,
        Optional<String> category,
        List<String> tags,
        Optional<Double> minImportance,
        Optional<Instant> from,
        Optional<Instant> to,
        boolean archived,
        boolean superseded) {

    public static final RecallFilter ALL = new RecallFilter(
            Set.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            false);

    public RecallFilter {
        kinds = Set.copyOf(kinds);
        tags = List.copyOf(tags);
        if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
            throw new InvalidInputException("The filter asks for times from %s to %s, which is no time at all."
                    .formatted(from.get(), to.get()));
        }
        minImportance.ifPresent(least -> {
            if (!(least >= 0 && least <= 1)) {
                throw new InvalidInputException(
                        "The filter's minImportance is %s; it must lie from 0 to 1.".formatted(least));
            }
        });
    }

    public RecallFilter withUser(String newUser) {
        return new RecallFilter(
                kinds,
                Optional.of(newUser),
                session,
                role,
                category,
                tags,
                minImportance,
                from,
                to,
                archived,
                superseded);
    }

    public RecallFilter withSession(String newSession) {
        return new RecallFilter(
                kinds,
                user,
                Optional.of(newSession),
                role,
                category,
                tags,
                minImportance,
                from,
                to,
                archived,
                superseded);
    }

    public RecallFilter withKinds(ItemKind... newKinds) {
        return new RecallFilter(
                Set.of(newKinds), user, session, role, category, tags, minImportance, from, to, archived, superseded);
    }

    public RecallFilter withArchived() {
        return new RecallFilter(kinds, user, session, role, category, tags, minImportance, from, to, true, superseded);
    }

    /** Reads the form of REST. {@code kind} may be one word or a list. */
    public static RecallFilter fromJson(JsonObject json) {
        json.only(
                "kind",
                "user",
                "session",
                "role",
                "category",
                "tags",
                "minImportance",
                "from",
                "to",
                "archived",
                "superseded");
        List<String> kinds = json.raw("kind") instanceof String one ? List.of(one) : json.strings("kind");
        return new RecallFilter(
                kinds.stream().map(ItemKind::of).collect(Collectors.toCollection(LinkedHashSet::new)),
                json.optionalString("user"),
                json.optionalString("session"),
                json.optionalString("role").map(Role::of),
                json.optionalString("category"),
                json.raw("tags") instanceof String one ? List.of(one) : json.strings("tags"),
                json.optionalDouble("minImportance"),
                json.optionalInstant("from"),
                json.optionalInstant("to"),
                json.optionalBoolean("archived").orElse(false),
                json.optionalBoolean("superseded").orElse(false));
    }

    /**
     * Whether an item passes.
     *
     * @param now the time at which a note must be valid, and after which nothing counts when {@code past}
     * @param past whether the question is about the past; whether a note was superseded then is for the caller to see
     */
    boolean passes(ItemRow item, Instant now, boolean past) {
        return (kinds.isEmpty() || kinds.contains(item.message() ? ItemKind.MESSAGE : ItemKind.NOTE))
                && user.map(item.user()::equals).orElse(true)
                && session.map(item.session()::equals).orElse(true)
                && role.map(wanted -> item.message() && item.kind().equals(wanted.word()))
                        .orElse(true)
                && category.map(wanted -> !item.message() && item.kind().equals(wanted))
                        .orElse(true)
                && item.tags().containsAll(tags)
                && minImportance
                        .map(least -> !item.message() && item.importance() >= least)
                        .orElse(true)
                && from.map(time -> !item.at().isBefore(time)).orElse(true)
                && to.map(item.at()::isBefore).orElse(true)
                && !(past && item.at().isAfter(now))
                && (superseded || ((past || !item.superseded()) && valid(item, now)));
    }

    private static boolean valid(ItemRow item, Instant now) {
        return item.validFrom().map(from -> !now.isBefore(from)).orElse(true)
                && item.validTo().map(now::isBefore).orElse(true);
    }
}
