package dev.stele.store.sql;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** SQL of the library's own, with comments on lines of their own and a semicolon at the end of each statement's last line. */
public record SqlScript(String text) {

    /** A file that lies beside a class. */
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

    /** The statements, without comments. */
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
