package dev.stele.graph.cypher;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Variables with their values, as a linked list: an added variable is put in front and the existing ones are shared.
 * Immutable.
 */
record Row(@Nullable Row rest, String name, @Nullable Object value) {

    static final Row EMPTY = new Row(null, "", null);

    Row with(String newName, @Nullable Object newValue) {
        return new Row(this, newName, newValue);
    }

    boolean has(String variable) {
        for (Row row = this; row != null; row = row.rest) {
            if (row.name.equals(variable)) {
                return true;
            }
        }
        return false;
    }

    @Nullable
    Object get(String variable) {
        for (Row row = this; row != null; row = row.rest) {
            if (row.name.equals(variable)) {
                return row.value;
            }
        }
        throw QueryError.of("the variable `" + variable + "` is not defined");
    }

    /** Returns the distinct names of all variables. */
    List<String> names() {
        var names = new LinkedHashSet<String>();
        for (Row row = this; row != null; row = row.rest) {
            if (!row.name.isEmpty()) {
                names.add(row.name);
            }
        }
        return List.copyOf(names);
    }

    /** Returns the values of the named variables. */
    List<@Nullable Object> values(List<String> names) {
        var values = new ArrayList<@Nullable Object>(names.size());
        names.forEach(variable -> values.add(get(variable)));
        return values;
    }
}
