package dev.stele.store.sql;

import dev.stele.model.ChangeKind;
import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.store.ReflectionEdit;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Write access to interactions, consolidations, uses of notes and entries about the agent, inside one transaction. */
final class ReflectionWrites extends ReflectionTables implements ReflectionEdit {

    private final ChangeLog log;
    private final LineageWrites lineage;

    ReflectionWrites(SqlSession db, LineageWrites lineage, ChangeLog log) {
        super(db);
        this.lineage = lineage;
        this.log = log;
    }

    @Override
    public Interaction add(InteractionDraft draft, Instant at) {
        String id = draft.id().orElseThrow();
        Interaction added = Interaction.recorded(log.change(ChangeKind.INTERACTION_RECORDED, 0, id), draft, at);
        put(added);
        lineage.derive(added.number(), draft.messages());
        return added;
    }

    @Override
    public void rewrite(Interaction interaction) {
        put(interaction);
    }

    @Override
    public void update(Interaction interaction) {
        put(interaction);
        ChangeKind kind = switch (interaction.state()) {
            case PENDING -> ChangeKind.INTERACTION_RETRIED;
            case PROCESSED -> ChangeKind.INTERACTION_PROCESSED;
            case FAILED -> ChangeKind.INTERACTION_FAILED;
        };
        log.change(kind, 0, interaction.id());
    }

    @Override
    public void importInteraction(Interaction interaction) {
        long number = log.change(ChangeKind.INTERACTION_RECORDED, 0, interaction.id());
        Interaction added =
                Interaction.fromJson(number, Json.readObject("interaction", Json.write(interaction.toJson())));
        put(added);
        lineage.derive(number, added.draft().messages());
    }

    private void put(Interaction interaction) {
        String json = Json.write(interaction.toJson());
        db.put(
                "interaction",
                1,
                "number, id, \"user\", state, created_at, json, crc",
                interaction.number(),
                interaction.id(),
                interaction.draft().user().orElse(null),
                interaction.state().code(),
                interaction.createdAt().toEpochMilli(),
                json,
                Checksum.of(interaction.number(), interaction.id(), json));
        if (interaction.state() == InteractionState.PENDING) {
            db.dialect().markDue(db);
        }
    }

    @Override
    public void delete(Interaction interaction) {
        db.delete("interaction", "number = ?", interaction.number());
        lineage.remove(interaction.number());
        log.change(ChangeKind.INTERACTION_DELETED, 0, interaction.id());
        log.erase(interaction.id());
    }

    @Override
    public ConsolidationRecord add(ConsolidationRecord draft) {
        long number = log.change(ChangeKind.NOTES_CONSOLIDATED, 0, draft.id());
        ConsolidationRecord added =
                ConsolidationRecord.fromJson(number, Json.readObject("consolidation", Json.write(draft.toJson())));
        put(added);
        lineage.derive(
                number,
                added.steps().stream()
                        .flatMap(step -> Stream.concat(step.notes().stream(), step.made().stream()))
                        .toList());
        return added;
    }

    @Override
    public void delete(ConsolidationRecord consolidation) {
        db.delete("consolidation", "number = ?", consolidation.number());
        lineage.remove(consolidation.number());
        log.erase(consolidation.id());
    }

    @Override
    public void update(ConsolidationRecord consolidation) {
        put(consolidation);
        log.change(ChangeKind.CONSOLIDATION_UNDONE, 0, consolidation.id());
    }

    private void put(ConsolidationRecord consolidation) {
        String json = Json.write(consolidation.toJson());
        db.put(
                "consolidation",
                1,
                "number, id, \"user\", json, crc",
                consolidation.number(),
                consolidation.id(),
                consolidation.user().orElse(null),
                json,
                Checksum.of(consolidation.number(), consolidation.id(), json));
    }

    @Override
    public void used(long note, long times, Instant last) {
        if (db.any("select 1 from {note} where number = ?", note)) {
            db.add("note_use", """
                    insert into {into note_use} ({agent}number, uses, last) values ({agent?}?, ?, ?)
                    on conflict ({agent}number) do update set uses = note_use.uses + excluded.uses,
                      last = case when excluded.last > note_use.last then excluded.last else note_use.last end""", note, times, last.toEpochMilli());
        }
    }

    @Override
    public long put(String name, Map<String, ? extends @Nullable Object> value, Instant at) {
        long version = entry(name).map(Entry::version).orElse(0L) + 1;
        String json = Json.write(value);
        db.put(
                "agent_record",
                1,
                "name, version, at, json, crc",
                name,
                version,
                at.toEpochMilli(),
                json,
                Checksum.of(name, version, json));
        log.change(ChangeKind.AGENT_UPDATED, 0, name);
        return version;
    }
}
