package dev.stele.server.support;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Check of a page by axe-core.
 *
 * @param script script of axe-core
 */
public record Accessibility(String script) {

    private static final List<String> RULES = List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice");

    /** Loads axe-core from its library. The property {@code stele.axe.version} is part of its path. */
    public static Accessibility load() throws IOException {
        String version = System.getProperty("stele.axe.version");
        try (InputStream in = Accessibility.class.getResourceAsStream(
                "/META-INF/resources/webjars/axe-core/" + version + "/axe.min.js")) {
            return new Accessibility(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** Returns the serious and critical findings of what a page shows now. */
    public List<String> findings(Page page) {
        if (!Boolean.TRUE.equals(page.evaluate("() => typeof axe === 'object'"))) {
            page.evaluate(script);
        }
        var found = (List<?>) page.evaluate("""
                async rules => (await axe.run(document, { runOnly: rules, resultTypes: ['violations'] })).violations
                  .filter(one => ['serious', 'critical'].includes(one.impact))
                  .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 150)).join(' | '))
                """, RULES);
        return found.stream().map(String::valueOf).toList();
    }
}
