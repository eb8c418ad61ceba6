package dev.stele.store.sql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement, made from a template that says the same for a database of one agent and for one of many. In a template stand
 *
 * <ul>
 *   <li><code>{message}</code> or <code>{message m}</code>: the agent's rows of a table, to be read, under its name or another;
 *   <li><code>{into message}</code>: a table to be written to;
 *   <li><code>{agent}</code> and <code>{agent?}</code>: the agent's column at the head of a list of columns, and its value;
 *   <li><code>{mine}</code>: the condition that rows to be changed or deleted are the agent's, with an "and" after it;
 *   <li><code>{numbers ?1 n}</code> or <code>{texts ?1 n}</code>: the values of a list, as rows of a column "value";
 *   <li><code>?</code>, the next argument, or <code>?2</code>, that one; not both in one template.
 * </ul>
 *
 * @param text with a plain question mark for each argument
 * @param arguments which argument each question mark is for, from 1; 0 is the agent
 * @param reads tables whose rows it looks at
 */
record SqlTemplate(String text, List<Integer> arguments, Set<String> reads) {

    private static final int AGENT = 0;
    private static final Pattern PLACE = Pattern.compile("\\{([^{}]*)}|\\?(\\d*)|'[^']*'");

    static SqlTemplate of(String template, Dialect dialect) {
        var reads = new HashSet<String>();
        var arguments = new ArrayList<Integer>();
        // First the words in braces, which may bring arguments with them; then the arguments, numbered as they stand.
        String open = PLACE.matcher(template)
                .replaceAll(place -> Matcher.quoteReplacement(
                        place.group(1) == null ? place.group() : words(place.group(1), dialect, reads)));
        int[] next = {0};
        String text = PLACE.matcher(open).replaceAll(place -> {
            if (place.group(2) == null) {
                return Matcher.quoteReplacement(place.group());
            }
            arguments.add(place.group(2).isEmpty() ? ++next[0] : Integer.parseInt(place.group(2)));
            return "?";
        });
        return new SqlTemplate(text, List.copyOf(arguments), Set.copyOf(reads));
    }

    private static String words(String inside, Dialect dialect, Set<String> reads) {
        String[] words = inside.split(" ", -1);
        boolean shared = dialect.shared();
        return switch (words[0]) {
            case "agent" -> shared ? "agent, " : "";
            case "agent?" -> shared ? "?" + AGENT + ", " : "";
            case "mine" -> shared ? "agent = ?" + AGENT + " and " : "";
            case "into" -> shared ? dialect.table(words[1]) + " as " + words[1] : dialect.table(words[1]);
            case "numbers", "texts" -> dialect.values(words[1], words[0].equals("numbers"), words[2]);
            default -> {
                reads.add(words[0]);
                String alias = words.length > 1 ? words[1] : words[0];
                yield shared
                        ? "(select * from %s where agent = ?%d) %s".formatted(dialect.table(words[0]), AGENT, alias)
                        : dialect.table(words[0]) + (alias.equals(words[0]) ? "" : " " + alias);
            }
        };
    }
}
