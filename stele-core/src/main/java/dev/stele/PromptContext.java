package dev.stele;

import dev.stele.language.Prompt.Source;
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
     * @param title what the pieces are
     * @param sources one thing each, with its time where it has one
     * @param truncated whether more would have been there
     */
    public record Section(String title, List<Source> sources, boolean truncated) {

        public Section {
            sources = List.copyOf(sources);
        }

        /** The pieces as they stand in the text. */
        public List<String> lines() {
            return sources.stream().map(PromptContext::line).toList();
        }

        String text() {
            return "## " + title + "\n" + String.join("\n", lines()) + "\n";
        }
    }

    static String line(Source source) {
        String at = source.at().map(time -> "[" + time + "] ").orElse("");
        boolean self = source.text().startsWith(source.who());
        return "- " + at + (source.who().isEmpty() || self ? "" : source.who() + ": ") + source.text();
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
                                        .put("lines", section.sources().size())
                                        .put("truncated", section.truncated() ? true : null)
                                        .map())
                                .toList())
                .map();
    }
}
