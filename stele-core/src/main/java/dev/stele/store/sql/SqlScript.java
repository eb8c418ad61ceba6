package dev.stele.store.sql;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * SQL script of the library, with comments on separate lines and a semicolon at the end of each statement's last line.
 */
public record SqlScript(String text) {

    /** Reads a script from a resource next to a class. */
    public static SqlScript resource(Class<?> beside, String name) {
        try (InputStream in = beside.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the library lacks its file " + name);
            }
            return new SqlScript(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("the library's file " + name + " cannot be read", e);
        }
    }

    /** Returns the statements without comments. */
    public List<String> statements() {
        var statements = new ArrayList<String>();
        for (String statement : text.split(";\\s*\\n", -1)) {
            String plain = statement.replaceAll("(?m)^\\s*--.*$", "").strip();
            if (!plain.isEmpty()) {
                statements.add(plain);
            }
        }
        return statements;
    }
}
