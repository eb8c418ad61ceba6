package dev.stele.graph.cypher;

/** Decoder of string literals. Stateless. */
final class StringLiterals {

    private StringLiterals() {}

    /** Returns the text between the quotes, with backslash escapes replaced. */
    static String unquote(String quoted, Ast.Pos pos) {
        var text = new StringBuilder();
        for (int i = 1; i < quoted.length() - 1; i++) {
            char c = quoted.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escaped = quoted.charAt(++i);
            switch (escaped) {
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case '\\', '\'', '"' -> text.append(escaped);
                case 'u', 'U' -> {
                    int digits = escaped == 'u' ? 4 : 8;
                    if (i + digits >= quoted.length()) {
                        throw QueryError.at(pos, "\\" + escaped + " needs " + digits + " digits");
                    }
                    String hex = quoted.substring(i + 1, i + 1 + digits);
                    try {
                        text.appendCodePoint(Integer.parseInt(hex, 16));
                    } catch (IllegalArgumentException e) {
                        throw QueryError.at(pos, "\\" + escaped + hex + " is no character");
                    }
                    i += digits;
                }
                default -> throw QueryError.at(pos, "\\" + escaped + " stands for nothing");
            }
        }
        return text.toString();
    }
}
