package dev.stele.store.sql;

import dev.stele.model.Cursor;
import dev.stele.model.Message;
import dev.stele.model.Role;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.StoreView.ArchivedMessage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Table of archived messages and their segments. */
final class ArchiveTable {

    private static final System.Logger LOG = System.getLogger(ArchiveTable.class.getName());

    private final SqlSession db;
    private final Archive archive;

    ArchiveTable(SqlSession db, Archive archive) {
        this.db = db;
        this.archive = archive;
    }

    /** Location of an archived message. */
    record Place(long number, String id, String session, Optional<String> user, long at, String segment) {}

    private static final String PLACE = "select number, id, session, \"user\", at, segment from {archived} ";

    private static Place place(ResultRow row) {
        return new Place(row.number(1), row.text(2), row.text(3), row.optionalText(4), row.number(5), row.text(6));
    }

    Optional<Message> byId(String id) {
        return db.first(PLACE + "where id = ?", ArchiveTable::place, id)
                .flatMap(place -> load(List.of(place)).stream().findFirst());
    }

    /** Returns messages by id. Reads each segment once. */
    List<Message> byIds(Collection<String> ids) {
        return load(db.list(PLACE + "where id in (select value from {texts ?1 k})", ArchiveTable::place, ids));
    }

    boolean holds(String id) {
        return db.number("select count(*) from {archived} where id = ?", id) > 0;
    }

    /** Returns an archived message with its revisions. */
    Optional<ArchivedMessage> whole(long number) {
        return db.first(PLACE + "where number = ?", ArchiveTable::place, number)
                .flatMap(place -> loadWhole(List.of(place)).stream().findFirst());
    }

    /** Returns the latest archived messages of a session before a cursor, latest first. */
    List<Message> before(String session, Cursor cursor, int limit) {
        return load(db.list(
                PLACE + "where session = ? and (at, number) < (?, ?) order by at desc, number desc limit ?",
                ArchiveTable::place,
                session,
                cursor.key(),
                cursor.number(),
                limit));
    }

    /** Returns the earliest messages of a session after a time and number, in order. */
    List<Place> after(String session, long at, long number, int limit) {
        return db.list(
                PLACE + "where session = ? and (at, number) > (?, ?) order by at, number limit ?",
                ArchiveTable::place,
                session,
                at,
                number,
                limit);
    }

    List<Place> ofUser(String user) {
        return db.list(PLACE + "where \"user\" = ?", ArchiveTable::place, user);
    }

    List<Place> ofSession(String session) {
        return db.list(PLACE + "where session = ?", ArchiveTable::place, session);
    }

    List<Place> byNumbers(Collection<Long> numbers) {
        return db.list(PLACE + "where number in (select value from {numbers ?1 k})", ArchiveTable::place, numbers);
    }

    /**
     * Returns the messages at the given locations. A message whose segment cannot be read has empty content, so that it
     * can be erased nevertheless.
     */
    List<Message> readable(List<Place> places) {
        var found = new ArrayList<Message>();
        Map<String, List<Place>> bySegment =
                places.stream().collect(Collectors.groupingBy(Place::segment, LinkedHashMap::new, Collectors.toList()));
        bySegment.forEach((segment, ofSegment) -> {
            try {
                found.addAll(load(ofSegment));
            } catch (StelePersistenceException e) {
                LOG.log(System.Logger.Level.WARNING, () -> "erasing without the texts of " + segment + ": " + e);
                ofSegment.forEach(place -> found.add(new Message(
                        place.number(),
                        place.id(),
                        place.session(),
                        place.user(),
                        Role.USER,
                        "",
                        Instant.ofEpochMilli(place.at()),
                        Optional.empty(),
                        true,
                        Map.of())));
            }
        });
        return found;
    }

    /** Returns whether there is an archived message; unlike a count, without reading all of them. */
    boolean isAny() {
        return db.number("select count(*) from (select 1 from {archived} limit 1) first") > 0;
    }

    long count() {
        return db.number("select count(*) from {archived}");
    }

    /**
     * Passes all archived messages to a consumer. A damaged segment is left out as a whole, since its messages may be
     * damaged, too.
     *
     * @param damaged receives a description of each segment that was left out
     */
    void each(Consumer<ArchivedMessage> to, Consumer<String> damaged) {
        for (Archive.Segment segment : segments()) {
            var liveNumbers = new HashSet<>(
                    db.list("select number from {archived} where segment = ?", row -> row.number(1), segment.name()));
            Optional<String> damage = damage(segment);
            if (damage.isPresent()) {
                damaged.accept(damage.get() + "; it has " + liveNumbers.size() + " messages");
                continue;
            }
            archive.parse(segment.name(), archived -> {
                if (liveNumbers.contains(archived.message().number())) {
                    to.accept(archived);
                }
            });
        }
    }

    /** Returns what is wrong with the file of a segment; empty if nothing is. */
    private Optional<String> damage(Archive.Segment segment) {
        try {
            return archive.sha256(segment.name()).equals(segment.sha256())
                    ? Optional.empty()
                    : Optional.of("the archive segment " + segment.name() + " does not agree with its checksum");
        } catch (StelePersistenceException e) {
            return Optional.of("the archive segment " + segment.name() + " cannot be read: " + e.getMessage());
        }
    }

    List<Archive.Segment> segments() {
        return segmentsWhere("");
    }

    private Archive.Segment segment(String name) {
        return segmentsWhere("where name = ?", name).stream()
                .findFirst()
                .orElseThrow(() -> new StelePersistenceException.Corrupt(
                        "The archive segment " + name
                                + " is not known to the database; restore the agent from a backup.",
                        null));
    }

    private List<Archive.Segment> segmentsWhere(String condition, Object... arguments) {
        return db.list(
                "select name, messages, sha256 from {archive_segment} " + condition + " order by name",
                row -> new Archive.Segment(row.text(1), row.integer(2), row.text(3)),
                arguments);
    }

    /** Returns segments whose file contains messages that were deleted since. */
    List<Archive.Segment> stale() {
        return segments().stream()
                .filter(segment -> db.number("select count(*) from {archived} where segment = ?", segment.name())
                        != segment.messages())
                .toList();
    }

    List<ArchivedMessage> messagesOf(Archive.Segment segment) {
        return loadWhole(db.list(PLACE + "where segment = ?", ArchiveTable::place, segment.name()));
    }

    void addSegment(Archive.Segment segment) {
        db.insert("archive_segment", "name, messages, sha256", segment.name(), segment.messages(), segment.sha256());
    }

    void dropSegment(String name) {
        db.delete("archive_segment", "name = ?", name);
    }

    void moveTo(String from, String to) {
        db.change("archived", "segment = ?", "segment = ?", to, from);
    }

    void add(Message message, String segment) {
        db.insert(
                "archived",
                "number, id, session, \"user\", at, segment",
                message.number(),
                message.id(),
                message.session(),
                message.user().orElse(null),
                message.at().toEpochMilli(),
                segment);
    }

    void remove(long number) {
        db.delete("archived", "number = ?", number);
    }

    void verify(Consumer<String> problem) {
        segments().forEach(segment -> damage(segment).ifPresent(problem));
        db.each(
                "select id, segment from {archived a} where not exists (select 1 from {archive_segment s} where s.name = a.segment)",
                row -> problem.accept(
                        "archived message " + row.text(1) + " names a segment that is not known: " + row.text(2)));
    }

    private List<Message> load(List<Place> places) {
        return loadWhole(places).stream().map(ArchivedMessage::message).toList();
    }

    /** Returns the messages at the given locations, in the order of the locations. Reads each segment once. */
    private List<ArchivedMessage> loadWhole(List<Place> places) {
        Map<Long, Optional<ArchivedMessage>> messagesByNumber = new LinkedHashMap<>();
        places.forEach(place -> messagesByNumber.put(place.number(), Optional.empty()));
        places.stream()
                .map(Place::segment)
                .distinct()
                .forEach(segment -> archive.read(segment(segment), archived -> {
                    if (messagesByNumber.containsKey(archived.message().number())) {
                        messagesByNumber.put(archived.message().number(), Optional.of(archived));
                    }
                }));
        var loaded = new ArrayList<ArchivedMessage>();
        messagesByNumber.values().forEach(archived -> archived.ifPresent(loaded::add));
        return loaded;
    }
}
