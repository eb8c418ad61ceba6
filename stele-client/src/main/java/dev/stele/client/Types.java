package dev.stele.client;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Types of the requests and answers, generated from the OpenAPI document of the server. Immutable. Names
 * of values, such as roles and kinds, are texts, so that a client understands answers of newer servers.
 *
 * <p>ClientsTest of the module stele-server checks this file, and writes it with
 * -Dstele.write-clients=true.
 */
public final class Types {

    private Types() {}

    /**
     * Schema {@code Message} of the OpenAPI document.
     *
     * @param id field {@code id}; empty if it is absent
     * @param session field {@code session}; empty if it is absent
     * @param user field {@code user}; empty if it is absent
     * @param role field {@code role}; empty if it is absent
     * @param content field {@code content}
     * @param at field {@code at}; empty if it is absent
     * @param metadata field {@code metadata}; empty if it is absent
     * @param sources field {@code sources}; empty if it is absent
     */
    public record Message(
            Optional<String> id,
            Optional<String> session,
            Optional<String> user,
            Optional<String> role,
            String content,
            Optional<String> at,
            Map<String, ? extends @Nullable Object> metadata,
            List<String> sources)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            id.ifPresent(value -> fields.put("id", value));
            session.ifPresent(value -> fields.put("session", value));
            user.ifPresent(value -> fields.put("user", value));
            role.ifPresent(value -> fields.put("role", value));
            fields.put("content", content);
            at.ifPresent(value -> fields.put("at", value));
            if (!metadata.isEmpty()) {
                fields.put("metadata", metadata);
            }
            if (!sources.isEmpty()) {
                fields.put("sources", sources);
            }
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static Message.Builder builder(String content) {
            return new Message.Builder(content);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String content;
            private Optional<String> id = Optional.empty();
            private Optional<String> session = Optional.empty();
            private Optional<String> user = Optional.empty();
            private Optional<String> role = Optional.empty();
            private Optional<String> at = Optional.empty();
            private Map<String, ? extends @Nullable Object> metadata = Map.of();
            private List<String> sources = List.of();

            private Builder(String content) {
                this.content = content;
            }

            /** Sets the field {@code id}. */
            public Message.Builder id(String value) {
                id = Optional.of(value);
                return this;
            }

            /** Sets the field {@code session}. */
            public Message.Builder session(String value) {
                session = Optional.of(value);
                return this;
            }

            /** Sets the field {@code user}. */
            public Message.Builder user(String value) {
                user = Optional.of(value);
                return this;
            }

            /** Sets the field {@code role}. */
            public Message.Builder role(String value) {
                role = Optional.of(value);
                return this;
            }

            /** Sets the field {@code at}. */
            public Message.Builder at(String value) {
                at = Optional.of(value);
                return this;
            }

            /** Sets the field {@code metadata}. */
            public Message.Builder metadata(Map<String, ? extends @Nullable Object> value) {
                metadata = value;
                return this;
            }

            /** Sets the field {@code sources}. */
            public Message.Builder sources(List<String> value) {
                sources = value;
                return this;
            }

            /** Returns the value. */
            public Message build() {
                return new Message(id, session, user, role, content, at, metadata, sources);
            }
        }
    }

    /**
     * Schema {@code Note} of the OpenAPI document.
     *
     * @param id field {@code id}; empty if it is absent
     * @param content field {@code content}
     * @param category field {@code category}; empty if it is absent
     * @param confidence field {@code confidence}; empty if it is absent
     * @param importance field {@code importance}; empty if it is absent
     * @param tags field {@code tags}; empty if it is absent
     * @param evidence field {@code evidence}; empty if it is absent
     * @param provenance field {@code provenance}; empty if it is absent
     * @param user field {@code user}; empty if it is absent
     * @param session field {@code session}; empty if it is absent
     * @param validFrom field {@code valid_from}; empty if it is absent
     * @param validTo field {@code valid_to}; empty if it is absent
     * @param pinned field {@code pinned}; empty if it is absent
     * @param metadata field {@code metadata}; empty if it is absent
     * @param supersedes field {@code supersedes}; empty if it is absent
     */
    public record Note(
            Optional<String> id,
            String content,
            Optional<String> category,
            Optional<Double> confidence,
            Optional<Double> importance,
            List<String> tags,
            List<String> evidence,
            List<String> provenance,
            Optional<String> user,
            Optional<String> session,
            Optional<String> validFrom,
            Optional<String> validTo,
            Optional<Boolean> pinned,
            Map<String, ? extends @Nullable Object> metadata,
            Optional<String> supersedes)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            id.ifPresent(value -> fields.put("id", value));
            fields.put("content", content);
            category.ifPresent(value -> fields.put("category", value));
            confidence.ifPresent(value -> fields.put("confidence", value));
            importance.ifPresent(value -> fields.put("importance", value));
            if (!tags.isEmpty()) {
                fields.put("tags", tags);
            }
            if (!evidence.isEmpty()) {
                fields.put("evidence", evidence);
            }
            if (!provenance.isEmpty()) {
                fields.put("provenance", provenance);
            }
            user.ifPresent(value -> fields.put("user", value));
            session.ifPresent(value -> fields.put("session", value));
            validFrom.ifPresent(value -> fields.put("valid_from", value));
            validTo.ifPresent(value -> fields.put("valid_to", value));
            pinned.ifPresent(value -> fields.put("pinned", value));
            if (!metadata.isEmpty()) {
                fields.put("metadata", metadata);
            }
            supersedes.ifPresent(value -> fields.put("supersedes", value));
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static Note.Builder builder(String content) {
            return new Note.Builder(content);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String content;
            private Optional<String> id = Optional.empty();
            private Optional<String> category = Optional.empty();
            private Optional<Double> confidence = Optional.empty();
            private Optional<Double> importance = Optional.empty();
            private List<String> tags = List.of();
            private List<String> evidence = List.of();
            private List<String> provenance = List.of();
            private Optional<String> user = Optional.empty();
            private Optional<String> session = Optional.empty();
            private Optional<String> validFrom = Optional.empty();
            private Optional<String> validTo = Optional.empty();
            private Optional<Boolean> pinned = Optional.empty();
            private Map<String, ? extends @Nullable Object> metadata = Map.of();
            private Optional<String> supersedes = Optional.empty();

            private Builder(String content) {
                this.content = content;
            }

            /** Sets the field {@code id}. */
            public Note.Builder id(String value) {
                id = Optional.of(value);
                return this;
            }

            /** Sets the field {@code category}. */
            public Note.Builder category(String value) {
                category = Optional.of(value);
                return this;
            }

            /** Sets the field {@code confidence}. */
            public Note.Builder confidence(double value) {
                confidence = Optional.of(value);
                return this;
            }

            /** Sets the field {@code importance}. */
            public Note.Builder importance(double value) {
                importance = Optional.of(value);
                return this;
            }

            /** Sets the field {@code tags}. */
            public Note.Builder tags(List<String> value) {
                tags = value;
                return this;
            }

            /** Sets the field {@code evidence}. */
            public Note.Builder evidence(List<String> value) {
                evidence = value;
                return this;
            }

            /** Sets the field {@code provenance}. */
            public Note.Builder provenance(List<String> value) {
                provenance = value;
                return this;
            }

            /** Sets the field {@code user}. */
            public Note.Builder user(String value) {
                user = Optional.of(value);
                return this;
            }

            /** Sets the field {@code session}. */
            public Note.Builder session(String value) {
                session = Optional.of(value);
                return this;
            }

            /** Sets the field {@code valid_from}. */
            public Note.Builder validFrom(String value) {
                validFrom = Optional.of(value);
                return this;
            }

            /** Sets the field {@code valid_to}. */
            public Note.Builder validTo(String value) {
                validTo = Optional.of(value);
                return this;
            }

            /** Sets the field {@code pinned}. */
            public Note.Builder pinned(boolean value) {
                pinned = Optional.of(value);
                return this;
            }

            /** Sets the field {@code metadata}. */
            public Note.Builder metadata(Map<String, ? extends @Nullable Object> value) {
                metadata = value;
                return this;
            }

            /** Sets the field {@code supersedes}. */
            public Note.Builder supersedes(String value) {
                supersedes = Optional.of(value);
                return this;
            }

            /** Returns the value. */
            public Note build() {
                return new Note(
                        id,
                        content,
                        category,
                        confidence,
                        importance,
                        tags,
                        evidence,
                        provenance,
                        user,
                        session,
                        validFrom,
                        validTo,
                        pinned,
                        metadata,
                        supersedes);
            }
        }
    }

    /**
     * Schema {@code ObservationDraft} of the OpenAPI document.
     *
     * @param content field {@code content}
     * @param at field {@code at}; empty if it is absent
     * @param sources field {@code sources}; empty if it is absent
     */
    public record ObservationDraft(String content, Optional<String> at, List<String> sources) implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("content", content);
            at.ifPresent(value -> fields.put("at", value));
            if (!sources.isEmpty()) {
                fields.put("sources", sources);
            }
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static ObservationDraft.Builder builder(String content) {
            return new ObservationDraft.Builder(content);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String content;
            private Optional<String> at = Optional.empty();
            private List<String> sources = List.of();

            private Builder(String content) {
                this.content = content;
            }

            /** Sets the field {@code at}. */
            public ObservationDraft.Builder at(String value) {
                at = Optional.of(value);
                return this;
            }

            /** Sets the field {@code sources}. */
            public ObservationDraft.Builder sources(List<String> value) {
                sources = value;
                return this;
            }

            /** Returns the value. */
            public ObservationDraft build() {
                return new ObservationDraft(content, at, sources);
            }
        }
    }

    /**
     * Schema {@code MemoryToolInput} of the OpenAPI document.
     *
     * @param command field {@code command}
     * @param path field {@code path}; empty if it is absent
     * @param viewRange field {@code view_range}; empty if it is absent
     * @param fileText field {@code file_text}; empty if it is absent
     * @param oldStr field {@code old_str}; empty if it is absent
     * @param newStr field {@code new_str}; empty if it is absent
     * @param insertLine field {@code insert_line}; empty if it is absent
     * @param insertText field {@code insert_text}; empty if it is absent
     * @param oldPath field {@code old_path}; empty if it is absent
     * @param newPath field {@code new_path}; empty if it is absent
     */
    public record MemoryToolInput(
            String command,
            Optional<String> path,
            List<Long> viewRange,
            Optional<String> fileText,
            Optional<String> oldStr,
            Optional<String> newStr,
            Optional<Long> insertLine,
            Optional<String> insertText,
            Optional<String> oldPath,
            Optional<String> newPath)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("command", command);
            path.ifPresent(value -> fields.put("path", value));
            if (!viewRange.isEmpty()) {
                fields.put("view_range", viewRange);
            }
            fileText.ifPresent(value -> fields.put("file_text", value));
            oldStr.ifPresent(value -> fields.put("old_str", value));
            newStr.ifPresent(value -> fields.put("new_str", value));
            insertLine.ifPresent(value -> fields.put("insert_line", value));
            insertText.ifPresent(value -> fields.put("insert_text", value));
            oldPath.ifPresent(value -> fields.put("old_path", value));
            newPath.ifPresent(value -> fields.put("new_path", value));
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static MemoryToolInput.Builder builder(String command) {
            return new MemoryToolInput.Builder(command);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String command;
            private Optional<String> path = Optional.empty();
            private List<Long> viewRange = List.of();
            private Optional<String> fileText = Optional.empty();
            private Optional<String> oldStr = Optional.empty();
            private Optional<String> newStr = Optional.empty();
            private Optional<Long> insertLine = Optional.empty();
            private Optional<String> insertText = Optional.empty();
            private Optional<String> oldPath = Optional.empty();
            private Optional<String> newPath = Optional.empty();

            private Builder(String command) {
                this.command = command;
            }

            /** Sets the field {@code path}. */
            public MemoryToolInput.Builder path(String value) {
                path = Optional.of(value);
                return this;
            }

            /** Sets the field {@code view_range}. */
            public MemoryToolInput.Builder viewRange(List<Long> value) {
                viewRange = value;
                return this;
            }

            /** Sets the field {@code file_text}. */
            public MemoryToolInput.Builder fileText(String value) {
                fileText = Optional.of(value);
                return this;
            }

            /** Sets the field {@code old_str}. */
            public MemoryToolInput.Builder oldStr(String value) {
                oldStr = Optional.of(value);
                return this;
            }

            /** Sets the field {@code new_str}. */
            public MemoryToolInput.Builder newStr(String value) {
                newStr = Optional.of(value);
                return this;
            }

            /** Sets the field {@code insert_line}. */
            public MemoryToolInput.Builder insertLine(long value) {
                insertLine = Optional.of(value);
                return this;
            }

            /** Sets the field {@code insert_text}. */
            public MemoryToolInput.Builder insertText(String value) {
                insertText = Optional.of(value);
                return this;
            }

            /** Sets the field {@code old_path}. */
            public MemoryToolInput.Builder oldPath(String value) {
                oldPath = Optional.of(value);
                return this;
            }

            /** Sets the field {@code new_path}. */
            public MemoryToolInput.Builder newPath(String value) {
                newPath = Optional.of(value);
                return this;
            }

            /** Returns the value. */
            public MemoryToolInput build() {
                return new MemoryToolInput(
                        command, path, viewRange, fileText, oldStr, newStr, insertLine, insertText, oldPath, newPath);
            }
        }
    }

    /**
     * Schema {@code GraphEntity} of the OpenAPI document.
     *
     * @param ref field {@code ref}; empty if it is absent
     * @param id field {@code id}; empty if it is absent
     * @param name field {@code name}
     * @param type field {@code type}
     * @param aliases field {@code aliases}; empty if it is absent
     * @param attributes field {@code attributes}; empty if it is absent
     * @param observations field {@code observations}; empty if it is absent
     * @param mentionedBy field {@code mentioned_by}; empty if it is absent
     */
    public record GraphEntity(
            Optional<String> ref,
            Optional<String> id,
            String name,
            String type,
            List<String> aliases,
            Map<String, ? extends @Nullable Object> attributes,
            List<?> observations,
            List<String> mentionedBy)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            ref.ifPresent(value -> fields.put("ref", value));
            id.ifPresent(value -> fields.put("id", value));
            fields.put("name", name);
            fields.put("type", type);
            if (!aliases.isEmpty()) {
                fields.put("aliases", aliases);
            }
            if (!attributes.isEmpty()) {
                fields.put("attributes", attributes);
            }
            if (!observations.isEmpty()) {
                fields.put("observations", observations);
            }
            if (!mentionedBy.isEmpty()) {
                fields.put("mentioned_by", mentionedBy);
            }
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static GraphEntity.Builder builder(String name, String type) {
            return new GraphEntity.Builder(name, type);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String name;
            private final String type;
            private Optional<String> ref = Optional.empty();
            private Optional<String> id = Optional.empty();
            private List<String> aliases = List.of();
            private Map<String, ? extends @Nullable Object> attributes = Map.of();
            private List<?> observations = List.of();
            private List<String> mentionedBy = List.of();

            private Builder(String name, String type) {
                this.name = name;
                this.type = type;
            }

            /** Sets the field {@code ref}. */
            public GraphEntity.Builder ref(String value) {
                ref = Optional.of(value);
                return this;
            }

            /** Sets the field {@code id}. */
            public GraphEntity.Builder id(String value) {
                id = Optional.of(value);
                return this;
            }

            /** Sets the field {@code aliases}. */
            public GraphEntity.Builder aliases(List<String> value) {
                aliases = value;
                return this;
            }

            /** Sets the field {@code attributes}. */
            public GraphEntity.Builder attributes(Map<String, ? extends @Nullable Object> value) {
                attributes = value;
                return this;
            }

            /** Sets the field {@code observations}. */
            public GraphEntity.Builder observations(List<?> value) {
                observations = value;
                return this;
            }

            /** Sets the field {@code mentioned_by}. */
            public GraphEntity.Builder mentionedBy(List<String> value) {
                mentionedBy = value;
                return this;
            }

            /** Returns the value. */
            public GraphEntity build() {
                return new GraphEntity(ref, id, name, type, aliases, attributes, observations, mentionedBy);
            }
        }
    }

    /**
     * Schema {@code Relation} of the OpenAPI document.
     *
     * @param from field {@code from}
     * @param to field {@code to}
     * @param type field {@code type}
     * @param fact field {@code fact}; empty if it is absent
     * @param weight field {@code weight}; empty if it is absent
     * @param attributes field {@code attributes}; empty if it is absent
     * @param validFrom field {@code valid_from}; empty if it is absent
     * @param validTo field {@code valid_to}; empty if it is absent
     * @param sources field {@code sources}; empty if it is absent
     */
    public record Relation(
            String from,
            String to,
            String type,
            Optional<String> fact,
            Optional<Double> weight,
            Map<String, ? extends @Nullable Object> attributes,
            Optional<String> validFrom,
            Optional<String> validTo,
            List<String> sources)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("from", from);
            fields.put("to", to);
            fields.put("type", type);
            fact.ifPresent(value -> fields.put("fact", value));
            weight.ifPresent(value -> fields.put("weight", value));
            if (!attributes.isEmpty()) {
                fields.put("attributes", attributes);
            }
            validFrom.ifPresent(value -> fields.put("valid_from", value));
            validTo.ifPresent(value -> fields.put("valid_to", value));
            if (!sources.isEmpty()) {
                fields.put("sources", sources);
            }
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static Relation.Builder builder(String from, String to, String type) {
            return new Relation.Builder(from, to, type);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String from;
            private final String to;
            private final String type;
            private Optional<String> fact = Optional.empty();
            private Optional<Double> weight = Optional.empty();
            private Map<String, ? extends @Nullable Object> attributes = Map.of();
            private Optional<String> validFrom = Optional.empty();
            private Optional<String> validTo = Optional.empty();
            private List<String> sources = List.of();

            private Builder(String from, String to, String type) {
                this.from = from;
                this.to = to;
                this.type = type;
            }

            /** Sets the field {@code fact}. */
            public Relation.Builder fact(String value) {
                fact = Optional.of(value);
                return this;
            }

            /** Sets the field {@code weight}. */
            public Relation.Builder weight(double value) {
                weight = Optional.of(value);
                return this;
            }

            /** Sets the field {@code attributes}. */
            public Relation.Builder attributes(Map<String, ? extends @Nullable Object> value) {
                attributes = value;
                return this;
            }

            /** Sets the field {@code valid_from}. */
            public Relation.Builder validFrom(String value) {
                validFrom = Optional.of(value);
                return this;
            }

            /** Sets the field {@code valid_to}. */
            public Relation.Builder validTo(String value) {
                validTo = Optional.of(value);
                return this;
            }

            /** Sets the field {@code sources}. */
            public Relation.Builder sources(List<String> value) {
                sources = value;
                return this;
            }

            /** Returns the value. */
            public Relation build() {
                return new Relation(from, to, type, fact, weight, attributes, validFrom, validTo, sources);
            }
        }
    }

    /**
     * Schema {@code GraphQuery} of the OpenAPI document.
     *
     * @param query field {@code query}
     * @param parameters field {@code parameters}; empty if it is absent
     * @param asOf field {@code as_of}; empty if it is absent
     */
    public record GraphQuery(String query, Map<String, ? extends @Nullable Object> parameters, Optional<String> asOf)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("query", query);
            if (!parameters.isEmpty()) {
                fields.put("parameters", parameters);
            }
            asOf.ifPresent(value -> fields.put("as_of", value));
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static GraphQuery.Builder builder(String query) {
            return new GraphQuery.Builder(query);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String query;
            private Map<String, ? extends @Nullable Object> parameters = Map.of();
            private Optional<String> asOf = Optional.empty();

            private Builder(String query) {
                this.query = query;
            }

            /** Sets the field {@code parameters}. */
            public GraphQuery.Builder parameters(Map<String, ? extends @Nullable Object> value) {
                parameters = value;
                return this;
            }

            /** Sets the field {@code as_of}. */
            public GraphQuery.Builder asOf(String value) {
                asOf = Optional.of(value);
                return this;
            }

            /** Returns the value. */
            public GraphQuery build() {
                return new GraphQuery(query, parameters, asOf);
            }
        }
    }

    /**
     * Schema {@code Graph} of the OpenAPI document.
     *
     * @param entities field {@code entities}; empty if it is absent
     * @param relations field {@code relations}; empty if it is absent
     */
    public record Graph(List<GraphEntity> entities, List<Relation> relations) implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            if (!entities.isEmpty()) {
                fields.put("entities", entities);
            }
            if (!relations.isEmpty()) {
                fields.put("relations", relations);
            }
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static Graph.Builder builder() {
            return new Graph.Builder();
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private List<GraphEntity> entities = List.of();
            private List<Relation> relations = List.of();

            private Builder() {}

            /** Sets the field {@code entities}. */
            public Graph.Builder entities(List<GraphEntity> value) {
                entities = value;
                return this;
            }

            /** Sets the field {@code relations}. */
            public Graph.Builder relations(List<Relation> value) {
                relations = value;
                return this;
            }

            /** Returns the value. */
            public Graph build() {
                return new Graph(entities, relations);
            }
        }
    }

    /**
     * Schema {@code Recall} of the OpenAPI document.
     *
     * @param query field {@code query}
     * @param limit field {@code limit}; empty if it is absent
     * @param mode field {@code mode}; empty if it is absent
     * @param filter field {@code filter}; empty if it is absent
     * @param asOf field {@code as_of}; empty if it is absent
     * @param explain field {@code explain}; empty if it is absent
     * @param weights field {@code weights}; empty if it is absent
     * @param maxTokens field {@code max_tokens}; empty if it is absent
     * @param fold field {@code fold}; empty if it is absent
     * @param diversity field {@code diversity}; empty if it is absent
     * @param minScore field {@code min_score}; empty if it is absent
     * @param referenceDate field {@code reference_date}; empty if it is absent
     * @param timeZone field {@code time_zone}; empty if it is absent
     */
    public record Recall(
            String query,
            Optional<Long> limit,
            Optional<String> mode,
            Optional<RecallFilter> filter,
            Optional<String> asOf,
            Optional<Boolean> explain,
            Map<String, Double> weights,
            Optional<Long> maxTokens,
            Optional<Boolean> fold,
            Optional<Double> diversity,
            Optional<Double> minScore,
            Optional<String> referenceDate,
            Optional<String> timeZone)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("query", query);
            limit.ifPresent(value -> fields.put("limit", value));
            mode.ifPresent(value -> fields.put("mode", value));
            filter.ifPresent(value -> fields.put("filter", value));
            asOf.ifPresent(value -> fields.put("as_of", value));
            explain.ifPresent(value -> fields.put("explain", value));
            if (!weights.isEmpty()) {
                fields.put("weights", weights);
            }
            maxTokens.ifPresent(value -> fields.put("max_tokens", value));
            fold.ifPresent(value -> fields.put("fold", value));
            diversity.ifPresent(value -> fields.put("diversity", value));
            minScore.ifPresent(value -> fields.put("min_score", value));
            referenceDate.ifPresent(value -> fields.put("reference_date", value));
            timeZone.ifPresent(value -> fields.put("time_zone", value));
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static Recall.Builder builder(String query) {
            return new Recall.Builder(query);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String query;
            private Optional<Long> limit = Optional.empty();
            private Optional<String> mode = Optional.empty();
            private Optional<RecallFilter> filter = Optional.empty();
            private Optional<String> asOf = Optional.empty();
            private Optional<Boolean> explain = Optional.empty();
            private Map<String, Double> weights = Map.of();
            private Optional<Long> maxTokens = Optional.empty();
            private Optional<Boolean> fold = Optional.empty();
            private Optional<Double> diversity = Optional.empty();
            private Optional<Double> minScore = Optional.empty();
            private Optional<String> referenceDate = Optional.empty();
            private Optional<String> timeZone = Optional.empty();

            private Builder(String query) {
                this.query = query;
            }

            /** Sets the field {@code limit}. */
            public Recall.Builder limit(long value) {
                limit = Optional.of(value);
                return this;
            }

            /** Sets the field {@code mode}. */
            public Recall.Builder mode(String value) {
                mode = Optional.of(value);
                return this;
            }

            /** Sets the field {@code filter}. */
            public Recall.Builder filter(RecallFilter value) {
                filter = Optional.of(value);
                return this;
            }

            /** Sets the field {@code as_of}. */
            public Recall.Builder asOf(String value) {
                asOf = Optional.of(value);
                return this;
            }

            /** Sets the field {@code explain}. */
            public Recall.Builder explain(boolean value) {
                explain = Optional.of(value);
                return this;
            }

            /** Sets the field {@code weights}. */
            public Recall.Builder weights(Map<String, Double> value) {
                weights = value;
                return this;
            }

            /** Sets the field {@code max_tokens}. */
            public Recall.Builder maxTokens(long value) {
                maxTokens = Optional.of(value);
                return this;
            }

            /** Sets the field {@code fold}. */
            public Recall.Builder fold(boolean value) {
                fold = Optional.of(value);
                return this;
            }

            /** Sets the field {@code diversity}. */
            public Recall.Builder diversity(double value) {
                diversity = Optional.of(value);
                return this;
            }

            /** Sets the field {@code min_score}. */
            public Recall.Builder minScore(double value) {
                minScore = Optional.of(value);
                return this;
            }

            /** Sets the field {@code reference_date}. */
            public Recall.Builder referenceDate(String value) {
                referenceDate = Optional.of(value);
                return this;
            }

            /** Sets the field {@code time_zone}. */
            public Recall.Builder timeZone(String value) {
                timeZone = Optional.of(value);
                return this;
            }

            /** Returns the value. */
            public Recall build() {
                return new Recall(
                        query,
                        limit,
                        mode,
                        filter,
                        asOf,
                        explain,
                        weights,
                        maxTokens,
                        fold,
                        diversity,
                        minScore,
                        referenceDate,
                        timeZone);
            }
        }
    }

    /**
     * Schema {@code Context} of the OpenAPI document.
     *
     * @param topic field {@code topic}
     * @param user field {@code user}; empty if it is absent
     * @param session field {@code session}; empty if it is absent
     * @param maxTokens field {@code max_tokens}; empty if it is absent
     * @param hits field {@code hits}; empty if it is absent
     * @param audience field {@code audience}; empty if it is absent
     */
    public record Context(
            String topic,
            Optional<String> user,
            Optional<String> session,
            Optional<Long> maxTokens,
            Optional<Long> hits,
            Optional<Object> audience)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("topic", topic);
            user.ifPresent(value -> fields.put("user", value));
            session.ifPresent(value -> fields.put("session", value));
            maxTokens.ifPresent(value -> fields.put("max_tokens", value));
            hits.ifPresent(value -> fields.put("hits", value));
            audience.ifPresent(value -> fields.put("audience", value));
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static Context.Builder builder(String topic) {
            return new Context.Builder(topic);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String topic;
            private Optional<String> user = Optional.empty();
            private Optional<String> session = Optional.empty();
            private Optional<Long> maxTokens = Optional.empty();
            private Optional<Long> hits = Optional.empty();
            private Optional<Object> audience = Optional.empty();

            private Builder(String topic) {
                this.topic = topic;
            }

            /** Sets the field {@code user}. */
            public Context.Builder user(String value) {
                user = Optional.of(value);
                return this;
            }

            /** Sets the field {@code session}. */
            public Context.Builder session(String value) {
                session = Optional.of(value);
                return this;
            }

            /** Sets the field {@code max_tokens}. */
            public Context.Builder maxTokens(long value) {
                maxTokens = Optional.of(value);
                return this;
            }

            /** Sets the field {@code hits}. */
            public Context.Builder hits(long value) {
                hits = Optional.of(value);
                return this;
            }

            /** Sets the field {@code audience}. */
            public Context.Builder audience(Object value) {
                audience = Optional.of(value);
                return this;
            }

            /** Returns the value. */
            public Context build() {
                return new Context(topic, user, session, maxTokens, hits, audience);
            }
        }
    }

    /**
     * Schema {@code RecallFilter} of the OpenAPI document.
     *
     * @param kind field {@code kind}; empty if it is absent
     * @param user field {@code user}; empty if it is absent
     * @param audience field {@code audience}; empty if it is absent
     * @param session field {@code session}; empty if it is absent
     * @param role field {@code role}; empty if it is absent
     * @param category field {@code category}; empty if it is absent
     * @param tags field {@code tags}; empty if it is absent
     * @param minImportance field {@code min_importance}; empty if it is absent
     * @param from field {@code from}; empty if it is absent
     * @param to field {@code to}; empty if it is absent
     * @param archived field {@code archived}; empty if it is absent
     * @param superseded field {@code superseded}; empty if it is absent
     */
    public record RecallFilter(
            Optional<Object> kind,
            Optional<String> user,
            Optional<Object> audience,
            Optional<String> session,
            Optional<String> role,
            Optional<String> category,
            Optional<Object> tags,
            Optional<Double> minImportance,
            Optional<String> from,
            Optional<String> to,
            Optional<Boolean> archived,
            Optional<Boolean> superseded)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            kind.ifPresent(value -> fields.put("kind", value));
            user.ifPresent(value -> fields.put("user", value));
            audience.ifPresent(value -> fields.put("audience", value));
            session.ifPresent(value -> fields.put("session", value));
            role.ifPresent(value -> fields.put("role", value));
            category.ifPresent(value -> fields.put("category", value));
            tags.ifPresent(value -> fields.put("tags", value));
            minImportance.ifPresent(value -> fields.put("min_importance", value));
            from.ifPresent(value -> fields.put("from", value));
            to.ifPresent(value -> fields.put("to", value));
            archived.ifPresent(value -> fields.put("archived", value));
            superseded.ifPresent(value -> fields.put("superseded", value));
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static RecallFilter.Builder builder() {
            return new RecallFilter.Builder();
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private Optional<Object> kind = Optional.empty();
            private Optional<String> user = Optional.empty();
            private Optional<Object> audience = Optional.empty();
            private Optional<String> session = Optional.empty();
            private Optional<String> role = Optional.empty();
            private Optional<String> category = Optional.empty();
            private Optional<Object> tags = Optional.empty();
            private Optional<Double> minImportance = Optional.empty();
            private Optional<String> from = Optional.empty();
            private Optional<String> to = Optional.empty();
            private Optional<Boolean> archived = Optional.empty();
            private Optional<Boolean> superseded = Optional.empty();

            private Builder() {}

            /** Sets the field {@code kind}. */
            public RecallFilter.Builder kind(Object value) {
                kind = Optional.of(value);
                return this;
            }

            /** Sets the field {@code user}. */
            public RecallFilter.Builder user(String value) {
                user = Optional.of(value);
                return this;
            }

            /** Sets the field {@code audience}. */
            public RecallFilter.Builder audience(Object value) {
                audience = Optional.of(value);
                return this;
            }

            /** Sets the field {@code session}. */
            public RecallFilter.Builder session(String value) {
                session = Optional.of(value);
                return this;
            }

            /** Sets the field {@code role}. */
            public RecallFilter.Builder role(String value) {
                role = Optional.of(value);
                return this;
            }

            /** Sets the field {@code category}. */
            public RecallFilter.Builder category(String value) {
                category = Optional.of(value);
                return this;
            }

            /** Sets the field {@code tags}. */
            public RecallFilter.Builder tags(Object value) {
                tags = Optional.of(value);
                return this;
            }

            /** Sets the field {@code min_importance}. */
            public RecallFilter.Builder minImportance(double value) {
                minImportance = Optional.of(value);
                return this;
            }

            /** Sets the field {@code from}. */
            public RecallFilter.Builder from(String value) {
                from = Optional.of(value);
                return this;
            }

            /** Sets the field {@code to}. */
            public RecallFilter.Builder to(String value) {
                to = Optional.of(value);
                return this;
            }

            /** Sets the field {@code archived}. */
            public RecallFilter.Builder archived(boolean value) {
                archived = Optional.of(value);
                return this;
            }

            /** Sets the field {@code superseded}. */
            public RecallFilter.Builder superseded(boolean value) {
                superseded = Optional.of(value);
                return this;
            }

            /** Returns the value. */
            public RecallFilter build() {
                return new RecallFilter(
                        kind,
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
        }
    }

    /**
     * Schema {@code Chat} of the OpenAPI document.
     *
     * @param message field {@code message}
     * @param session field {@code session}; empty if it is absent
     * @param user field {@code user}; empty if it is absent
     * @param id field {@code id}; empty if it is absent
     */
    public record Chat(String message, Optional<String> session, Optional<String> user, Optional<String> id)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("message", message);
            session.ifPresent(value -> fields.put("session", value));
            user.ifPresent(value -> fields.put("user", value));
            id.ifPresent(value -> fields.put("id", value));
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static Chat.Builder builder(String message) {
            return new Chat.Builder(message);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String message;
            private Optional<String> session = Optional.empty();
            private Optional<String> user = Optional.empty();
            private Optional<String> id = Optional.empty();

            private Builder(String message) {
                this.message = message;
            }

            /** Sets the field {@code session}. */
            public Chat.Builder session(String value) {
                session = Optional.of(value);
                return this;
            }

            /** Sets the field {@code user}. */
            public Chat.Builder user(String value) {
                user = Optional.of(value);
                return this;
            }

            /** Sets the field {@code id}. */
            public Chat.Builder id(String value) {
                id = Optional.of(value);
                return this;
            }

            /** Returns the value. */
            public Chat build() {
                return new Chat(message, session, user, id);
            }
        }
    }

    /**
     * Schema {@code Document} of the OpenAPI document.
     *
     * @param collection field {@code collection}
     * @param id field {@code id}; empty if it is absent
     * @param title field {@code title}; empty if it is absent
     * @param text field {@code text}
     * @param type field {@code type}; empty if it is absent
     * @param metadata field {@code metadata}; empty if it is absent
     */
    public record Document(
            String collection,
            Optional<String> id,
            Optional<String> title,
            String text,
            Optional<String> type,
            Map<String, ? extends @Nullable Object> metadata)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("collection", collection);
            id.ifPresent(value -> fields.put("id", value));
            title.ifPresent(value -> fields.put("title", value));
            fields.put("text", text);
            type.ifPresent(value -> fields.put("type", value));
            if (!metadata.isEmpty()) {
                fields.put("metadata", metadata);
            }
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static Document.Builder builder(String collection, String text) {
            return new Document.Builder(collection, text);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String collection;
            private final String text;
            private Optional<String> id = Optional.empty();
            private Optional<String> title = Optional.empty();
            private Optional<String> type = Optional.empty();
            private Map<String, ? extends @Nullable Object> metadata = Map.of();

            private Builder(String collection, String text) {
                this.collection = collection;
                this.text = text;
            }

            /** Sets the field {@code id}. */
            public Document.Builder id(String value) {
                id = Optional.of(value);
                return this;
            }

            /** Sets the field {@code title}. */
            public Document.Builder title(String value) {
                title = Optional.of(value);
                return this;
            }

            /** Sets the field {@code type}. */
            public Document.Builder type(String value) {
                type = Optional.of(value);
                return this;
            }

            /** Sets the field {@code metadata}. */
            public Document.Builder metadata(Map<String, ? extends @Nullable Object> value) {
                metadata = value;
                return this;
            }

            /** Returns the value. */
            public Document build() {
                return new Document(collection, id, title, text, type, metadata);
            }
        }
    }

    /**
     * Schema {@code Search} of the OpenAPI document.
     *
     * @param collection field {@code collection}
     * @param query field {@code query}
     * @param limit field {@code limit}; empty if it is absent
     * @param dense field {@code dense}; empty if it is absent
     */
    public record Search(String collection, String query, Optional<Long> limit, Optional<Double> dense)
            implements Body {

        @Override
        public Map<String, @Nullable Object> toJson() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("collection", collection);
            fields.put("query", query);
            limit.ifPresent(value -> fields.put("limit", value));
            dense.ifPresent(value -> fields.put("dense", value));
            return fields;
        }

        /** Returns a builder with the fields that are required. */
        public static Search.Builder builder(String collection, String query) {
            return new Search.Builder(collection, query);
        }

        /** Builder, which leaves out all fields that are not set. Not thread-safe. */
        public static final class Builder {
            private final String collection;
            private final String query;
            private Optional<Long> limit = Optional.empty();
            private Optional<Double> dense = Optional.empty();

            private Builder(String collection, String query) {
                this.collection = collection;
                this.query = query;
            }

            /** Sets the field {@code limit}. */
            public Search.Builder limit(long value) {
                limit = Optional.of(value);
                return this;
            }

            /** Sets the field {@code dense}. */
            public Search.Builder dense(double value) {
                dense = Optional.of(value);
                return this;
            }

            /** Returns the value. */
            public Search build() {
                return new Search(collection, query, limit, dense);
            }
        }
    }

    /**
     * Schema {@code StoredMessage} of the OpenAPI document.
     *
     * @param id field {@code id}
     * @param session field {@code session}
     * @param user field {@code user}; empty if it is absent
     * @param role field {@code role}
     * @param content field {@code content}
     * @param at field {@code at}
     * @param editedAt field {@code edited_at}; empty if it is absent
     * @param archived field {@code archived}; empty if it is absent
     * @param metadata field {@code metadata}; empty if it is absent
     * @param number field {@code number}
     */
    public record StoredMessage(
            String id,
            String session,
            Optional<String> user,
            String role,
            String content,
            String at,
            Optional<String> editedAt,
            Optional<Boolean> archived,
            Map<String, ? extends @Nullable Object> metadata,
            long number) {

        static StoredMessage of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new StoredMessage(
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "session", Decode::string),
                    Decode.optional(fields, "user", Decode::string),
                    Decode.required(fields, "role", Decode::string),
                    Decode.required(fields, "content", Decode::string),
                    Decode.required(fields, "at", Decode::string),
                    Decode.optional(fields, "edited_at", Decode::string),
                    Decode.optional(fields, "archived", Decode::flag),
                    Decode.optional(fields, "metadata", Decode::fields).orElse(Map.of()),
                    Decode.required(fields, "number", Decode::integer));
        }
    }

    /**
     * Schema {@code MessageWithHistory} of the OpenAPI document.
     *
     * @param id field {@code id}
     * @param session field {@code session}
     * @param user field {@code user}; empty if it is absent
     * @param role field {@code role}
     * @param content field {@code content}
     * @param at field {@code at}
     * @param editedAt field {@code edited_at}; empty if it is absent
     * @param archived field {@code archived}; empty if it is absent
     * @param metadata field {@code metadata}; empty if it is absent
     * @param number field {@code number}
     * @param history field {@code history}; empty if it is absent
     */
    public record MessageWithHistory(
            String id,
            String session,
            Optional<String> user,
            String role,
            String content,
            String at,
            Optional<String> editedAt,
            Optional<Boolean> archived,
            Map<String, ? extends @Nullable Object> metadata,
            long number,
            List<MessageRevision> history) {

        static MessageWithHistory of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new MessageWithHistory(
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "session", Decode::string),
                    Decode.optional(fields, "user", Decode::string),
                    Decode.required(fields, "role", Decode::string),
                    Decode.required(fields, "content", Decode::string),
                    Decode.required(fields, "at", Decode::string),
                    Decode.optional(fields, "edited_at", Decode::string),
                    Decode.optional(fields, "archived", Decode::flag),
                    Decode.optional(fields, "metadata", Decode::fields).orElse(Map.of()),
                    Decode.required(fields, "number", Decode::integer),
                    Decode.optional(fields, "history", Decode.list(MessageRevision::of))
                            .orElse(List.of()));
        }
    }

    /**
     * Schema {@code MessageRevision} of the OpenAPI document.
     *
     * @param content field {@code content}
     * @param replacedAt field {@code replaced_at}
     */
    public record MessageRevision(String content, String replacedAt) {

        static MessageRevision of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new MessageRevision(
                    Decode.required(fields, "content", Decode::string),
                    Decode.required(fields, "replaced_at", Decode::string));
        }
    }

    /**
     * Schema {@code MessagePage} of the OpenAPI document.
     *
     * @param items field {@code items}
     * @param next field {@code next}; empty if it is absent
     */
    public record MessagePage(List<StoredMessage> items, Optional<String> next) {

        static MessagePage of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new MessagePage(
                    Decode.required(fields, "items", Decode.list(StoredMessage::of)),
                    Decode.optional(fields, "next", Decode::string));
        }
    }

    /**
     * Schema {@code Session} of the OpenAPI document.
     *
     * @param id field {@code id}
     * @param user field {@code user}; empty if it is absent
     * @param title field {@code title}; empty if it is absent
     * @param startedAt field {@code started_at}
     * @param lastAt field {@code last_at}
     * @param endedAt field {@code ended_at}; empty if it is absent
     * @param messages field {@code messages}
     * @param participants field {@code participants}; empty if it is absent
     */
    public record Session(
            String id,
            Optional<String> user,
            Optional<String> title,
            String startedAt,
            String lastAt,
            Optional<String> endedAt,
            long messages,
            List<String> participants) {

        static Session of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new Session(
                    Decode.required(fields, "id", Decode::string),
                    Decode.optional(fields, "user", Decode::string),
                    Decode.optional(fields, "title", Decode::string),
                    Decode.required(fields, "started_at", Decode::string),
                    Decode.required(fields, "last_at", Decode::string),
                    Decode.optional(fields, "ended_at", Decode::string),
                    Decode.required(fields, "messages", Decode::integer),
                    Decode.optional(fields, "participants", Decode.list(Decode::string))
                            .orElse(List.of()));
        }
    }

    /**
     * Schema {@code SessionPage} of the OpenAPI document.
     *
     * @param items field {@code items}
     * @param next field {@code next}; empty if it is absent
     */
    public record SessionPage(List<Session> items, Optional<String> next) {

        static SessionPage of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new SessionPage(
                    Decode.required(fields, "items", Decode.list(Session::of)),
                    Decode.optional(fields, "next", Decode::string));
        }
    }

    /**
     * Schema {@code StoredNote} of the OpenAPI document.
     *
     * @param id field {@code id}
     * @param content field {@code content}
     * @param category field {@code category}
     * @param confidence field {@code confidence}
     * @param importance field {@code importance}
     * @param tags field {@code tags}; empty if it is absent
     * @param evidence field {@code evidence}; empty if it is absent
     * @param provenance field {@code provenance}; empty if it is absent
     * @param user field {@code user}; empty if it is absent
     * @param session field {@code session}; empty if it is absent
     * @param validFrom field {@code valid_from}; empty if it is absent
     * @param validTo field {@code valid_to}; empty if it is absent
     * @param pinned field {@code pinned}; empty if it is absent
     * @param metadata field {@code metadata}; empty if it is absent
     * @param version field {@code version}
     * @param createdAt field {@code created_at}
     * @param updatedAt field {@code updated_at}
     * @param supersededBy field {@code superseded_by}; empty if it is absent
     * @param number field {@code number}
     */
    public record StoredNote(
            String id,
            String content,
            String category,
            double confidence,
            double importance,
            List<String> tags,
            List<String> evidence,
            List<String> provenance,
            Optional<String> user,
            Optional<String> session,
            Optional<String> validFrom,
            Optional<String> validTo,
            Optional<Boolean> pinned,
            Map<String, ? extends @Nullable Object> metadata,
            long version,
            String createdAt,
            String updatedAt,
            Optional<String> supersededBy,
            long number) {

        static StoredNote of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new StoredNote(
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "content", Decode::string),
                    Decode.required(fields, "category", Decode::string),
                    Decode.required(fields, "confidence", Decode::number),
                    Decode.required(fields, "importance", Decode::number),
                    Decode.optional(fields, "tags", Decode.list(Decode::string)).orElse(List.of()),
                    Decode.optional(fields, "evidence", Decode.list(Decode::string))
                            .orElse(List.of()),
                    Decode.optional(fields, "provenance", Decode.list(Decode::string))
                            .orElse(List.of()),
                    Decode.optional(fields, "user", Decode::string),
                    Decode.optional(fields, "session", Decode::string),
                    Decode.optional(fields, "valid_from", Decode::string),
                    Decode.optional(fields, "valid_to", Decode::string),
                    Decode.optional(fields, "pinned", Decode::flag),
                    Decode.optional(fields, "metadata", Decode::fields).orElse(Map.of()),
                    Decode.required(fields, "version", Decode::integer),
                    Decode.required(fields, "created_at", Decode::string),
                    Decode.required(fields, "updated_at", Decode::string),
                    Decode.optional(fields, "superseded_by", Decode::string),
                    Decode.required(fields, "number", Decode::integer));
        }
    }

    /**
     * Schema {@code RememberedNote} of the OpenAPI document.
     *
     * @param id field {@code id}
     * @param content field {@code content}
     * @param category field {@code category}
     * @param confidence field {@code confidence}
     * @param importance field {@code importance}
     * @param tags field {@code tags}; empty if it is absent
     * @param evidence field {@code evidence}; empty if it is absent
     * @param provenance field {@code provenance}; empty if it is absent
     * @param user field {@code user}; empty if it is absent
     * @param session field {@code session}; empty if it is absent
     * @param validFrom field {@code valid_from}; empty if it is absent
     * @param validTo field {@code valid_to}; empty if it is absent
     * @param pinned field {@code pinned}; empty if it is absent
     * @param metadata field {@code metadata}; empty if it is absent
     * @param version field {@code version}
     * @param createdAt field {@code created_at}
     * @param updatedAt field {@code updated_at}
     * @param supersededBy field {@code superseded_by}; empty if it is absent
     * @param number field {@code number}
     * @param outcome field {@code outcome}
     */
    public record RememberedNote(
            String id,
            String content,
            String category,
            double confidence,
            double importance,
            List<String> tags,
            List<String> evidence,
            List<String> provenance,
            Optional<String> user,
            Optional<String> session,
            Optional<String> validFrom,
            Optional<String> validTo,
            Optional<Boolean> pinned,
            Map<String, ? extends @Nullable Object> metadata,
            long version,
            String createdAt,
            String updatedAt,
            Optional<String> supersededBy,
            long number,
            String outcome) {

        static RememberedNote of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new RememberedNote(
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "content", Decode::string),
                    Decode.required(fields, "category", Decode::string),
                    Decode.required(fields, "confidence", Decode::number),
                    Decode.required(fields, "importance", Decode::number),
                    Decode.optional(fields, "tags", Decode.list(Decode::string)).orElse(List.of()),
                    Decode.optional(fields, "evidence", Decode.list(Decode::string))
                            .orElse(List.of()),
                    Decode.optional(fields, "provenance", Decode.list(Decode::string))
                            .orElse(List.of()),
                    Decode.optional(fields, "user", Decode::string),
                    Decode.optional(fields, "session", Decode::string),
                    Decode.optional(fields, "valid_from", Decode::string),
                    Decode.optional(fields, "valid_to", Decode::string),
                    Decode.optional(fields, "pinned", Decode::flag),
                    Decode.optional(fields, "metadata", Decode::fields).orElse(Map.of()),
                    Decode.required(fields, "version", Decode::integer),
                    Decode.required(fields, "created_at", Decode::string),
                    Decode.required(fields, "updated_at", Decode::string),
                    Decode.optional(fields, "superseded_by", Decode::string),
                    Decode.required(fields, "number", Decode::integer),
                    Decode.required(fields, "outcome", Decode::string));
        }
    }

    /**
     * Schema {@code NoteWithHistory} of the OpenAPI document.
     *
     * @param id field {@code id}
     * @param content field {@code content}
     * @param category field {@code category}
     * @param confidence field {@code confidence}
     * @param importance field {@code importance}
     * @param tags field {@code tags}; empty if it is absent
     * @param evidence field {@code evidence}; empty if it is absent
     * @param provenance field {@code provenance}; empty if it is absent
     * @param user field {@code user}; empty if it is absent
     * @param session field {@code session}; empty if it is absent
     * @param validFrom field {@code valid_from}; empty if it is absent
     * @param validTo field {@code valid_to}; empty if it is absent
     * @param pinned field {@code pinned}; empty if it is absent
     * @param metadata field {@code metadata}; empty if it is absent
     * @param version field {@code version}
     * @param createdAt field {@code created_at}
     * @param updatedAt field {@code updated_at}
     * @param supersededBy field {@code superseded_by}; empty if it is absent
     * @param number field {@code number}
     * @param history field {@code history}; empty if it is absent
     */
    public record NoteWithHistory(
            String id,
            String content,
            String category,
            double confidence,
            double importance,
            List<String> tags,
            List<String> evidence,
            List<String> provenance,
            Optional<String> user,
            Optional<String> session,
            Optional<String> validFrom,
            Optional<String> validTo,
            Optional<Boolean> pinned,
            Map<String, ? extends @Nullable Object> metadata,
            long version,
            String createdAt,
            String updatedAt,
            Optional<String> supersededBy,
            long number,
            List<StoredNote> history) {

        static NoteWithHistory of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new NoteWithHistory(
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "content", Decode::string),
                    Decode.required(fields, "category", Decode::string),
                    Decode.required(fields, "confidence", Decode::number),
                    Decode.required(fields, "importance", Decode::number),
                    Decode.optional(fields, "tags", Decode.list(Decode::string)).orElse(List.of()),
                    Decode.optional(fields, "evidence", Decode.list(Decode::string))
                            .orElse(List.of()),
                    Decode.optional(fields, "provenance", Decode.list(Decode::string))
                            .orElse(List.of()),
                    Decode.optional(fields, "user", Decode::string),
                    Decode.optional(fields, "session", Decode::string),
                    Decode.optional(fields, "valid_from", Decode::string),
                    Decode.optional(fields, "valid_to", Decode::string),
                    Decode.optional(fields, "pinned", Decode::flag),
                    Decode.optional(fields, "metadata", Decode::fields).orElse(Map.of()),
                    Decode.required(fields, "version", Decode::integer),
                    Decode.required(fields, "created_at", Decode::string),
                    Decode.required(fields, "updated_at", Decode::string),
                    Decode.optional(fields, "superseded_by", Decode::string),
                    Decode.required(fields, "number", Decode::integer),
                    Decode.optional(fields, "history", Decode.list(StoredNote::of))
                            .orElse(List.of()));
        }
    }

    /**
     * Schema {@code NotePage} of the OpenAPI document.
     *
     * @param items field {@code items}
     * @param next field {@code next}; empty if it is absent
     */
    public record NotePage(List<StoredNote> items, Optional<String> next) {

        static NotePage of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new NotePage(
                    Decode.required(fields, "items", Decode.list(StoredNote::of)),
                    Decode.optional(fields, "next", Decode::string));
        }
    }

    /**
     * Schema {@code MemoryToolResult} of the OpenAPI document.
     *
     * @param content field {@code content}
     * @param isError field {@code is_error}
     */
    public record MemoryToolResult(String content, boolean isError) {

        static MemoryToolResult of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new MemoryToolResult(
                    Decode.required(fields, "content", Decode::string),
                    Decode.required(fields, "is_error", Decode::flag));
        }
    }

    /**
     * Schema {@code ErasedItem} of the OpenAPI document.
     *
     * @param kind field {@code kind}
     * @param id field {@code id}
     */
    public record ErasedItem(String kind, String id) {

        static ErasedItem of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new ErasedItem(
                    Decode.required(fields, "kind", Decode::string), Decode.required(fields, "id", Decode::string));
        }
    }

    /**
     * Schema {@code Erased} of the OpenAPI document.
     *
     * @param contexts field {@code contexts}
     * @param sessions field {@code sessions}
     * @param messages field {@code messages}
     * @param notes field {@code notes}
     * @param entities field {@code entities}
     * @param observations field {@code observations}
     * @param relations field {@code relations}
     * @param interactions field {@code interactions}
     * @param consolidations field {@code consolidations}
     * @param documents field {@code documents}
     * @param passages field {@code passages}
     * @param reduced field {@code reduced}
     * @param scrubbed field {@code scrubbed}; empty if it is absent
     * @param items field {@code items}; empty if it is absent
     * @param reducedItems field {@code reduced_items}; empty if it is absent
     */
    public record Erased(
            long contexts,
            long sessions,
            long messages,
            long notes,
            long entities,
            long observations,
            long relations,
            long interactions,
            long consolidations,
            long documents,
            long passages,
            long reduced,
            Optional<Boolean> scrubbed,
            List<ErasedItem> items,
            List<ErasedItem> reducedItems) {

        static Erased of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new Erased(
                    Decode.required(fields, "contexts", Decode::integer),
                    Decode.required(fields, "sessions", Decode::integer),
                    Decode.required(fields, "messages", Decode::integer),
                    Decode.required(fields, "notes", Decode::integer),
                    Decode.required(fields, "entities", Decode::integer),
                    Decode.required(fields, "observations", Decode::integer),
                    Decode.required(fields, "relations", Decode::integer),
                    Decode.required(fields, "interactions", Decode::integer),
                    Decode.required(fields, "consolidations", Decode::integer),
                    Decode.required(fields, "documents", Decode::integer),
                    Decode.required(fields, "passages", Decode::integer),
                    Decode.required(fields, "reduced", Decode::integer),
                    Decode.optional(fields, "scrubbed", Decode::flag),
                    Decode.optional(fields, "items", Decode.list(ErasedItem::of))
                            .orElse(List.of()),
                    Decode.optional(fields, "reduced_items", Decode.list(ErasedItem::of))
                            .orElse(List.of()));
        }
    }

    /**
     * Schema {@code Hit} of the OpenAPI document.
     *
     * @param kind field {@code kind}
     * @param id field {@code id}
     * @param content field {@code content}
     * @param score field {@code score}
     * @param confidence field {@code confidence}
     * @param at field {@code at}; empty if it is absent
     * @param session field {@code session}; empty if it is absent
     * @param user field {@code user}; empty if it is absent
     * @param role field {@code role}; empty if it is absent
     * @param speaker field {@code speaker}; empty if it is absent
     * @param category field {@code category}; empty if it is absent
     * @param entity field {@code entity}; empty if it is absent
     * @param archived field {@code archived}; empty if it is absent
     * @param words field {@code words}; empty if it is absent
     * @param signals field {@code signals}; empty if it is absent
     * @param sources field {@code sources}; empty if it is absent
     * @param duplicates field {@code duplicates}; empty if it is absent
     */
    public record Hit(
            String kind,
            String id,
            String content,
            double score,
            double confidence,
            Optional<String> at,
            Optional<String> session,
            Optional<String> user,
            Optional<String> role,
            Optional<String> speaker,
            Optional<String> category,
            Optional<String> entity,
            Optional<Boolean> archived,
            List<String> words,
            Map<String, Double> signals,
            List<String> sources,
            List<FoldedItem> duplicates) {

        static Hit of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new Hit(
                    Decode.required(fields, "kind", Decode::string),
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "content", Decode::string),
                    Decode.required(fields, "score", Decode::number),
                    Decode.required(fields, "confidence", Decode::number),
                    Decode.optional(fields, "at", Decode::string),
                    Decode.optional(fields, "session", Decode::string),
                    Decode.optional(fields, "user", Decode::string),
                    Decode.optional(fields, "role", Decode::string),
                    Decode.optional(fields, "speaker", Decode::string),
                    Decode.optional(fields, "category", Decode::string),
                    Decode.optional(fields, "entity", Decode::string),
                    Decode.optional(fields, "archived", Decode::flag),
                    Decode.optional(fields, "words", Decode.list(Decode::string))
                            .orElse(List.of()),
                    Decode.optional(fields, "signals", Decode.map(Decode::number))
                            .orElse(Map.of()),
                    Decode.optional(fields, "sources", Decode.list(Decode::string))
                            .orElse(List.of()),
                    Decode.optional(fields, "duplicates", Decode.list(FoldedItem::of))
                            .orElse(List.of()));
        }
    }

    /**
     * Schema {@code FoldedItem} of the OpenAPI document.
     *
     * @param kind field {@code kind}
     * @param id field {@code id}
     * @param at field {@code at}
     */
    public record FoldedItem(String kind, String id, String at) {

        static FoldedItem of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new FoldedItem(
                    Decode.required(fields, "kind", Decode::string),
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "at", Decode::string));
        }
    }

    /**
     * Schema {@code RecallResult} of the OpenAPI document.
     *
     * @param hits field {@code hits}
     * @param mode field {@code mode}
     * @param notice field {@code notice}; empty if it is absent
     * @param confidence field {@code confidence}
     * @param archivedNotSearched field {@code archived_not_searched}; empty if it is absent
     * @param tokens field {@code tokens}; empty if it is absent
     * @param change field {@code change}; empty if it is absent
     * @param tookMs field {@code took_ms}
     */
    public record RecallResult(
            List<Hit> hits,
            String mode,
            Optional<String> notice,
            double confidence,
            Optional<Boolean> archivedNotSearched,
            Optional<Long> tokens,
            Optional<Long> change,
            double tookMs) {

        static RecallResult of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new RecallResult(
                    Decode.required(fields, "hits", Decode.list(Hit::of)),
                    Decode.required(fields, "mode", Decode::string),
                    Decode.optional(fields, "notice", Decode::string),
                    Decode.required(fields, "confidence", Decode::number),
                    Decode.optional(fields, "archived_not_searched", Decode::flag),
                    Decode.optional(fields, "tokens", Decode::integer),
                    Decode.optional(fields, "change", Decode::integer),
                    Decode.required(fields, "took_ms", Decode::number));
        }
    }

    /**
     * Schema {@code SearchResult} of the OpenAPI document.
     *
     * @param hits field {@code hits}
     */
    public record SearchResult(List<Hit> hits) {

        static SearchResult of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new SearchResult(Decode.required(fields, "hits", Decode.list(Hit::of)));
        }
    }

    /**
     * Schema {@code ContextSection} of the OpenAPI document.
     *
     * @param title field {@code title}
     * @param lines field {@code lines}
     * @param truncated field {@code truncated}; empty if it is absent
     */
    public record ContextSection(String title, long lines, Optional<Boolean> truncated) {

        static ContextSection of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new ContextSection(
                    Decode.required(fields, "title", Decode::string),
                    Decode.required(fields, "lines", Decode::integer),
                    Decode.optional(fields, "truncated", Decode::flag));
        }
    }

    /**
     * Schema {@code PromptContext} of the OpenAPI document.
     *
     * @param text field {@code text}
     * @param tokens field {@code tokens}
     * @param sections field {@code sections}
     */
    public record PromptContext(String text, long tokens, List<ContextSection> sections) {

        static PromptContext of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new PromptContext(
                    Decode.required(fields, "text", Decode::string),
                    Decode.required(fields, "tokens", Decode::integer),
                    Decode.required(fields, "sections", Decode.list(ContextSection::of)));
        }
    }

    /**
     * Schema {@code Mood} of the OpenAPI document.
     *
     * @param mood field {@code mood}
     * @param at field {@code at}
     */
    public record Mood(String mood, String at) {

        static Mood of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new Mood(
                    Decode.required(fields, "mood", Decode::string), Decode.required(fields, "at", Decode::string));
        }
    }

    /**
     * Schema {@code UserContext} of the OpenAPI document.
     *
     * @param userId field {@code user_id}
     * @param firstMet field {@code first_met}
     * @param conversations field {@code conversations}
     * @param friendship field {@code friendship}
     * @param stage field {@code stage}
     * @param trust field {@code trust}
     * @param traits field {@code traits}
     * @param preferences field {@code preferences}
     * @param moods field {@code moods}
     * @param lastInteraction field {@code last_interaction}; empty if it is absent
     * @param version field {@code version}
     */
    public record UserContext(
            String userId,
            String firstMet,
            long conversations,
            double friendship,
            String stage,
            double trust,
            Map<String, Double> traits,
            Map<String, ? extends @Nullable Object> preferences,
            List<Mood> moods,
            Optional<String> lastInteraction,
            long version) {

        static UserContext of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new UserContext(
                    Decode.required(fields, "user_id", Decode::string),
                    Decode.required(fields, "first_met", Decode::string),
                    Decode.required(fields, "conversations", Decode::integer),
                    Decode.required(fields, "friendship", Decode::number),
                    Decode.required(fields, "stage", Decode::string),
                    Decode.required(fields, "trust", Decode::number),
                    Decode.required(fields, "traits", Decode.map(Decode::number)),
                    Decode.required(fields, "preferences", Decode::fields),
                    Decode.required(fields, "moods", Decode.list(Mood::of)),
                    Decode.optional(fields, "last_interaction", Decode::string),
                    Decode.required(fields, "version", Decode::integer));
        }
    }

    /**
     * Schema {@code NamePage} of the OpenAPI document.
     *
     * @param items field {@code items}
     * @param next field {@code next}; empty if it is absent
     */
    public record NamePage(List<String> items, Optional<String> next) {

        static NamePage of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new NamePage(
                    Decode.required(fields, "items", Decode.list(Decode::string)),
                    Decode.optional(fields, "next", Decode::string));
        }
    }

    /**
     * Schema {@code Statistics} of the OpenAPI document.
     *
     * @param agent field {@code agent}
     * @param messages field {@code messages}
     * @param archived field {@code archived}
     * @param notes field {@code notes}
     * @param sessions field {@code sessions}
     * @param users field {@code users}
     * @param waiting field {@code waiting}
     * @param entities field {@code entities}
     * @param observations field {@code observations}
     * @param relations field {@code relations}
     * @param embedded field {@code embedded}
     * @param servingModel field {@code serving_model}; empty if it is absent
     * @param changes field {@code changes}
     * @param databaseBytes field {@code database_bytes}
     * @param schema field {@code schema}
     */
    public record Statistics(
            String agent,
            long messages,
            long archived,
            long notes,
            long sessions,
            long users,
            long waiting,
            long entities,
            long observations,
            long relations,
            long embedded,
            Optional<String> servingModel,
            long changes,
            long databaseBytes,
            long schema) {

        static Statistics of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new Statistics(
                    Decode.required(fields, "agent", Decode::string),
                    Decode.required(fields, "messages", Decode::integer),
                    Decode.required(fields, "archived", Decode::integer),
                    Decode.required(fields, "notes", Decode::integer),
                    Decode.required(fields, "sessions", Decode::integer),
                    Decode.required(fields, "users", Decode::integer),
                    Decode.required(fields, "waiting", Decode::integer),
                    Decode.required(fields, "entities", Decode::integer),
                    Decode.required(fields, "observations", Decode::integer),
                    Decode.required(fields, "relations", Decode::integer),
                    Decode.required(fields, "embedded", Decode::integer),
                    Decode.optional(fields, "serving_model", Decode::string),
                    Decode.required(fields, "changes", Decode::integer),
                    Decode.required(fields, "database_bytes", Decode::integer),
                    Decode.required(fields, "schema", Decode::integer));
        }
    }

    /**
     * Schema {@code Change} of the OpenAPI document.
     *
     * @param number field {@code number}
     * @param at field {@code at}
     * @param kind field {@code kind}
     * @param ref field {@code ref}; empty if it is absent
     */
    public record Change(long number, String at, String kind, Optional<String> ref) {

        static Change of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new Change(
                    Decode.required(fields, "number", Decode::integer),
                    Decode.required(fields, "at", Decode::string),
                    Decode.required(fields, "kind", Decode::string),
                    Decode.optional(fields, "ref", Decode::string));
        }
    }

    /**
     * Schema {@code ChangePage} of the OpenAPI document.
     *
     * @param items field {@code items}
     * @param next field {@code next}; empty if it is absent
     */
    public record ChangePage(List<Change> items, Optional<String> next) {

        static ChangePage of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new ChangePage(
                    Decode.required(fields, "items", Decode.list(Change::of)),
                    Decode.optional(fields, "next", Decode::string));
        }
    }

    /**
     * Schema {@code EntityRef} of the OpenAPI document.
     *
     * @param id field {@code id}
     * @param name field {@code name}
     * @param type field {@code type}; empty if it is absent
     */
    public record EntityRef(String id, String name, Optional<String> type) {

        static EntityRef of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new EntityRef(
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "name", Decode::string),
                    Decode.optional(fields, "type", Decode::string));
        }
    }

    /**
     * Schema {@code StoredRelation} of the OpenAPI document.
     *
     * @param id field {@code id}
     * @param version field {@code version}
     * @param from field {@code from}
     * @param to field {@code to}
     * @param type field {@code type}
     * @param fact field {@code fact}; empty if it is absent
     * @param weight field {@code weight}; empty if it is absent
     * @param attributes field {@code attributes}; empty if it is absent
     * @param validFrom field {@code valid_from}; empty if it is absent
     * @param validTo field {@code valid_to}; empty if it is absent
     * @param sources field {@code sources}; empty if it is absent
     * @param recordedAt field {@code recorded_at}
     * @param retiredAt field {@code retired_at}; empty if it is absent
     */
    public record StoredRelation(
            String id,
            long version,
            EntityRef from,
            EntityRef to,
            String type,
            Optional<String> fact,
            Optional<Double> weight,
            Map<String, ? extends @Nullable Object> attributes,
            Optional<String> validFrom,
            Optional<String> validTo,
            List<String> sources,
            String recordedAt,
            Optional<String> retiredAt) {

        static StoredRelation of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new StoredRelation(
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "version", Decode::integer),
                    Decode.required(fields, "from", EntityRef::of),
                    Decode.required(fields, "to", EntityRef::of),
                    Decode.required(fields, "type", Decode::string),
                    Decode.optional(fields, "fact", Decode::string),
                    Decode.optional(fields, "weight", Decode::number),
                    Decode.optional(fields, "attributes", Decode::fields).orElse(Map.of()),
                    Decode.optional(fields, "valid_from", Decode::string),
                    Decode.optional(fields, "valid_to", Decode::string),
                    Decode.optional(fields, "sources", Decode.list(Decode::string))
                            .orElse(List.of()),
                    Decode.required(fields, "recorded_at", Decode::string),
                    Decode.optional(fields, "retired_at", Decode::string));
        }
    }

    /**
     * Schema {@code ConnectedEntity} of the OpenAPI document.
     *
     * @param ref field {@code ref}
     * @param id field {@code id}
     * @param name field {@code name}
     * @param type field {@code type}
     * @param created field {@code created}
     * @param observationsAdded field {@code observations_added}
     */
    public record ConnectedEntity(
            String ref, String id, String name, String type, boolean created, long observationsAdded) {

        static ConnectedEntity of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new ConnectedEntity(
                    Decode.required(fields, "ref", Decode::string),
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "name", Decode::string),
                    Decode.required(fields, "type", Decode::string),
                    Decode.required(fields, "created", Decode::flag),
                    Decode.required(fields, "observations_added", Decode::integer));
        }
    }

    /**
     * Schema {@code Connected} of the OpenAPI document.
     *
     * @param entities field {@code entities}
     * @param relations field {@code relations}
     */
    public record Connected(List<ConnectedEntity> entities, List<StoredRelation> relations) {

        static Connected of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new Connected(
                    Decode.required(fields, "entities", Decode.list(ConnectedEntity::of)),
                    Decode.required(fields, "relations", Decode.list(StoredRelation::of)));
        }
    }

    /**
     * Schema {@code QueryResult} of the OpenAPI document.
     *
     * @param columns field {@code columns}
     * @param rows field {@code rows}
     * @param count field {@code count}
     */
    public record QueryResult(List<String> columns, List<List<?>> rows, long count) {

        static QueryResult of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new QueryResult(
                    Decode.required(fields, "columns", Decode.list(Decode::string)),
                    Decode.required(fields, "rows", Decode.list(Decode::values)),
                    Decode.required(fields, "count", Decode::integer));
        }
    }

    /**
     * Schema {@code Source} of the OpenAPI document.
     *
     * @param kind field {@code kind}
     * @param id field {@code id}; empty if it is absent
     * @param who field {@code who}; empty if it is absent
     * @param at field {@code at}; empty if it is absent
     * @param text field {@code text}
     */
    public record Source(String kind, Optional<String> id, Optional<String> who, Optional<String> at, String text) {

        static Source of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new Source(
                    Decode.required(fields, "kind", Decode::string),
                    Decode.optional(fields, "id", Decode::string),
                    Decode.optional(fields, "who", Decode::string),
                    Decode.optional(fields, "at", Decode::string),
                    Decode.required(fields, "text", Decode::string));
        }
    }

    /**
     * Schema {@code CitedSource} of the OpenAPI document.
     *
     * @param number field {@code number}
     * @param kind field {@code kind}
     * @param id field {@code id}; empty if it is absent
     * @param who field {@code who}; empty if it is absent
     * @param at field {@code at}; empty if it is absent
     * @param text field {@code text}; empty if it is absent
     */
    public record CitedSource(
            long number,
            String kind,
            Optional<String> id,
            Optional<String> who,
            Optional<String> at,
            Optional<String> text) {

        static CitedSource of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new CitedSource(
                    Decode.required(fields, "number", Decode::integer),
                    Decode.required(fields, "kind", Decode::string),
                    Decode.optional(fields, "id", Decode::string),
                    Decode.optional(fields, "who", Decode::string),
                    Decode.optional(fields, "at", Decode::string),
                    Decode.optional(fields, "text", Decode::string));
        }
    }

    /**
     * Schema {@code ChatReply} of the OpenAPI document.
     *
     * @param session field {@code session}
     * @param question field {@code question}
     * @param answer field {@code answer}; empty if it is absent
     * @param cut field {@code cut}; empty if it is absent
     * @param error field {@code error}; empty if it is absent
     * @param model field {@code model}; empty if it is absent
     * @param sources field {@code sources}
     * @param searched field {@code searched}; empty if it is absent
     * @param interaction field {@code interaction}; empty if it is absent
     * @param memoryMs field {@code memory_ms}
     */
    public record ChatReply(
            String session,
            String question,
            Optional<StoredMessage> answer,
            Optional<Boolean> cut,
            Optional<String> error,
            Optional<String> model,
            List<CitedSource> sources,
            List<Source> searched,
            Optional<String> interaction,
            double memoryMs) {

        static ChatReply of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new ChatReply(
                    Decode.required(fields, "session", Decode::string),
                    Decode.required(fields, "question", Decode::string),
                    Decode.optional(fields, "answer", StoredMessage::of),
                    Decode.optional(fields, "cut", Decode::flag),
                    Decode.optional(fields, "error", Decode::string),
                    Decode.optional(fields, "model", Decode::string),
                    Decode.required(fields, "sources", Decode.list(CitedSource::of)),
                    Decode.optional(fields, "searched", Decode.list(Source::of)).orElse(List.of()),
                    Decode.optional(fields, "interaction", Decode::string),
                    Decode.required(fields, "memory_ms", Decode::number));
        }
    }

    /**
     * Schema {@code StoredDocument} of the OpenAPI document.
     *
     * @param id field {@code id}
     * @param collection field {@code collection}
     * @param title field {@code title}; empty if it is absent
     * @param hash field {@code hash}
     * @param characters field {@code characters}
     * @param passages field {@code passages}
     * @param addedAt field {@code added_at}
     * @param metadata field {@code metadata}; empty if it is absent
     */
    public record StoredDocument(
            String id,
            String collection,
            Optional<String> title,
            String hash,
            long characters,
            long passages,
            String addedAt,
            Map<String, ? extends @Nullable Object> metadata) {

        static StoredDocument of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new StoredDocument(
                    Decode.required(fields, "id", Decode::string),
                    Decode.required(fields, "collection", Decode::string),
                    Decode.optional(fields, "title", Decode::string),
                    Decode.required(fields, "hash", Decode::string),
                    Decode.required(fields, "characters", Decode::integer),
                    Decode.required(fields, "passages", Decode::integer),
                    Decode.required(fields, "added_at", Decode::string),
                    Decode.optional(fields, "metadata", Decode::fields).orElse(Map.of()));
        }
    }

    /**
     * Schema {@code Readiness} of the OpenAPI document.
     *
     * @param ready field {@code ready}
     * @param store field {@code store}
     * @param model field {@code model}
     * @param stopping field {@code stopping}
     */
    public record Readiness(boolean ready, String store, String model, boolean stopping) {

        static Readiness of(Object json) {
            Map<String, @Nullable Object> fields = Decode.fields(json);
            return new Readiness(
                    Decode.required(fields, "ready", Decode::flag),
                    Decode.required(fields, "store", Decode::string),
                    Decode.required(fields, "model", Decode::string),
                    Decode.required(fields, "stopping", Decode::flag));
        }
    }
}
