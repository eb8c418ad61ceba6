package dev.stele.fault;

import dev.stele.AgentMemory;
import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.document.Section;
import dev.stele.fault.ApiModel.Known;
import dev.stele.fault.ApiModel.Noted;
import dev.stele.fault.ApiModel.Related;
import dev.stele.fault.ApiModel.Said;
import dev.stele.model.AgentBusyException;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.EntityDraft;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Observation;
import dev.stele.model.ObservationDraft;
import dev.stele.model.Page;
import dev.stele.model.RelationDraft;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallQuery;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Runs operations of the whole API that are drawn by chance, keeps a plain model of what they must have done, and
 * compares the memory with the model. Actors of all threads and processes share an agent; each changes only items of
 * its own there, and counts on a context that all share. For one thread.
 */
final class ApiActor {

    /** Agent that all actors share. */
    static final AgentName SHARED = new AgentName("shared");

    /** User whose interactions all actors count. */
    static final String COUNTER = "counter";

    /** Number of steps between two comparisons of everything. */
    private static final int STEPS_BETWEEN_COMPARISONS = 250;

    private static final int MAX_LISTED = 100;

    private final Stele stele;
    private final AgentMemory shared;
    private final Path files;
    private final String name;
    private final Random random;
    private final ApiModel model = new ApiModel();
    /** Messages of the agent that only this actor uses. */
    private List<String> own = new ArrayList<>();

    private Optional<List<String>> ownInBackup = Optional.empty();
    private final AgentName ownAgent;
    private final Map<String, Integer> operations = new TreeMap<>();
    private long counted;
    private int next;

    /**
     * @param files directory for backups
     * @param name lower-case letters and digits that no other actor has
     */
    ApiActor(Stele stele, Path files, String name, long seed) {
        this.stele = stele;
        this.shared = stele.agent(SHARED);
        this.files = files;
        this.name = name;
        this.random = new Random(seed);
        this.ownAgent = new AgentName("own-" + name);
    }

    /** An operation and how often it is drawn. */
    private record Choice(String name, int weight, Step step) {}

    private interface Step {
        void run() throws Exception;
    }

    private List<Choice> choices() {
        return List.of(
                new Choice("remember", 200, this::remember),
                new Choice("repeat a message", 20, this::repeatMessage),
                new Choice("remember with a key", 40, this::rememberWithKey),
                new Choice("edit a message", 60, this::editMessage),
                new Choice("erase a message", 40, this::eraseMessage),
                new Choice("name a session", 40, this::nameSession),
                new Choice("end a session", 10, this::endSession),
                new Choice("share a session", 10, this::shareSession),
                new Choice("erase a session", 10, this::eraseSession),
                new Choice("note", 80, this::note),
                new Choice("change a note", 60, this::changeNote),
                new Choice("supersede a note", 20, this::supersedeNote),
                new Choice("erase a note", 20, this::eraseNote),
                new Choice("change a user", 60, this::changeUser),
                new Choice("count an interaction", 60, this::count),
                new Choice("erase a user", 10, this::eraseUser),
                new Choice("put an entity", 60, this::putEntity),
                new Choice("observe", 40, this::observe),
                new Choice("relate", 40, this::relate),
                new Choice("rename an entity", 20, this::renameEntity),
                new Choice("merge entities", 20, this::mergeEntities),
                new Choice("erase an entity", 10, this::eraseEntity),
                new Choice("add a document", 10, this::addDocument),
                new Choice("erase a document", 5, this::eraseDocument),
                new Choice("recall", 60, this::recall),
                new Choice("refused input", 20, this::refusedInput),
                new Choice("remember alone", 40, this::rememberAlone),
                new Choice("back up", 4, this::backUp),
                new Choice("restore", 6, this::restore),
                new Choice("forget an agent", 3, this::forgetAgent),
                new Choice("retention", 3, this::retention),
                new Choice("export and import", 1, this::exportAndImport),
                new Choice("back up and restore as another", 1, this::backUpAndRestoreAsAnother));
    }

    /** Runs steps; throws if the memory does not do what the model says. */
    void run(int steps) throws Exception {
        List<Choice> choices = choices();
        int total = choices.stream().mapToInt(Choice::weight).sum();
        for (int step = 0; step < steps; step++) {
            int drawn = random.nextInt(total);
            int index = 0;
            while (drawn >= choices.get(index).weight()) {
                drawn -= choices.get(index).weight();
                index++;
            }
            Choice choice = choices.get(index);
            operations.merge(choice.name(), 1, Integer::sum);
            try {
                choice.step().run();
            } catch (Exception | AssertionError e) {
                throw new AssertionError("actor " + name + ", step " + step + ": " + choice.name(), e);
            }
            if (step % STEPS_BETWEEN_COMPARISONS == STEPS_BETWEEN_COMPARISONS - 1) {
                compare(shared);
            }
        }
        compare(shared);
        compareOwn();
    }

    /** Returns how many interactions of the shared user this actor has counted. */
    long counted() {
        return counted;
    }

    Map<String, Integer> operations() {
        return operations;
    }

    private String fresh(String prefix) {
        return prefix + "-" + name + "-" + next++;
    }

    private <T> Optional<T> any(Collection<T> items) {
        return items.isEmpty()
                ? Optional.empty()
                : items.stream().skip(random.nextInt(items.size())).findFirst();
    }

    /** Returns the session of the interactions of a user. */
    private static String sessionOf(String user) {
        return "of-" + user;
    }

    private String session() {
        return "s-" + name + "-" + random.nextInt(4);
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    private static void requireEqual(Object actual, Object expected, String what) {
        if (!actual.equals(expected)) {
            throw new AssertionError(what + ": expected " + expected + " but was " + actual);
        }
    }

    private interface Call {
        void run() throws Exception;
    }

    private static void requireRefused(Class<? extends Exception> type, Call call) throws Exception {
        try {
            call.run();
        } catch (Exception e) {
            if (type.isInstance(e)) {
                return;
            }
            throw e;
        }
        throw new AssertionError("expected a " + type.getSimpleName());
    }

    private MessageDraft draft(String id, String session, String user) {
        return MessageDraft.user(session, user, "text of " + id).withId(id);
    }

    private void keep(MessageDraft draft) {
        model.messages.put(
                draft.id().orElseThrow(), new Said(draft.session(), draft.user(), draft.role(), draft.content()));
    }

    private void remember() {
        String session = session();
        var drafts = new ArrayList<MessageDraft>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            drafts.add(draft(fresh("m"), session, "u-" + name));
        }
        if (random.nextBoolean()) {
            // No word of it occurs in a message of a user; otherwise it would be erased with that message.
            drafts.add(MessageDraft.assistant(session, "Fine, go ahead!").withId(fresh("m")));
        }
        List<Message> stored = shared.remember(drafts);
        requireEqual(
                stored.stream().map(Message::content).toList(),
                drafts.stream().map(MessageDraft::content).toList(),
                "stored messages");
        drafts.forEach(this::keep);
    }

    private void repeatMessage() throws Exception {
        Optional<String> id = any(model.messages.keySet());
        if (id.isPresent()) {
            Said said = model.messages.get(id.get());
            MessageDraft other = MessageDraft.of(said.session(), said.role(), "other " + fresh("x"))
                    .withId(id.get());
            requireRefused(ConflictException.class, () -> shared.remember(other));
        }
    }

    private void rememberWithKey() {
        var drafts = List.of(draft(fresh("m"), session(), "u-" + name), draft(fresh("m"), session(), "u-" + name));
        Optional<String> key = Optional.of(fresh("key"));
        List<Message> first = shared.remember(drafts, key);
        requireEqual(shared.remember(drafts, key), first, "repeated call with a key");
        drafts.forEach(this::keep);
    }

    private void editMessage() {
        any(model.messages.keySet()).ifPresent(id -> {
            String content = "edited " + fresh("x");
            try {
                shared.editMessage(id, content);
                Said said = model.messages.get(id);
                model.messages.put(id, new Said(said.session(), said.user(), said.role(), content));
                // What was derived from the former text remains.
            } catch (ConflictException e) {
                require(shared.message(id).orElseThrow().archived(), "an edit was refused: " + e.getMessage());
            }
        });
    }

    private void eraseMessage() throws Exception {
        Optional<String> id = any(model.messages.keySet());
        if (id.isPresent()) {
            shared.deleteMessage(id.get());
            model.eraseMessage(id.get());
            requireRefused(NotFoundException.class, () -> shared.deleteMessage(id.get()));
        }
    }

    private void nameSession() {
        any(model.sessions()).ifPresent(session -> {
            String title = "title " + fresh("x");
            shared.sessions().title(session, Optional.of(title));
            model.titles.put(session, title);
        });
    }

    private void endSession() {
        any(model.sessions())
                .ifPresent(session ->
                        require(shared.sessions().end(session).endedAt().isPresent(), "an ended session"));
    }

    private void shareSession() {
        any(model.sessions()).ifPresent(session -> {
            Set<String> users = new TreeSet<>(Set.of("u-" + name, "guest-" + name));
            shared.sessions().get(session).flatMap(Session::user).ifPresent(users::add);
            requireEqual(
                    new TreeSet<>(
                            shared.sessions().setParticipants(session, users).participants()),
                    users,
                    "participants");
            shared.sessions().setParticipants(session, Set.of());
        });
    }

    private void eraseSession() throws Exception {
        Optional<String> session = any(model.sessions());
        if (session.isPresent()) {
            shared.sessions().delete(session.get());
            model.eraseSession(session.get());
            requireRefused(NotFoundException.class, () -> shared.sessions().delete(session.get()));
        }
    }

    private void note() {
        String id = fresh("n");
        Optional<String> source = random.nextInt(3) == 0 ? any(model.messages.keySet()) : Optional.empty();
        NoteDraft draft = NoteDraft.of("fact", "content of " + id).withId(id);
        if (source.isPresent()) {
            draft = draft.withProvenance(List.of(source.get()));
        }
        shared.notes().create(draft);
        model.notes.put(id, new Noted(draft.content(), Optional.empty(), source, Optional.empty()));
    }

    private void changeNote() {
        any(model.notes.keySet()).ifPresent(id -> {
            Noted before = model.notes.get(id);
            String content = "changed " + fresh("x");
            shared.notes()
                    .update(id, note -> note.body().toBuilder().content(content).build());
            model.notes.put(id, new Noted(content, before.user(), before.source(), before.supersededBy()));
        });
    }

    private void supersedeNote() throws Exception {
        Optional<String> id = any(model.notes.keySet());
        if (id.isPresent()) {
            Noted before = model.notes.get(id.get());
            String replacement = fresh("n");
            NoteDraft draft = NoteDraft.of("fact", "replacement " + replacement).withId(replacement);
            if (before.supersededBy().isPresent()) {
                requireRefused(ConflictException.class, () -> shared.notes().supersede(id.get(), draft));
            } else {
                shared.notes().supersede(id.get(), draft);
                model.notes.put(
                        id.get(),
                        new Noted(before.content(), before.user(), before.source(), Optional.of(replacement)));
                // The new text is the caller's own.
                model.notes.put(
                        replacement, new Noted(draft.content(), Optional.empty(), Optional.empty(), Optional.empty()));
            }
        }
    }

    private void eraseNote() {
        // One that takes part in no replacement, as what an erasure does to the other one is another test's subject.
        any(model.notes.entrySet().stream()
                        .filter(entry -> entry.getValue().supersededBy().isEmpty())
                        .map(Map.Entry::getKey)
                        .filter(id -> model.notes.values().stream()
                                .noneMatch(note -> note.supersededBy().equals(Optional.of(id))))
                        .toList())
                .ifPresent(id -> {
                    shared.notes().delete(id);
                    model.eraseNote(id);
                });
    }

    private String user() {
        return "user-" + name + "-" + random.nextInt(5);
    }

    private void changeUser() {
        String user = user();
        String key = "p" + random.nextInt(10);
        String value = fresh("v");
        UserContext context = shared.users().update(user, seen -> seen.withPreference(key, value));
        model.users.computeIfAbsent(user, _ -> new TreeMap<>()).put(key, value);
        requireEqual(new TreeMap<>(context.preferences()), model.users.get(user), "preferences");
        if (random.nextInt(3) == 0) {
            // With messages and a note, so that there is something to erase with the user.
            MessageDraft draft = draft(fresh("m"), sessionOf(user), user);
            shared.recordInteraction(user, List.of(draft), Optional.empty());
            keep(draft);
            model.conversations.merge(user, 1L, Long::sum);
            String note = fresh("n");
            shared.notes()
                    .create(NoteDraft.of("fact", "about " + note).withId(note).withUser(user));
            model.notes.put(note, new Noted("about " + note, Optional.of(user), Optional.empty(), Optional.empty()));
        }
    }

    private void count() {
        shared.users().recordInteraction(COUNTER, Instant.now());
        counted++;
    }

    private void eraseUser() {
        any(model.users.keySet()).ifPresent(user -> {
            shared.users().forget(user);
            model.eraseUser(user, sessionOf(user));
            require(shared.users().get(user).isEmpty(), "an erased user");
        });
    }

    private void putEntity() {
        String entity = fresh("Entity");
        String observation = "knows " + fresh("x");
        shared.graph().put(EntityDraft.of("person", entity, observation));
        model.entities.put(entity, new Known(new TreeSet<>(), new TreeSet<>(Set.of(observation))));
    }

    private void observe() {
        any(model.entities.keySet()).ifPresent(entity -> {
            String observation = "likes " + fresh("x");
            Known known = model.entities.get(entity);
            // By any of its names.
            String called = any(known.aliases()).orElse(entity);
            shared.graph().observe(called, List.of(ObservationDraft.of(observation)));
            known.observations().add(observation);
        });
    }

    private void relate() {
        Optional<String> from = any(model.entities.keySet());
        Optional<String> to = any(model.entities.keySet());
        if (from.isPresent() && !from.equals(to)) {
            var related = new Related(from.get(), "visits", to.orElseThrow());
            shared.graph().relate(RelationDraft.of(related.from(), related.type(), related.to()));
            if (!model.relations.contains(related)) {
                model.relations.add(related);
            }
        }
    }

    private void renameEntity() throws Exception {
        Optional<String> before = any(model.entities.keySet());
        if (before.isPresent()) {
            String after = fresh("Entity");
            shared.graph().rename(before.get(), after);
            model.rename(before.get(), after);
        }
    }

    private void mergeEntities() {
        Optional<String> kept = any(model.entities.keySet());
        Optional<String> gone = any(model.entities.keySet());
        if (kept.isPresent() && !kept.equals(gone) && !related(kept.get(), gone.orElseThrow())) {
            shared.graph().merge(kept.get(), gone.get());
            model.merge(kept.get(), gone.get());
        }
    }

    private boolean related(String one, String other) {
        return model.relations.stream()
                .anyMatch(related -> (related.from().equals(one) && related.to().equals(other))
                        || (related.from().equals(other) && related.to().equals(one)));
    }

    private void eraseEntity() {
        any(model.entities.keySet()).ifPresent(entity -> {
            shared.graph().delete(entity);
            model.eraseEntity(entity);
        });
    }

    private void addDocument() {
        String id = fresh("d");
        shared.documents()
                .add(Documents.Draft.of(
                        "papers-" + name,
                        Optional.of(id),
                        "Paper " + id,
                        List.of(new Section("Tea", ("Tea of " + id + " is a drink. ").repeat(10)))));
        model.documents.put(id, "Paper " + id);
    }

    private void eraseDocument() {
        any(model.documents.keySet()).ifPresent(id -> {
            shared.documents().delete("papers-" + name, id);
            model.documents.remove(id);
        });
    }

    private void recall() {
        String word = "word" + fresh("").replace("-", "");
        MessageDraft draft =
                MessageDraft.user(session(), "u-" + name, "I say " + word).withId(fresh("m"));
        shared.remember(draft);
        keep(draft);
        List<String> found =
                shared.recall(RecallQuery.of(word)).hits().stream().map(Hit::id).toList();
        require(found.contains(draft.id().orElseThrow()), "what was just said is recalled, and not only " + found);
    }

    private void refusedInput() throws Exception {
        requireRefused(InvalidInputException.class, () -> shared.remember(MessageDraft.user("s", "", "x")));
        requireRefused(NotFoundException.class, () -> shared.notes().update("no-" + name, note -> note.body()));
        requireRefused(NotFoundException.class, () -> shared.graph().get("nobody " + name));
        require(shared.message("no-" + name).isEmpty(), "a message that is not there");
    }

    private void rememberAlone() {
        String content = "alone " + fresh("x");
        stele.agent(ownAgent).remember(MessageDraft.user("s", name, content));
        own.add(content);
    }

    private Path backupFile() {
        return files.resolve(name + ".stele");
    }

    private void backUp() throws Exception {
        if (!own.isEmpty()) {
            stele.agent(ownAgent).backup(backupFile());
            ownInBackup = Optional.of(List.copyOf(own));
        }
    }

    private void restore() {
        if (ownInBackup.isPresent()) {
            stele.restore(backupFile(), Optional.empty(), true);
            own = new ArrayList<>(ownInBackup.get());
            compareOwn();
        }
    }

    private void forgetAgent() {
        if (!own.isEmpty()) {
            stele.forget(ownAgent);
            own = new ArrayList<>();
            require(!stele.exists(ownAgent), "a forgotten agent");
        }
    }

    private void compareOwn() {
        if (own.isEmpty()) {
            require(!stele.exists(ownAgent), "an agent without messages was not made");
        } else {
            requireEqual(
                    messages(stele.agent(ownAgent), "s").stream()
                            .map(Message::content)
                            .toList(),
                    own,
                    "messages of the agent of this actor");
        }
    }

    private void retention() {
        try {
            shared.runMaintenance();
        } catch (AgentBusyException e) {
            // Other actors maintain the agent, or have its archive locked.
        }
    }

    private void exportAndImport() throws Exception {
        var text = new StringWriter();
        require(shared.export(text).damaged().isEmpty(), "an export leaves nothing out");
        var copy = new AgentName("import-" + name + "-" + next++);
        var report = stele.agent(copy).importFrom(new StringReader(text.toString()), _ -> {});
        requireEqual(report.bad(), 0L, "rejected lines of an import");
        compare(stele.agent(copy));
        stele.forget(copy);
    }

    private void backUpAndRestoreAsAnother() throws Exception {
        Path backup = files.resolve("shared-" + name + ".stele");
        shared.backup(backup);
        var copy = new AgentName("copy-" + name + "-" + next++);
        stele.restore(backup, Optional.of(copy), false);
        compare(stele.agent(copy));
        requireRefused(ConflictException.class, () -> stele.restore(backup, Optional.of(copy), false));
        stele.forget(copy);
        Files.delete(backup);
    }

    private static List<Message> messages(AgentMemory memory, String session) {
        var messages = new ArrayList<Message>();
        Optional<String> before = Optional.empty();
        do {
            Page<Message> page = memory.sessions().messages(session, MAX_LISTED, before, true);
            messages.addAll(0, page.items());
            before = page.next();
        } while (before.isPresent());
        return messages;
    }

    /** Compares all that this actor has written with the model. */
    private void compare(AgentMemory memory) {
        String place = memory.name() + ": ";
        for (String session : model.sessions()) {
            List<String> expected = model.idsIn(session).stream()
                    .map(id -> id + " " + model.messages.get(id))
                    .toList();
            List<String> actual = messages(memory, session).stream()
                    .map(message -> message.id() + " "
                            + new Said(message.session(), message.user(), message.role(), message.content()))
                    .toList();
            requireEqual(actual, expected, place + "messages of " + session);
            Optional<String> title =
                    memory.sessions().get(session).orElseThrow().title();
            requireEqual(title, Optional.ofNullable(model.titles.get(session)), place + "title of " + session);
        }
        model.notes.forEach((id, noted) -> {
            Note note = memory.notes().get(id).orElseThrow(() -> new AssertionError(place + "no note " + id));
            requireEqual(note.content(), noted.content(), place + "note " + id);
            requireEqual(note.body().user(), noted.user(), place + "user of note " + id);
            requireEqual(note.supersededBy(), noted.supersededBy(), place + "successor of note " + id);
        });
        model.users.forEach((user, preferences) -> {
            UserContext context =
                    memory.users().get(user).orElseThrow(() -> new AssertionError(place + "no user " + user));
            requireEqual(new TreeMap<>(context.preferences()), preferences, place + "user " + user);
            requireEqual(
                    context.conversations(),
                    model.conversations.getOrDefault(user, 0L),
                    place + "interactions of user " + user);
        });
        model.entities.forEach((entity, known) -> {
            var described = memory.graph().get(entity);
            requireEqual(described.entity().name(), entity, place + "entity");
            requireEqual(
                    new TreeSet<>(described.observations().stream()
                            .map(Observation::content)
                            .toList()),
                    known.observations(),
                    place + "observations of " + entity);
            known.aliases()
                    .forEach(alias -> requireEqual(
                            memory.graph().get(alias).entity().name(), entity, place + "other name " + alias));
            Set<Related> relations = new HashSet<>();
            described
                    .relations()
                    .forEach(relation -> relations.add(new Related(
                            relation.from().name(),
                            relation.type(),
                            relation.to().name())));
            Set<Related> expected = new HashSet<>(model.relations);
            expected.removeIf(
                    related -> !related.from().equals(entity) && !related.to().equals(entity));
            requireEqual(relations, expected, place + "relations of " + entity);
        });
        var documents = new TreeMap<String, String>();
        Optional<String> after = Optional.empty();
        do {
            var page = memory.documents().list(Optional.of("papers-" + name), MAX_LISTED, after);
            page.items().forEach(document -> documents.put(document.id(), document.title()));
            after = page.next();
        } while (after.isPresent());
        requireEqual(documents, model.documents, place + "documents");
        // Nothing that was erased has come back.
        for (int i = 0; i < 5; i++) {
            int number = random.nextInt(next + 1);
            String message = "m-" + name + "-" + number;
            requireEqual(
                    memory.message(message).isPresent(),
                    model.messages.containsKey(message),
                    place + "existence of message " + message);
            String note = "n-" + name + "-" + number;
            requireEqual(
                    memory.notes().get(note).isPresent(),
                    model.notes.containsKey(note),
                    place + "existence of note " + note);
        }
    }
}
