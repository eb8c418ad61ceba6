package dev.stele.store.sql;

import dev.stele.model.ChangeKind;
import dev.stele.model.Document;
import dev.stele.model.Json;
import dev.stele.model.Passage;
import dev.stele.store.DocumentEdit;
import dev.stele.store.IndexEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Write access to documents and their passages, inside one transaction. */
final class DocumentWrites extends DocumentTables implements DocumentEdit {

    private final IndexTables index;
    private final ChangeLog log;
    private final LineageWrites lineage;

    DocumentWrites(SqlSession db, IndexTables index, LineageWrites lineage, ChangeLog log) {
        super(db);
        this.lineage = lineage;
        this.index = index;
        this.log = log;
    }

    @Override
    public Document add(Document draft) {
        long number = log.change(ChangeKind.DOCUMENT_ADDED, 0, draft.id());
        Document added = Document.fromJson(number, Json.readObject("document", Json.write(draft.toJson())));
        put(added);
        return added;
    }

    @Override
    public void update(Document document) {
        put(document);
        log.change(ChangeKind.DOCUMENT_UPDATED, 0, document.id());
    }

    private void put(Document document) {
        String json = Json.write(document.toJson());
        db.put(
                "document",
                1,
                "number, id, collection, hash, json, crc",
                document.number(),
                document.id(),
                document.collection(),
                document.hash(),
                json,
                Checksum.of(document.number(), document.id(), json));
    }

    @Override
    public Passage add(Passage draft, IndexEntry indexing) {
        long number = log.creation(ChangeKind.PASSAGE_ADDED, draft.id());
        Passage added = draft.numbered(number);
        db.insert(
                "passage",
                "number, id, document, position, heading, content, hash, at, length, traits, form, crc",
                number,
                added.id(),
                added.document(),
                added.position(),
                added.heading(),
                added.content(),
                added.hash(),
                added.at().toEpochMilli(),
                indexing.length(),
                indexing.traits(),
                indexing.form(),
                Checksum.of(number, added.id(), added.content()));
        index.add(number, indexing);
        lineage.derive(number, List.of(added.document()));
        return added;
    }

    @Override
    public void move(Passage passage, int position) {
        db.change("passage", "position = ?", "number = ?", position, passage.number());
    }

    @Override
    public void update(Passage stored, Passage changed, IndexEntry indexing) {
        long number = stored.number();
        db.change(
                "passage",
                "position = ?, heading = ?, content = ?, hash = ?, at = ?, length = ?, traits = ?, form = ?, crc = ?",
                "number = ?",
                changed.position(),
                changed.heading(),
                changed.content(),
                changed.hash(),
                changed.at().toEpochMilli(),
                indexing.length(),
                indexing.traits(),
                indexing.form(),
                Checksum.of(number, stored.id(), changed.content()),
                number);
        index.remove(number);
        index.add(number, indexing);
        lineage.adopt(stored.document(), number);
        // As for a new passage: a vector that another thread computes of the former text is not stored.
        log.change(ChangeKind.PASSAGE_ADDED, number, stored.id());
        log.scrub();
    }

    private void delete(Passage passage) {
        db.delete("passage", "number = ?", passage.number());
        lineage.remove(passage.number());
        index.remove(passage.number());
        log.change(ChangeKind.PASSAGE_DELETED, passage.number(), null);
        log.erase(passage.number());
    }

    @Override
    public Set<String> share(Document document, Collection<String> hashes) {
        record Stored(long passage, String hash) {}
        unshare(document);
        if (hashes.isEmpty()) {
            return Set.of();
        }
        List<Stored> stored = db.list(
                "select p.number, p.hash from {passage p} join {document d} on d.number = p.document"
                        + " where p.hash in (select value from {texts ?1 t}) and d.collection = ?2 and d.number <> ?3",
                row -> new Stored(row.number(1), row.text(2)),
                hashes,
                document.collection(),
                document.number());
        stored.forEach(passage -> lineage.add(document.number(), passage.passage()));
        return stored.stream().map(Stored::hash).collect(Collectors.toSet());
    }

    /** Removes a document from the passages that are stored with other documents. */
    private void unshare(Document document) {
        db.list(
                        "select p.number from {passage p} join {lineage l} on l.item = p.number"
                                + " where l.source = ?1 and p.document <> ?1",
                        row -> row.number(1),
                        document.number())
                .forEach(passage -> lineage.unshare(passage, document.number()));
    }

    @Override
    public Optional<Passage> release(Passage passage, Document document) {
        lineage.adopt(document.number(), passage.number());
        Optional<Passage> handedOver = handOver(passage, document);
        if (handedOver.isEmpty()) {
            lineage.release(passage.number());
        }
        return handedOver;
    }

    /** Hands a passage over to another document that shares it; deletes it and returns nothing if there is none. */
    private Optional<Passage> handOver(Passage passage, Document document) {
        lineage.unshare(passage.number(), document.number());
        Optional<Document> other = lineage.sources(passage.number()).stream()
                .flatMap(number -> document(number).stream())
                .findFirst();
        if (other.isEmpty()) {
            delete(passage);
            return Optional.empty();
        }
        Document heir = other.get();
        long position =
                db.number("select coalesce(max(position), -1) + 1 from {passage} where document = ?", heir.number());
        db.change(
                "passage",
                "document = ?, position = ?, heading = ''",
                "number = ?",
                heir.number(),
                position,
                passage.number());
        update(heir.withPassages(heir.passages() + 1));
        return passagesByNumber(List.of(passage.number())).values().stream().findFirst();
    }

    private Optional<Document> document(long number) {
        return db.first("select number, json from {document} where number = ?", DocumentTables::document, number);
    }

    @Override
    public List<Passage> delete(Document document) {
        var handedOver = new ArrayList<Passage>();
        for (Passage passage : passages(document.number())) {
            handOver(passage, document).ifPresent(handedOver::add);
        }
        unshare(document);
        db.delete("document", "number = ?", document.number());
        log.change(ChangeKind.DOCUMENT_DELETED, 0, document.id());
        log.erase(document.id());
        return handedOver;
    }
}
