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
 * Audience of some users: which items of a memory all of them may see. It follows from who said an item, and for a
 * derived item from its lineage:
 *
 * <ul>
 *   <li>A message is seen by its user. A turn without a user belongs to the user of the turn that it answers, or else
 *       of its session; without either it is seen by everybody.
 *   <li>A message of a room, which is a session with declared participants, is seen by all of them.
 *   <li>A note, an observation and a relation are seen by those who may see all of their sources. A note about a user
 *       is seen by that user only, and by the others in the rooms in which all of its sources were said.
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

    /** Maximum number of sources that are read together in advance; further ones are read when they matter. */
    private static final int MAX_PRELOADED = 2_000;

    private final StoreView view;
    private final Set<String> users;
    private final Map<Long, Boolean> seen = new HashMap<>();
    /** Messages and notes that were read at once for several items. */
    private final Map<Long, Message> messages = new HashMap<>();

    private final Map<Long, Note> notes = new HashMap<>();
    private final Map<Long, List<Long>> sources = new HashMap<>();
    private final Set<Long> loaded = new HashSet<>();
    private final Map<String, Optional<Session>> sessions = new HashMap<>();

    /**
     * Creates an audience.
     *
     * @param view view of the store
     * @param users ids of the users, at least one
     */
    public Audience(StoreView view, Set<String> users) {
        this.view = view;
        this.users = Set.copyOf(users);
    }

    /** Creates the audience of a user whom the memory does not know: it sees what everybody sees. */
    public static Audience ofStranger(StoreView view) {
        return new Audience(view, Set.of("")); // no user has this id
    }

    /** Returns the ids of the rooms in which all of some users take part; none for no users. */
    static Set<String> sharedRooms(StoreView view, Set<String> users) {
        Set<String> rooms = null;
        for (String user : users) {
            if (rooms == null) {
                rooms = new HashSet<>(view.roomsOf(user));
            } else {
                rooms.retainAll(Set.copyOf(view.roomsOf(user)));
            }
        }
        return rooms == null ? Set.of() : rooms;
    }

    /**
     * Returns the ids of the items that the user may see. Ids of items that do not exist are left out.
     *
     * @param ids ids of messages, notes, entities, observations and passages
     */
    public Set<String> visible(Collection<String> ids) {
        var visible = new HashSet<String>();
        Map<Long, String> idsByNumber = view.lineage().ids(view.lineage().numbers(ids));
        prepare(idsByNumber.keySet());
        idsByNumber.forEach((number, id) -> {
            if (sees(number)) {
                visible.add(id);
            }
        });
        return visible;
    }

    /**
     * Reads several items and their sources at once, before {@link #sees} is asked about each of them.
     *
     * @param items numbers of the items
     */
    void prepare(Collection<Long> items) {
        load(items);
        load(sources.values().stream()
                .flatMap(List::stream)
                .filter(source -> !loaded.contains(source))
                .distinct()
                .limit(MAX_PRELOADED)
                .toList());
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

    /** Reads messages and notes by number, with the sources of the notes, each kind in one query. */
    private void load(Collection<Long> numbers) {
        messages.putAll(view.everyMessage(numbers));
        Map<Long, Note> found = view.notesByNumber(numbers);
        notes.putAll(found);
        Map<Long, List<Long>> lineage = view.lineage().sourcesOf(found.keySet());
        found.keySet().forEach(note -> sources.put(note, lineage.getOrDefault(note, List.of())));
        loaded.addAll(numbers);
    }

    private List<Long> sources(long item) {
        return sources.computeIfAbsent(item, view.lineage()::sources);
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
            return isUser(note.body().user()) ? seesAllSources(item) : wasSaidInRooms(item);
        }
        if (!view.graph().entities(List.of(item)).isEmpty()) {
            List<Long> named = sources(item);
            return named.isEmpty()
                    || named.stream()
                            .limit(MAX_SOURCES)
                            .anyMatch(source -> source == LineageView.CALLER || sees(source));
        }
        Optional<Interaction> interaction =
                view.reflection().interactions(List.of(item)).stream().findFirst();
        if (interaction.isPresent()) {
            return isUser(interaction.get().draft().user());
        }
        return view.lineage()
                .expired(item)
                .map(source -> inRoom(source.session()).orElseGet(() -> isUser(source.user())))
                .orElseGet(() -> seesAllSources(item));
    }

    private boolean seesAllSources(long item) {
        return sources(item).stream().allMatch(source -> source == LineageView.CALLER || sees(source));
    }

    /** Returns whether all sources of an item were said in rooms of the audience, or are notes that it may see. */
    private boolean wasSaidInRooms(long item) {
        List<Long> said = sources(item);
        return !said.isEmpty() && said.stream().allMatch(this::isOfRooms);
    }

    private boolean isOfRooms(long source) {
        if (!loaded.contains(source)) {
            load(List.of(source));
        }
        if (notes.containsKey(source)) {
            return sees(source);
        }
        return Optional.ofNullable(messages.get(source))
                .map(Message::session)
                .or(() -> view.lineage().expired(source).map(LineageView.ExpiredSource::session))
                .flatMap(this::inRoom)
                .orElse(false);
    }

    /** Returns whether the audience takes part in a room; empty if the session is no room. */
    private Optional<Boolean> inRoom(String id) {
        return session(id)
                .filter(Session::isRoom)
                .map(room -> room.participants().containsAll(users));
    }

    private Optional<Session> session(String id) {
        return sessions.computeIfAbsent(id, view::session);
    }

    private boolean sees(Message message) {
        Optional<Boolean> inRoom = inRoom(message.session());
        if (inRoom.isPresent()) {
            // One who left the room sees what they said themselves.
            return inRoom.get()
                    || message.user().map(Set::of).map(users::equals).orElse(false);
        }
        if (message.user().isPresent()) {
            return isUser(message.user());
        }
        Optional<Message> answered = message.archived() || message.role() == Role.USER
                ? Optional.empty()
                : view.before(message, MAX_TURNS_BEFORE).stream()
                        .filter(turn -> turn.role() == Role.USER)
                        .findFirst();
        return isUser(answered.flatMap(Message::user)
                .or(() -> session(message.session()).flatMap(Session::user)));
    }

    /** Returns whether the owner is the only user of the audience, or there is no owner. */
    private boolean isUser(Optional<String> owner) {
        return owner.map(Set::of).map(users::equals).orElse(true);
    }
}
