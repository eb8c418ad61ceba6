package dev.stele.graph.cypher;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Variables and their values; another variable is put before those that are there, which stay. Immutable. */
record Row(@Nullable Row rest, String name, @Nullable Object value) {

    static final Row EMPTY = new Row(null, "", null);

    Row with(String newName, @Nullable Object newValue) {
        return new Row(this, newName, newValue);
    }

    boolean has(String wanted) {
        for (Row row = this; row != null; row = row.rest) {
            if (row.name.equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    @Nullable
    Object get(String wanted) {
        for (Row row = this; row != null; row = row.rest) {
            if (row.name.equals(wanted)) {
                return row.value;
            }
        }
        throw QueryError.of("the variable `" + wanted + "` is not defined");
    }

    /** Names of all variables, each once. */
    List<String> names() {
        var names = new LinkedHashSet<String>();
        for (Row row = this; row != null; row = row.rest) {
            if (!row.name.isEmpty()) {
                names.add(row.name);
            }
        }
        return List.copyOf(names);
    }

    /** Values of variables that are given by their names. */
    List<@Nullable Object> values(List<String> names) {
        var values = new ArrayList<@Nullable Object>(names.size());
        names.forEach(wanted -> values.add(get(wanted)));
        return values;
    }
}
