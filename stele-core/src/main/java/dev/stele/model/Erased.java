package dev.stele.model;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Result of an erasure, or of its preview: what was erased, and what was kept without the parts that came from the
 * erased items. Immutable.
 *
 * @param items erased items, in the order in which they were erased
 * @param reduced items that other sources still support and that lost the erased sources and evidence
 * @param scrubbed whether the bytes of the erased data are gone from all files of the agent. If not, maintenance
 *     removes them soon; no read returns them meanwhile
 */
public record Erased(List<Item> items, List<Item> reduced, boolean scrubbed) {

    /** Kind of an erased item. */
    public enum Kind {
        CONTEXT("contexts"),
        SESSION("sessions"),
        MESSAGE("messages"),
        NOTE("notes"),
        ENTITY("entities"),
        OBSERVATION("observations"),
        RELATION("relations"),
        INTERACTION("interactions"),
        CONSOLIDATION("consolidations"),
        DOCUMENT("documents"),
        PASSAGE("passages");

        private final String plural;

        Kind(String plural) {
            this.plural = plural;
        }

        /** Returns the name of a count of such items in JSON. */
        public String plural() {
            return plural;
        }

        /** Returns the name used in JSON. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Erased or reduced item.
     *
     * @param kind kind of the item
     * @param id identifier that the item had
     */
    public record Item(Kind kind, String id) {}

    public Erased {
        items = List.copyOf(items);
        reduced = List.copyOf(reduced);
    }

    /** Returns a copy with another value of {@link #scrubbed}. */
    public Erased withScrubbed(boolean done) {
        return new Erased(items, reduced, done);
    }

    /** Returns whether there was nothing to erase. */
    public boolean isNothing() {
        return items.isEmpty();
    }

    /** Returns the number of erased items of a kind. */
    public long count(Kind kind) {
        return items.stream().filter(item -> item.kind() == kind).count();
    }

    /** Returns whether a user context was erased. */
    public boolean context() {
        return count(Kind.CONTEXT) > 0;
    }

    /** Returns the number of erased messages. */
    public long messages() {
        return count(Kind.MESSAGE);
    }

    /** Returns the number of erased notes. */
    public long notes() {
        return count(Kind.NOTE);
    }

    /** Returns the number of erased sessions. */
    public long sessions() {
        return count(Kind.SESSION);
    }

    /** Returns the number of erased interactions. */
    public long interactions() {
        return count(Kind.INTERACTION);
    }

    /** Returns the number of erased items of each kind that has any, in the order of {@link Kind}. */
    public Map<Kind, Long> counts() {
        var counts = new EnumMap<Kind, Long>(Kind.class);
        items.forEach(item -> counts.merge(item.kind(), 1L, Long::sum));
        return counts;
    }

    /**
     * Returns the result as JSON fields: the count of each kind under its plural, {@code reduced} with the number of
     * reduced items, and {@code scrubbed}.
     *
     * @param preview whether the items themselves are listed and nothing was scrubbed
     */
    public Map<String, @Nullable Object> toJson(boolean preview) {
        var json = Json.fields();
        Map<Kind, Long> counts = counts();
        for (Kind kind : Kind.values()) {
            json.put(kind.plural(), counts.getOrDefault(kind, 0L));
        }
        return json.put("reduced", (long) reduced.size())
                .put("scrubbed", preview ? null : scrubbed)
                .put("items", preview ? items.stream().map(Erased::json).toList() : null)
                .put(
                        "reduced_items",
                        preview ? reduced.stream().map(Erased::json).toList() : null)
                .map();
    }

    private static Map<String, @Nullable Object> json(Item item) {
        return Json.fields()
                .put("kind", item.kind().label())
                .put("id", item.id())
                .map();
    }
}
