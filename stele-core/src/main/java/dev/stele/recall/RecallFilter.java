package dev.stele.recall;

import dev.stele.index.IndexSnapshot;
import dev.stele.index.ItemAttributes;
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
 * Which items may be recalled; all conditions must hold. Immutable.
 *
 * @param kinds only these kinds; empty for all but passages of documents
 * @param user only with or about this user
 * @param audience only what is with or about this user, or about nobody: what may be told to them
 * @param session only from this session
 * @param role only messages of this role
 * @param category only notes of this category; of passages, only those of this collection
 * @param tags only notes that have all of these tags
 * @param minImportance only notes at least this important
 * @param from not before this time: when a message was said, a note made, or an observation was so
 * @param to before this time
 * @param archived whether messages of the archive are searched too, which reads its files
 * @param superseded whether superseded and expired notes are searched too
 */
public record RecallFilter(
        Set<ItemKind> kinds,
        Optional<String> user,
        Optional<String> audience,
        Optional<String> session,
        Optional<Role> role,
        Optional<String> category,
        List<String> tags,
        Optional<Double> minImportance,
        Optional<Instant> from,
        Optional<Instant> to,
        boolean archived,
        boolean superseded) {

    private static final Instant FIRST_MILLI = Instant.ofEpochMilli(Long.MIN_VALUE);
    private static final Instant LAST_MILLI = Instant.ofEpochMilli(Long.MAX_VALUE);

    public static final RecallFilter ALL = new RecallFilter(
            Set.of(),
            Optional.empty(),
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
        if (wanted(kinds, role.isPresent(), asksForNotes(category, tags, minImportance))
                .isEmpty()) {
            throw new InvalidInputException(
                    "The filter asks for messages (by role or kind) and for notes (by category, tags, minImportance or kind) at once, or for observations by what they do not have; nothing is both.");
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

    public RecallFilter withAudience(String newAudience) {
        return new RecallFilter(
                kinds,
                user,
                Optional.of(newAudience),
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
                audience,
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

    public RecallFilter withCategory(String newCategory) {
        return new RecallFilter(
                kinds,
                user,
                audience,
                session,
                role,
                Optional.of(newCategory),
                tags,
                minImportance,
                from,
                to,
                archived,
                superseded);
    }

    public RecallFilter withKinds(ItemKind... newKinds) {
        return new RecallFilter(
                Set.of(newKinds),
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

    public RecallFilter withArchived() {
        return new RecallFilter(
                kinds, user, audience, session, role, category, tags, minImportance, from, to, true, superseded);
    }

    /** Reads the form of REST. {@code kind} may be one word or a list. */
    public static RecallFilter fromJson(JsonObject json) {
        json.only(
                "kind",
                "user",
                "audience",
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
                json.optionalString("audience"),
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
     * The slots of items that pass.
     *
     * @param now the time at which a note must be valid, and after which nothing counts when {@code past}
     * @param past whether the question is about the past; whether a note was superseded then is for the caller to see
     */
    BitSet passing(IndexSnapshot items, Instant now, boolean past) {
        Set<ItemKind> wanted = wanted(kinds, role.isPresent(), asksForNotes(category, tags, minImportance));
        BitSet passing = wanted.contains(ItemKind.MESSAGE) ? items.live() : items.statements();
        BitSet statements = items.statements();
        if (wanted.equals(Set.of(ItemKind.MESSAGE))) {
            passing.andNot(statements);
        } else {
            statements.stream()
                    .filter(slot -> !wanted.contains(items.facts(slot).item()) || !passes(items.facts(slot), now, past))
                    .forEach(passing::clear);
        }
        if (user.isPresent()
                || audience.isPresent()
                || session.isPresent()
                || role.isPresent()
                || from.isPresent()
                || to.isPresent()
                || past) {
            keep(passing, items, now, past);
        }
        return passing;
    }

    /** The kinds of which there can be any: only messages have a role, and only notes have what is asked of notes. */
    private static Set<ItemKind> wanted(Set<ItemKind> kinds, boolean byRole, boolean notesOnly) {
        Set<ItemKind> wanted =
                kinds.isEmpty() ? EnumSet.complementOf(EnumSet.of(ItemKind.PASSAGE)) : EnumSet.copyOf(kinds);
        if (byRole) {
            wanted.retainAll(Set.of(ItemKind.MESSAGE));
        }
        if (notesOnly) {
            // A passage has a collection in the place of a category.
            wanted.retainAll(kinds.contains(ItemKind.PASSAGE) ? Set.of(ItemKind.PASSAGE) : Set.of(ItemKind.NOTE));
        }
        return wanted;
    }

    /** Whether there is a condition that only notes can meet. */
    private static boolean asksForNotes(Optional<String> category, List<String> tags, Optional<Double> minImportance) {
        return category.isPresent() || !tags.isEmpty() || minImportance.isPresent();
    }

    /** Whether a note passes by what only notes have; an observation has none of it. */
    private boolean passes(ItemAttributes note, Instant now, boolean past) {
        return category.map(note.kind()::equals).orElse(true)
                && note.tags().containsAll(tags)
                && minImportance.map(least -> note.importance() >= least).orElse(true)
                && (superseded || ((past || !note.superseded()) && note.validAt(now)));
    }

    private void keep(BitSet passing, IndexSnapshot items, Instant now, boolean past) {
        int userNumber = user.map(items::user).orElse(IndexSnapshot.NONE);
        int heard = audience.map(items::user).orElse(IndexSnapshot.NONE);
        int nobody = items.user("");
        int group = session.map(items::groupOf).orElse(IndexSnapshot.NONE);
        long first = from.map(RecallFilter::firstMilliNotBefore).orElse(Long.MIN_VALUE);
        long beyond = to.map(RecallFilter::firstMilliNotBefore).orElse(Long.MAX_VALUE);
        long beyondNow = past && now.isBefore(LAST_MILLI) ? firstMilliNotBefore(now.plusNanos(1)) : Long.MAX_VALUE;
        for (int slot = passing.nextSetBit(0); slot >= 0; slot = passing.nextSetBit(slot + 1)) {
            long at = items.millis(slot);
            boolean passes = at >= first
                    && at < beyond
                    && at < beyondNow
                    && (user.isEmpty() || items.userOf(slot) == userNumber)
                    && (audience.isEmpty() || items.userOf(slot) == heard || items.userOf(slot) == nobody)
                    && (session.isEmpty() || isOf(session.get(), group, items, slot))
                    && (role.isEmpty()
                            || items.facts(slot).kind().equals(role.get().word()));
            if (!passes) {
                passing.clear(slot);
            }
        }
    }

    /** Items have times in whole milliseconds; bounds may be finer, and further than those reach. */
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

    private static boolean isOf(String session, int group, IndexSnapshot items, int slot) {
        return items.message(slot)
                ? items.group(slot) == group
                : items.facts(slot).session().equals(session);
    }
}
