package dev.stele.audit;

import java.util.Arrays;

/** Surface through which a memory is used. */
public enum Surface {
    /** REST interface, which the dashboard uses too. */
    REST("rest"),
    /** Tools of the Model Context Protocol. */
    MCP("mcp"),
    /** Command {@code stele}. */
    COMMAND("command");

    private final String label;

    Surface(String label) {
        this.label = label;
    }

    /** Returns the name in JSON. */
    public String label() {
        return label;
    }

    /** Returns the surface of a name; {@link #REST} for any other text. */
    static Surface of(String label) {
        return Arrays.stream(values())
                .filter(surface -> surface.label.equals(label))
                .findFirst()
                .orElse(REST);
    }
}
