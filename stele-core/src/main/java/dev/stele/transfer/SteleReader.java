package dev.stele.transfer;

import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Document;
import dev.stele.model.Entity;
import dev.stele.model.EntityRef;
import dev.stele.model.Ids;
import dev.stele.model.Interaction;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageRevision;
import dev.stele.model.Note;
import dev.stele.model.Observation;
import dev.stele.model.Passage;
import dev.stele.model.Relation;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import dev.stele.model.UserVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** Reader of the lines that {@link Exporter} writes. */
final class SteleReader {

    private SteleReader() {}

    /** Parses a line; the header yields no entry. */
    static List<ImportEntry> read(String line) {
        JsonObject json = Json.readObject("line", line);
        return switch (json.string("type")) {
            case Exporter.HEADER -> header(json);
            case Exporter.DAMAGE ->
                throw new InvalidInputException("This export is not complete: "
                        + json.optionalString("description").orElse("a part was damaged") + ".");
            case "session" -> List.of(new ImportEntry.OfSession(Session.fromJson(json)));
            case "message" -> List.of(message(json));
            case "note" ->
                List.of(new ImportEntry.OfNote(
                        Note.fromJson(0, json),
                        json.objects("history").stream()
                                .map(version -> Note.fromJson(0, version))
                                .toList()));
            case "user" -> List.of(user(json));
            case "entity" -> List.of(entity(json));
            case "relation" -> List.of(relation(json));
            case "profile" -> List.of(profile(json));
            case "interaction" -> List.of(new ImportEntry.OfInteraction(Interaction.fromJson(0, renamed(json))));
            case "consolidation" -> List.of(new ImportEntry.OfConsolidation(ConsolidationRecord.fromJson(0, json)));
            case "document" -> List.of(document(json));
            case "lineage" ->
                List.of(new ImportEntry.OfLineage(
                        json.string("id"),
                        json.strings("sources"),
                        json.optionalBoolean("by_caller").orElse(false)));
            case "expired" ->
                List.of(new ImportEntry.OfExpired(
                        json.optionalString("user").map(user -> Ids.check("user", user)),
                        Ids.check("session", json.string("session")),
                        json.strings("items")));
            default ->
                throw new InvalidInputException(
                        "The type " + Json.write(json.raw("type"))
                                + " is unknown; it is one of session, message, note, user, entity, relation, profile, interaction, consolidation, document, lineage, expired.");
        };
    }

    private static List<ImportEntry> header(JsonObject json) {
        long version = json.optionalLong("version").orElse(0L);
        if (version > Exporter.VERSION) {
            throw new InvalidInputException("This export has version " + version + " and this Stele reads up to "
                    + Exporter.VERSION + "; upgrade it.");
        }
        return List.of();
    }

    private static ImportEntry message(JsonObject json) {
        MessageDraft draft = MessageDraft.fromJson(json);
        return new ImportEntry.OfMessage(
                new Message(
                        0,
                        Ids.check("message id", json.string("id")),
                        draft.session(),
                        draft.user(),
                        draft.role(),
                        draft.content(),
                        json.instant("at"),
                        json.optionalInstant("edited_at"),
                        false,
                        draft.metadata()),
                json.objects("history").stream().map(MessageRevision::fromJson).toList(),
                false);
    }

    private static ImportEntry user(JsonObject json) {
        String user = Ids.check("user", json.string("user_id"));
        List<UserVersion> versions = json.objects("versions").stream()
                .map(version -> new UserVersion(
                        UserContext.fromJson(version.object("context")
                                .orElseThrow(() -> new InvalidInputException(
                                        "A version of user " + Json.write(user) + " lacks its context."))),
                        version.instant("at")))
                .toList();
        if (versions.isEmpty()) {
            throw new InvalidInputException("The user " + Json.write(user) + " has no version.");
        }
        return new ImportEntry.OfUser(user, versions);
    }

    private static ImportEntry profile(JsonObject json) {
        String name = json.string("name");
        if (!Exporter.PROFILE.contains(name)) {
            throw new InvalidInputException("There is no profile " + Json.write(name) + "; there are "
                    + String.join(", ", Exporter.PROFILE) + ".");
        }
        return new ImportEntry.OfProfile(name, json.map("value"));
    }

    private static ImportEntry document(JsonObject json) {
        Document document = Document.fromJson(0, json);
        var passages = new ArrayList<Passage>();
        for (JsonObject passage : json.objects("text")) {
            passages.add(new Passage(
                    0,
                    Ids.check("passage id", passage.string("id")),
                    0,
                    passages.size(),
                    document.title(),
                    document.collection(),
                    passage.optionalString("heading").orElse(""),
                    passage.string("content"),
                    passage.string("hash"),
                    document.addedAt()));
        }
        return new ImportEntry.OfDocument(document, passages);
    }

    /** Parses an entity. Its type is in the field {@code kind}, because each line has a type of its own. */
    private static ImportEntry entity(JsonObject json) {
        Entity entity = Entity.fromJson(0, renamed(json));
        return new ImportEntry.OfEntity(
                entity,
                json.objects("history").stream()
                        .map(version -> Entity.fromJson(0, version))
                        .toList(),
                json.objects("observations").stream()
                        .map(observation -> Observation.fromJson(0, entity.ref(), observation))
                        .toList(),
                json.strings("mentioned_by"));
    }

    private static ImportEntry relation(JsonObject json) {
        return new ImportEntry.OfRelation(
                Relation.fromJson(0, end(json, "from_id"), end(json, "to_id"), renamed(json)));
    }

    private static EntityRef end(JsonObject json, String field) {
        return new EntityRef(0, Ids.check("entity id", json.string(field)), "", "");
    }

    private static JsonObject renamed(JsonObject json) {
        var fields = new LinkedHashMap<>(json.raw());
        fields.put("type", fields.remove("kind"));
        return JsonObject.of("line", fields);
    }
}
