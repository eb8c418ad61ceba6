package dev.stele.cli.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the known name that a mistyped one was probably meant to be. Stateless. */
public final class NearestName {

    private NearestName() {}

    /**
     * Returns the known name with the smallest edit distance; empty if there is none.
     *
     * @param name the mistyped name
     * @param known the names to choose from
     */
    public static Optional<String> of(String name, Collection<String> known) {
        return known.stream().min(Comparator.comparingInt(other -> distance(name, other)));
    }

    /**
     * Returns the nearest known name if it is likely that it was meant: if about half of the letters are right, or
     * it begins with the name; else empty.
     *
     * @param name the mistyped name
     * @param known the names to choose from
     */
    public static Optional<String> likely(String name, Collection<String> known) {
        Optional<String> begun = name.isEmpty()
                ? Optional.empty()
                : known.stream().filter(other -> other.startsWith(name)).findFirst();
        return begun.or(() -> of(name, known).filter(nearest -> 2 * distance(name, nearest) <= name.length() + 1));
    }

    /** Levenshtein distance: minimum number of inserted, deleted or changed letters. */
    private static int distance(String a, String b) {
        var row = new ArrayList<Integer>();
        for (int j = 0; j <= b.length(); j++) {
            row.add(j);
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row.getFirst();
            row.set(0, i);
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row.get(j);
                row.set(j, Math.min(changed, 1 + Math.min(row.get(j), row.get(j - 1))));
            }
        }
        return row.getLast();
    }
}
