package dev.stele.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Beginning of a command line, up to the cursor.
 *
 * @param complete words before the word at the cursor, without quotes; the first one is the command itself
 * @param current word at the cursor, without quotes; empty if the cursor follows a blank
 */
record ShellWords(List<String> complete, String current) {

    /** Words that a shell takes as they are. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    /** Returns a word as it is written in the command line of a POSIX shell: in quotes if it needs them. */
    static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** Splits a command line as a shell does: at blanks that are not in quotes and do not follow a backslash. */
    static ShellWords of(String line) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        boolean isOpen = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && quote != '\'' && i + 1 < line.length()) {
                word.append(line.charAt(++i));
                isOpen = true;
            } else if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '\'' || c == '"') {
                quote = c;
                isOpen = true;
            } else if (Character.isWhitespace(c)) {
                if (isOpen) {
                    words.add(word.toString());
                    word.setLength(0);
                    isOpen = false;
                }
            } else {
                word.append(c);
                isOpen = true;
            }
        }
        return new ShellWords(words, word.toString());
    }
}
