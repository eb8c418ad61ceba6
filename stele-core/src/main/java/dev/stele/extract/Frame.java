package dev.stele.extract;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Row of the table of frames: which clauses state a fact of a family, and how it is noted. Immutable.
 *
 * @param verbs lemmas of the verb
 * @param particles words between the verb and the preposition; empty if there need not be any
 * @param particleRequired whether one of the particles must be there
 * @param prepositions prepositions before the object; empty for the direct object
 * @param type type of the object
 * @param family family of the slot; {@code -} for none
 * @param cardinality how many values the slot has at a time
 * @param category category of the note
 * @param confidence certainty, 0 to 1
 * @param importance importance, 0 to 1
 * @param relation relation of the user in the graph
 * @param entityType type of the entity in the graph
 */
record Frame(
        Set<String> verbs,
        Set<String> particles,
        boolean particleRequired,
        Set<String> prepositions,
        String type,
        String family,
        Cardinality cardinality,
        String category,
        double confidence,
        double importance,
        Optional<String> relation,
        String entityType) {

    /** How many values a slot has at a time. */
    enum Cardinality {
        ONE,
        CHANGE,
        DOUBT,
        MANY,
        NONE
    }

    /** Row of the table of endings: which verbs end facts of which families. */
    record EndingRow(
            Set<String> verbs,
            Set<String> particles,
            boolean particleRequired,
            Set<String> prepositions,
            String role,
            Set<String> families,
            List<String> words) {}

    /** Holder, so that the class loader loads the tables once. */
    private static final class English {
        private static final Map<String, List<Frame>> FRAMES = new HashMap<>();
        private static final Map<String, List<EndingRow>> ENDINGS = new HashMap<>();

        static {
            for (String line : Lexicon.lines("english-frames.txt")) {
                Frame frame = read(line);
                frame.verbs.forEach(verb ->
                        FRAMES.computeIfAbsent(verb, _ -> new ArrayList<>()).add(frame));
            }
            for (String line : Lexicon.lines("english-endings.txt")) {
                String[] cells = cells(line, 6);
                boolean optional = cells[1].startsWith("?");
                var row = new EndingRow(
                        set(cells[0]),
                        set(optional ? cells[1].substring(1) : cells[1]),
                        !optional && !cells[1].isEmpty(),
                        set(cells[2]),
                        cells[3],
                        set(cells[4]),
                        cells[5].isEmpty() ? List.of() : List.of(cells[5].split(",", -1)));
                row.verbs()
                        .forEach(verb -> ENDINGS.computeIfAbsent(verb, _ -> new ArrayList<>())
                                .add(row));
            }
        }
    }

    /** Returns the frames of a verb in the order of the table. */
    static List<Frame> ofVerb(String lemma) {
        return English.FRAMES.getOrDefault(lemma, List.of());
    }

    /** Returns the endings of a verb in the order of the table. */
    static List<EndingRow> endingsOf(String lemma) {
        return English.ENDINGS.getOrDefault(lemma, List.of());
    }

    private static String[] cells(String line, int count) {
        String[] cells = line.split("\\|", -1);
        if (cells.length != count) {
            throw new IllegalStateException(
                    "The table of frames has a row with %d columns: %s".formatted(cells.length, line));
        }
        for (int i = 0; i < cells.length; i++) {
            cells[i] = cells[i].strip();
        }
        return cells;
    }

    private static Set<String> set(String cell) {
        return cell.isEmpty() ? Set.of() : Set.of(cell.split(",", -1));
    }

    private static Frame read(String line) {
        String[] cells = cells(line, 10);
        boolean optional = cells[1].startsWith("?");
        Set<String> particles = set(optional ? cells[1].substring(1) : cells[1]);
        String[] relation = cells[9].split(" ", -1);
        return new Frame(
                set(cells[0]),
                particles,
                !optional && !particles.isEmpty(),
                set(cells[2]),
                cells[3],
                cells[4],
                Cardinality.valueOf(EnglishGrammar.lower(cells[5]).toUpperCase(java.util.Locale.ROOT)),
                cells[6],
                Double.parseDouble(cells[7]),
                Double.parseDouble(cells[8]),
                relation.length == 2 ? Optional.of(relation[0]) : Optional.empty(),
                relation.length == 2 ? relation[1] : "");
    }
}
