package dev.stele.recall;

import dev.stele.model.Interaction;
import dev.stele.model.Message;
import dev.stele.model.Note;
import dev.stele.model.Role;
import dev.stele.model.Session;
import dev.stele.store.LineageView;
import dev.stele.store.StoreView;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Audience of one user: which items of a memory the user may see. It follows from who said an item, and for a derived
 * item from its lineage:
 *
 * <ul>
 *   <li>A message is seen by its user. A turn without a user belongs to the user of the turn that it answers, or else of
 *       its session; without either it is seen by everybody.
 *   <li>A note is seen by the user whom it is about. A note without a user, an observation and a relation are seen by
 *       those who may see all of their sources.
 *   <li>An entity is seen by those who may see one of its sources, since each of them names it.
 *   <li>What a caller wrote by hand without sources, and every document, is seen by everybody.
 * </ul>
 *
 * <p>Valid within one read of the store; not thread-safe.
 */
public final class Audience {

    /** Maximum number of turns before a reply in which the turn of a user is looked for. */
    private static final int MAX_TURNS_BEFORE = 20;

    /** Maximum number of sources of an entity that are looked at; one visible source is enough. */
    private static final int MAX_SOURCES = 500;

    private final StoreView view;
    private final String user;
    private final Map<Long, Boolean> seen = new HashMap<>();
    /** Messages and notes that were read at once for several items. */
    private final Map<Long, Message> messages = new HashMap<>();

    private final Map<Long, Note> notes = new HashMap<>();
    private final Set<Long> loaded = new HashSet<>();

    /**
     * Creates an audience.
     *
     * @param view view of the store
     * @param user id of the user
     */
    public Audience(StoreView view, String user) {
        this.view = view;
        this.user = user;
    }

    /**
     * Returns the ids of the items that the user may see. Ids of items that do not exist are left out.
     *
     * @param ids ids of messages, notes, entities, observations and passages
     */
    public Set<String> visible(Collection<String> ids) {
        var visible = new HashSet<String>();
        Map<Long, String> idsByNumber = view.lineage().ids(view.lineage().numbers(ids));
        load(idsByNumber.keySet());
        idsByNumber.forEach((number, id) -> {
            if (sees(number)) {
                visible.add(id);
            }
        });
        return visible;
    }

    /**
     * Returns whether the user may see an item.
     *
     * @param item number of the item
     */
    public boolean sees(long item) {
        Boolean decision = seen.get(item);
        if (decision == null) {
            seen.put(item, true); // lineage has no cycles; a defect in it must not end in a loop
            decision = decide(item);
            seen.put(item, decision);
        }
        return decision;
    }

    /** Reads messages and notes by number, each kind in one query. */
    private void load(Collection<Long> numbers) {
        messages.putAll(view.everyMessage(numbers));
        notes.putAll(view.notesByNumber(numbers));
        loaded.addAll(numbers);
    }

    private boolean decide(long item) {
        if (!loaded.contains(item)) {
            load(List.of(item));
        }
        Message message = messages.get(item);
        if (message != null) {
            return sees(message);
        }
        Note note = notes.get(item);
        if (note != null && note.body().user().isPresent()) {
            return isUser(note.body().user()) && (!note.category().equals(Note.SUMMARY) || seesAllSources(item));
        }
        if (!view.graph().entities(List.of(item)).isEmpty()) {
            List<Long> sources = view.lineage().sources(item);
            return sources.isEmpty()
                    || sources.stream()
                            .limit(MAX_SOURCES)
                            .anyMatch(source -> source == LineageView.CALLER || sees(source));
        }
        Optional<Interaction> interaction =
                view.reflection().interactions(List.of(item)).stream().findFirst();
        if (interaction.isPresent()) {
            return isUser(interaction.get().draft().user());
        }
        Optional<Optional<String>> expired = view.lineage().userOfExpired(item);
        return expired.map(this::isUser).orElseGet(() -> seesAllSources(item));
    }

    private boolean seesAllSources(long item) {
        return view.lineage().sources(item).stream().allMatch(source -> source == LineageView.CALLER || sees(source));
    }

    private boolean sees(Message message) {
        if (message.user().isPresent() || message.role() == Role.USER) {
            return isUser(message.user());
        }
        Optional<Message> answered = message.archived()
                ? Optional.empty()
                : view.before(message, MAX_TURNS_BEFORE).stream()
                        .filter(turn -> turn.role() == Role.USER)
                        .findFirst();
        return isUser(answered.flatMap(Message::user)
                .or(() -> view.session(message.session()).flatMap(Session::user)));
    }

    /** Returns whether the owner is the user, or there is no owner. */
    private boolean isUser(Optional<String> owner) {
        return owner.map(user::equals).orElse(true);
    }
}
