package dev.stele;

import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a memory has to say to a prompt, within its tokens. Immutable.
 *
 * @param sections in the order in which they stand in the text; those that would be empty are left out
 * @param tokens of the whole text
 */
public record PromptContext(List<Section> sections, int tokens) {

    /**
     * @param title what the lines are
     * @param lines one thing each, with its time where it has one
     * @param truncated whether more would have been there
     */
    public record Section(String title, List<String> lines, boolean truncated) {

        public Section {
            lines = List.copyOf(lines);
        }

        String text() {
            return "## " + title + "\n" + String.join("\n", lines) + "\n";
        }
    }

    public PromptContext {
        sections = List.copyOf(sections);
    }

    /** The text for the prompt, in Markdown. */
    public String text() {
        return String.join("\n", sections.stream().map(Section::text).toList());
    }

    public Map<String, @Nullable Object> toJson() {
        return Json.fields()
                .keep("text", text())
                .keep("tokens", tokens)
                .keep(
                        "sections",
                        sections.stream()
                                .map(section -> Json.fields()
                                        .put("title", section.title())
                                        .put("lines", section.lines().size())
                                        .put("truncated", section.truncated() ? true : null)
                                        .map())
                                .toList())
                .map();
    }
}
