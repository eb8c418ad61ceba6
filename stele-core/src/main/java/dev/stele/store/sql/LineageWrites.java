package dev.stele.store.sql;

import dev.stele.model.Message;
import dev.stele.store.LineageEdit;
import java.util.Collection;
import java.util.List;

/** Write access to lineage inside one transaction. */
final class LineageWrites extends LineageTable implements LineageEdit {

    /** Number of the latest change before the current edit; items with a higher number are new. */
    private long before;

    LineageWrites(SqlSession db, long before) {
        super(db);
        this.before = before;
    }

    /** @param lastChange number of the latest change before the edit that begins */
    void begin(long lastChange) {
        before = lastChange;
    }

    @Override
    public void derive(long item, Collection<Long> sources) {
        if (sources.isEmpty()) {
            return;
        }
        if (item <= before && !db.any("select 1 from {lineage} where item = ? limit 1", item)) {
            add(CALLER, item);
        }
        for (long source : sources) {
            if (source != item) {
                add(source, item);
            }
        }
    }

    /** Adds the items with the given ids as sources; unknown ids are ignored. */
    void derive(long item, List<String> ids) {
        derive(item, numbers(ids));
    }

    /** Removes one source of one item. */
    void unshare(long item, long source) {
        db.delete("lineage", "source = ? and item = ?", source, item);
    }

    /** Adds a document as a source of everything that was derived from one of its passages. */
    void adopt(long document, long passage) {
        derived(passage).forEach(item -> add(document, item));
    }

    /** Records that a caller states something about an item, which then does not depend on its other sources alone. */
    void anchor(long item) {
        add(CALLER, item);
    }

    @Override
    public void importSources(long item, Collection<Long> sources) {
        sources.forEach(source -> add(source, item));
    }

    @Override
    public void inherit(long item, long from) {
        derive(item, sources(from));
    }

    /** Adds a source of an item, whatever sources it had before. */
    void add(long source, long item) {
        db.insertNew("lineage", "source, item", source, item);
    }

    @Override
    public void release(long source) {
        db.delete("lineage", "source = ?", source);
        db.delete("expired_source", "number = ?", source);
    }

    /** Removes a deleted item as an item that was derived; what was derived from it keeps it as a source. */
    void remove(long item) {
        db.delete("lineage", "item = ?", item);
    }

    /** Records whose an expired message was, if something was derived from it. */
    void expire(Message message) {
        if (db.any("select 1 from {lineage} where source = ? limit 1", message.number())) {
            db.insertNew(
                    "expired_source",
                    "number, \"user\", session",
                    message.number(),
                    message.user().orElse(null),
                    message.session());
        }
    }
}
