package dev.stele.context;

import dev.stele.language.Prompt.Source;
import dev.stele.model.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Context of a prompt: text from the memory within a token limit. Immutable.
 *
 * @param sections the sections in the order of the text, without empty ones
 * @param tokens number of tokens of the whole text
 */
public record PromptContext(List<Section> sections, int tokens) {

    /**
     * Section of a prompt context.
     *
     * @param title the heading
     * @param sources the entries, each with its time if known
     * @param truncated whether further entries did not fit
     */
    public record Section(String title, List<Source> sources, boolean truncated) {

        public Section {
            sources = List.copyOf(sources);
        }

        /** Returns the entries as lines of the text. */
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

    /** Returns the text for the prompt, in Markdown. */
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
