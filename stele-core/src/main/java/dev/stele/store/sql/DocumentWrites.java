package dev.stele.store.sql;

import dev.stele.model.ChangeKind;
import dev.stele.model.Document;
import dev.stele.model.Json;
import dev.stele.model.Passage;
import dev.stele.store.DocumentEdit;
import dev.stele.store.IndexEntry;

/** Write access to documents and their passages, inside one transaction. */
final class DocumentWrites extends DocumentTables implements DocumentEdit {

    private final IndexTables index;
    private final ChangeLog log;

    DocumentWrites(SqlSession db, IndexTables index, ChangeLog log) {
        super(db);
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
                "number, id, document, position, heading, content, hash, at, length, traits, crc",
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
                Checksum.of(number, added.id(), added.content()));
        index.add(number, indexing);
        return added;
    }

    @Override
    public void move(Passage passage, int position) {
        db.change("passage", "position = ?", "number = ?", position, passage.number());
    }

    @Override
    public void delete(Passage passage) {
        db.delete("passage", "number = ?", passage.number());
        index.remove(passage.number());
        log.change(ChangeKind.PASSAGE_DELETED, passage.number(), null);
        log.erase(passage.number());
    }

    @Override
    public void delete(Document document) {
        passages(document.number()).forEach(this::delete);
        db.delete("document", "number = ?", document.number());
        log.change(ChangeKind.DOCUMENT_DELETED, 0, document.id());
        log.erase(document.id());
    }
}
