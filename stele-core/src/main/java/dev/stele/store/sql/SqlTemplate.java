package dev.stele.store.sql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SQL statement built from a template that is valid for databases of one agent and of many agents. A template may
 * contain:
 *
 * <ul>
 *   <li><code>{message}</code> or <code>{message m}</code>: the agent's rows of a table for reading, under its name or
 *       an alias;
 *   <li><code>{into message}</code>: a table for writing;
 *   <li><code>{agent}</code> and <code>{agent?}</code>: the agent column at the start of a column list, and its value;
 *   <li><code>{mine}</code>: the condition that rows to be changed or deleted belong to the agent, followed by "and";
 *   <li><code>{numbers ?1 n}</code> or <code>{texts ?1 n}</code>: the values of a list, as rows of a column "value";
 *   <li><code>?</code>, the next argument, or <code>?2</code>, the argument of that number; not both in one template.
 * </ul>
 *
 * @param text SQL with a plain question mark for each argument
 * @param arguments argument number of each question mark, from 1; 0 is the agent
 * @param reads tables whose rows the statement reads
 */
record SqlTemplate(String text, List<Integer> arguments, Set<String> reads) {

    private static final int AGENT = 0;
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)}|\\?(\\d*)|'[^']*'");

    static SqlTemplate of(String template, Dialect dialect) {
        var reads = new HashSet<String>();
        var arguments = new ArrayList<Integer>();
        // The terms in braces are expanded first, because they may add arguments. The arguments are numbered
        // afterwards, in their order.
        String expanded = PLACEHOLDER
                .matcher(template)
                .replaceAll(match -> Matcher.quoteReplacement(
                        match.group(1) == null ? match.group() : words(match.group(1), dialect, reads)));
        int[] next = {0};
        String text = PLACEHOLDER.matcher(expanded).replaceAll(match -> {
            if (match.group(2) == null) {
                return Matcher.quoteReplacement(match.group());
            }
            arguments.add(match.group(2).isEmpty() ? ++next[0] : Integer.parseInt(match.group(2)));
            return "?";
        });
        return new SqlTemplate(text, List.copyOf(arguments), Set.copyOf(reads));
    }

    private static String words(String inside, Dialect dialect, Set<String> reads) {
        String[] tokens = inside.split(" ", -1);
        boolean shared = dialect.shared();
        return switch (tokens[0]) {
            case "agent" -> shared ? "agent, " : "";
            case "agent?" -> shared ? "?" + AGENT + ", " : "";
            case "mine" -> shared ? "agent = ?" + AGENT + " and " : "";
            case "into" -> shared ? dialect.table(tokens[1]) + " as " + tokens[1] : dialect.table(tokens[1]);
            case "numbers", "texts" -> dialect.values(tokens[1], tokens[0].equals("numbers"), tokens[2]);
            default -> {
                reads.add(tokens[0]);
                String alias = tokens.length > 1 ? tokens[1] : tokens[0];
                yield shared
                        ? "(select * from %s where agent = ?%d) %s".formatted(dialect.table(tokens[0]), AGENT, alias)
                        : dialect.table(tokens[0]) + (alias.equals(tokens[0]) ? "" : " " + alias);
            }
        };
    }
}
