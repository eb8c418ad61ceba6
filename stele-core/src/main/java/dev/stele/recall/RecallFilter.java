package dev.stele.recall;

import dev.stele.index.IndexSnapshot;
import dev.stele.index.ItemAttributes;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.ItemKind;
import dev.stele.model.JsonObject;
import dev.stele.model.Role;
import java.time.Instant;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Filter of a query: the conditions that a recalled item must all meet. An empty condition admits every item.
 * Conditions that no single item can meet together are rejected when the filter is created. Immutable.
 *
 * @param kinds kinds of items; empty for all kinds but passages of documents
 * @param user user whom the agent talked with, or whom a note is about
 * @param audience users to whom the hits may be told: only items that all of them may see, see {@link Audience}; empty
 *     for no such condition
 * @param session session of the item
 * @param role role of the message; admits messages only
 * @param category category of the note, or collection of the passage
 * @param tags tags that the note must all have
 * @param minImportance minimum importance of the note, 0 to 1
 * @param from earliest time, inclusive: when a message was said, a note was made, or an observation was true
 * @param to latest time, exclusive
 * @param archived whether archived messages are searched too, which reads the files of the archive
 * @param superseded whether superseded and expired notes are searched too
 */
public record RecallFilter(
        Set<ItemKind> kinds,
        Optional<String> user,
        Set<String> audience,
        Optional<String> session,
        Optional<Role> role,
        Optional<String> category,
        List<String> tags,
        Optional<Double> minImportance,
        Optional<Instant> from,
        Optional<Instant> to,
        boolean archived,
        boolean superseded) {

    /** Earliest time that milliseconds since the epoch can express. */
    private static final Instant FIRST_MILLI = Instant.ofEpochMilli(Long.MIN_VALUE);
    /** Latest time that milliseconds since the epoch can express. */
    private static final Instant LAST_MILLI = Instant.ofEpochMilli(Long.MAX_VALUE);

    /** Filter without conditions; admits all live items but passages of documents. */
    public static final RecallFilter ALL = builder().build();

    /**
     * Checks the conditions.
     *
     * @throws InvalidInputException if the range of times is empty, no item can meet all conditions, or the minimum
     *     importance is not between 0 and 1
     */
    public RecallFilter {
        audience = audience.stream().map(one -> Ids.check("audience", one)).collect(Collectors.toUnmodifiableSet());
        user = user.map(Ids::normal);
        session = session.map(Ids::normal);
        category = category.map(Ids::normal);
        kinds = Set.copyOf(kinds);
        tags = tags.stream().map(Ids::normal).toList();
        if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
            throw new InvalidInputException("The filter asks for times from %s to %s, which is no time at all."
                    .formatted(from.get(), to.get()));
        }
        if (admittedKinds(kinds, role.isPresent(), asksForNotes(category, tags, minImportance))
                .isEmpty()) {
            throw new InvalidInputException(
                    "The filter asks for messages (by role or kind) and for notes (by category, tags, min_importance or kind) at once, or for observations by what they do not have; nothing is both.");
        }
        minImportance.ifPresent(min -> {
            if (!(min >= 0 && min <= 1)) {
                throw new InvalidInputException(
                        "The filter's min_importance is %s; it must lie from 0 to 1.".formatted(min));
            }
        });
    }

    /** Returns a builder that starts with {@link #ALL}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder that starts with this filter. */
    public Builder toBuilder() {
        var builder = new Builder();
        builder.kinds = kinds;
        builder.user = user;
        builder.audience = audience;
        builder.session = session;
        builder.role = role;
        builder.category = category;
        builder.tags = tags;
        builder.minImportance = minImportance;
        builder.from = from;
        builder.to = to;
        builder.archived = archived;
        builder.superseded = superseded;
        return builder;
    }

    /**
     * Returns this filter, restricted to a user.
     *
     * @param newUser user whom the agent talked with, or whom a note is about
     */
    public RecallFilter withUser(String newUser) {
        return toBuilder().user(newUser).build();
    }

    /**
     * Returns this filter, restricted to items that may be told to all of some users.
     *
     * @param users users to whom the hits may be told, such as the participants of a room
     */
    public RecallFilter withAudience(String... users) {
        return toBuilder().audience(Set.of(users)).build();
    }

    /**
     * Returns this filter, restricted to a session.
     *
     * @param newSession identifier of the session
     */
    public RecallFilter withSession(String newSession) {
        return toBuilder().session(newSession).build();
    }

    /**
     * Returns this filter, restricted to a category.
     *
     * @param newCategory category of notes, or collection of passages
     */
    public RecallFilter withCategory(String newCategory) {
        return toBuilder().category(newCategory).build();
    }

    /**
     * Returns this filter, restricted to kinds of items.
     *
     * @param newKinds kinds of items; none for all kinds but passages of documents
     */
    public RecallFilter withKinds(ItemKind... newKinds) {
        return toBuilder().kinds(Set.of(newKinds)).build();
    }

    /** Returns this filter, extended to archived messages. */
    public RecallFilter withArchived() {
        return toBuilder().archived(true).build();
    }

    /**
     * Reads a filter in the JSON format of the REST API.
     *
     * @param json fields of the filter, all optional; {@code kind} and {@code tags} may be one string or a list
     * @throws InvalidInputException if a field is unknown or has an invalid value
     */
    public static RecallFilter fromJson(JsonObject json) {
        json.only(
                "kind",
                "user",
                "audience",
                "session",
                "role",
                "category",
                "tags",
                "min_importance",
                "from",
                "to",
                "archived",
                "superseded");
        List<String> kinds = json.raw("kind") instanceof String single ? List.of(single) : json.strings("kind");
        return new RecallFilter(
                kinds.stream().map(ItemKind::of).collect(Collectors.toCollection(LinkedHashSet::new)),
                json.optionalString("user"),
                json.raw("audience") instanceof String single
                        ? Set.of(single)
                        : new LinkedHashSet<>(json.strings("audience")),
                json.optionalString("session"),
                json.optionalString("role").map(Role::of),
                json.optionalString("category"),
                json.raw("tags") instanceof String single ? List.of(single) : json.strings("tags"),
                json.optionalDouble("min_importance"),
                json.optionalInstant("from"),
                json.optionalInstant("to"),
                json.optionalBoolean("archived").orElse(false),
                json.optionalBoolean("superseded").orElse(false));
    }

    /**
     * Returns the ordinals of the items that pass.
     *
     * @param items snapshot whose items are tested
     * @param now time at which notes must be valid; if {@code past}, items after it do not pass
     * @param past whether the query is about the past; the caller then has to check whether a note was superseded at
     *     that time
     * @param rooms sessions that the audience shares with others
     */
    BitSet passing(IndexSnapshot items, Instant now, boolean past, Set<String> rooms) {
        Set<ItemKind> admitted = admittedKinds(kinds, role.isPresent(), asksForNotes(category, tags, minImportance));
        BitSet passing = admitted.contains(ItemKind.MESSAGE) ? items.live() : items.statements();
        items.removeWithheld(passing);
        BitSet statements = items.statements();
        if (admitted.equals(Set.of(ItemKind.MESSAGE))) {
            passing.andNot(statements);
        } else {
            statements.stream()
                    .filter(ordinal ->
                            !admitted.contains(items.facts(ordinal).item()) || !passes(items.facts(ordinal), now, past))
                    .forEach(passing::clear);
        }
        if (user.isPresent()
                || !audience.isEmpty()
                || session.isPresent()
                || role.isPresent()
                || from.isPresent()
                || to.isPresent()
                || past) {
            keep(passing, items, now, past, rooms);
        }
        return passing;
    }

    /**
     * Returns the kinds that can meet the conditions: only messages have a role, and only notes have a category, tags
     * and importance.
     *
     * @param kinds kinds of the filter
     * @param byRole whether a role is required
     * @param notesOnly whether there is a condition that only notes can meet
     */
    private static Set<ItemKind> admittedKinds(Set<ItemKind> kinds, boolean byRole, boolean notesOnly) {
        Set<ItemKind> admitted =
                kinds.isEmpty() ? EnumSet.complementOf(EnumSet.of(ItemKind.PASSAGE)) : EnumSet.copyOf(kinds);
        if (byRole) {
            admitted.retainAll(Set.of(ItemKind.MESSAGE));
        }
        if (notesOnly) {
            // The category of a passage is its collection.
            admitted.retainAll(kinds.contains(ItemKind.PASSAGE) ? Set.of(ItemKind.PASSAGE) : Set.of(ItemKind.NOTE));
        }
        return admitted;
    }

    /** Returns whether there is a condition that only notes can meet. */
    private static boolean asksForNotes(Optional<String> category, List<String> tags, Optional<Double> minImportance) {
        return category.isPresent() || !tags.isEmpty() || minImportance.isPresent();
    }

    /**
     * Returns whether a note meets the conditions on category, tags, importance and validity. An observation has none
     * of these attributes.
     */
    private boolean passes(ItemAttributes note, Instant now, boolean past) {
        return category.map(note.kind()::equals).orElse(true)
                && note.tags().containsAll(tags)
                && minImportance.map(min -> note.importance() >= min).orElse(true)
                && (superseded || ((past || !note.superseded()) && note.validAt(now)));
    }

    /** Removes the ordinals of items that do not meet the conditions on user, audience, session, role and time. */
    private void keep(BitSet passing, IndexSnapshot items, Instant now, boolean past, Set<String> rooms) {
        int userId = user.map(items::user).orElse(IndexSnapshot.NONE);
        int audienceId = audience.size() == 1 ? items.user(audience.iterator().next()) : IndexSnapshot.NONE;
        int noUserId = items.user("");
        int group = session.map(items::groupOf).orElse(IndexSnapshot.NONE);
        Set<Integer> roomGroups = rooms.stream().map(items::groupOf).collect(Collectors.toSet());
        long fromMillis = from.map(RecallFilter::firstMilliNotBefore).orElse(Long.MIN_VALUE);
        long toMillis = to.map(RecallFilter::firstMilliNotBefore).orElse(Long.MAX_VALUE);
        long nowMillis = past && now.isBefore(LAST_MILLI) ? firstMilliNotBefore(now.plusNanos(1)) : Long.MAX_VALUE;
        for (int ordinal = passing.nextSetBit(0); ordinal >= 0; ordinal = passing.nextSetBit(ordinal + 1)) {
            long at = items.millis(ordinal);
            boolean passes = at >= fromMillis
                    && at < toMillis
                    && at < nowMillis
                    && (user.isEmpty() || items.userOf(ordinal) == userId)
                    && (audience.isEmpty()
                            || items.userOf(ordinal) == audienceId
                            || items.userOf(ordinal) == noUserId
                            || isOfOne(rooms, roomGroups, items, ordinal))
                    && (session.isEmpty() || isOf(session.get(), group, items, ordinal))
                    && (role.isEmpty()
                            || items.facts(ordinal).kind().equals(role.get().label()));
            if (!passes) {
                passing.clear(ordinal);
            }
        }
    }

    /**
     * Returns the first whole millisecond that is not before a time. The times of items are whole milliseconds; the
     * bounds of a filter may have a finer resolution, and may lie beyond the range of milliseconds, to which they are
     * then clamped.
     */
    private static long firstMilliNotBefore(Instant time) {
        if (time.isAfter(LAST_MILLI)) {
            return Long.MAX_VALUE;
        }
        if (time.isBefore(FIRST_MILLI)) {
            return Long.MIN_VALUE;
        }
        long before = time.toEpochMilli();
        return Instant.ofEpochMilli(before).isBefore(time) ? before + 1 : before;
    }

    /**
     * Returns whether an item belongs to a session.
     *
     * @param group identifier of the session's conversation in the index
     */
    private static boolean isOf(String session, int group, IndexSnapshot items, int ordinal) {
        return items.message(ordinal)
                ? items.group(ordinal) == group
                : items.facts(ordinal).session().equals(session);
    }

    /** Returns whether an item belongs to one of some sessions. */
    private static boolean isOfOne(Set<String> sessions, Set<Integer> groups, IndexSnapshot items, int ordinal) {
        return !sessions.isEmpty()
                && (items.message(ordinal)
                        ? groups.contains(items.group(ordinal))
                        : sessions.contains(items.facts(ordinal).session()));
    }

    /** Builder that sets some components and leaves the others at their defaults. Not thread-safe. */
    public static final class Builder {
        private Set<ItemKind> kinds = Set.of();
        private Optional<String> user = Optional.empty();
        private Set<String> audience = Set.of();
        private Optional<String> session = Optional.empty();
        private Optional<Role> role = Optional.empty();
        private Optional<String> category = Optional.empty();
        private List<String> tags = List.of();
        private Optional<Double> minImportance = Optional.empty();
        private Optional<Instant> from = Optional.empty();
        private Optional<Instant> to = Optional.empty();
        private boolean archived = false;
        private boolean superseded = false;

        private Builder() {}

        /** See {@link RecallFilter#kinds()}. */
        public Builder kinds(Set<ItemKind> value) {
            kinds = value;
            return this;
        }

        /** See {@link RecallFilter#user()}. */
        public Builder user(String value) {
            user = Optional.of(value);
            return this;
        }

        /** See {@link RecallFilter#audience()}. */
        public Builder audience(Set<String> value) {
            audience = value;
            return this;
        }

        /** See {@link RecallFilter#session()}. */
        public Builder session(String value) {
            session = Optional.of(value);
            return this;
        }

        /** See {@link RecallFilter#role()}. */
        public Builder role(Role value) {
            role = Optional.of(value);
            return this;
        }

        /** See {@link RecallFilter#category()}. */
        public Builder category(String value) {
            category = Optional.of(value);
            return this;
        }

        /** See {@link RecallFilter#tags()}. */
        public Builder tags(List<String> value) {
            tags = value;
            return this;
        }

        /** See {@link RecallFilter#minImportance()}. */
        public Builder minImportance(Double value) {
            minImportance = Optional.of(value);
            return this;
        }

        /** See {@link RecallFilter#from()}. */
        public Builder from(Instant value) {
            from = Optional.of(value);
            return this;
        }

        /** See {@link RecallFilter#to()}. */
        public Builder to(Instant value) {
            to = Optional.of(value);
            return this;
        }

        /** See {@link RecallFilter#archived()}. */
        public Builder archived(boolean value) {
            archived = value;
            return this;
        }

        /** See {@link RecallFilter#superseded()}. */
        public Builder superseded(boolean value) {
            superseded = value;
            return this;
        }

        /**
         * Returns the filter.
         *
         * @throws InvalidInputException if no item can meet all conditions, or a value is out of range
         */
        public RecallFilter build() {
            return new RecallFilter(
                    kinds,
                    user,
                    audience,
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
    }
}
