package dev.stele.store.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Builder of a conjunction of conditions with their arguments, which are plain question marks. For one query. */
final class ConditionBuilder {

    private final StringBuilder text;
    private final List<Object> arguments = new ArrayList<>();

    ConditionBuilder(String condition, Object... bound) {
        this.text = new StringBuilder(" where ").append(condition);
        arguments.addAll(List.of(bound));
    }

    ConditionBuilder and(String condition) {
        text.append(" and ").append(condition);
        return this;
    }

    /** Adds a condition if its argument is present. */
    ConditionBuilder and(String condition, Optional<?> argument) {
        argument.ifPresent(value -> {
            and(condition);
            arguments.add(value);
        });
        return this;
    }

    /** Adds a condition with several arguments. */
    ConditionBuilder andAll(String condition, Object... values) {
        and(condition);
        arguments.addAll(List.of(values));
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** Returns the arguments, followed by those of the SQL after the conditions. */
    @Nullable
    Object[] arguments(Object... last) {
        var all = new ArrayList<@Nullable Object>(arguments);
        all.addAll(List.of(last));
        return all.toArray();
    }

    /** Returns the pattern of {@code like … escape '!'} that texts match which contain a text. */
    static String containing(String text) {
        return "%" + text.replaceAll("[!%_]", "!$0") + "%";
    }
}
