package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents of the project: links, and the sizes that CONTRIBUTING promises. */
class DocumentationTest {

    private static final Path ROOT = Path.of(System.getProperty("stele.root"));
    private static final int MAX_WORDS_OF_INTERNALS = 1_500;
    private static final int MAX_LINES_OF_README = 120;

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    /** The name of a test; a method that stands alone is told from other words by its length and its capitals. */
    private static final Pattern TEST = Pattern.compile(
            "\\b(?<type>[A-Z]\\w+Test)(?:[.#](?<method>[a-z]\\w*))?\\b|`(?<alone>[a-z]+[A-Z]\\w{6,})…?`");
    /** A class name in code font, alone or before a member. */
    private static final Pattern CLASS = Pattern.compile("`([A-Z]\\w*[a-z]\\w*)[`.]");
    /** Names of that form that are no classes of the project. */
    private static final Set<String> NOT_OURS = Set.of("Cleaner", "MemorySegment", "GzipDecoderSource");

    private static final Pattern HEADING = Pattern.compile("#{1,6} +(.+)");
    private static final Pattern NOT_IN_ANCHOR = Pattern.compile("[^\\p{L}\\p{N} _-]");

    private static List<Path> documents() throws IOException {
        var documents = new ArrayList<Path>();
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            Stream.concat(top, docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .forEach(documents::add);
        }
        return documents;
    }

    private static List<Path> sourceDirectories() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            return modules.map(module -> module.resolve("src"))
                    .filter(Files::isDirectory)
                    .toList();
        }
    }

    /** Returns the lines of a document outside code blocks. */
    private static List<String> prose(Path document) throws IOException {
        var prose = new ArrayList<String>();
        boolean code = false;
        for (String line : Files.readAllLines(document)) {
            if (line.strip().startsWith("```")) {
                code = !code;
            } else if (!code) {
                prose.add(line);
            }
        }
        return prose;
    }

    /** Returns the anchors of the headings of a document, formed as GitHub forms them. */
    private static Set<String> anchors(Path document) throws IOException {
        var anchors = new HashSet<String>();
        for (String line : prose(document)) {
            var heading = HEADING.matcher(line);
            if (heading.matches()) {
                String text = NOT_IN_ANCHOR.matcher(heading.group(1)).replaceAll("");
                anchors.add(text.strip().toLowerCase(Locale.ROOT).replace(' ', '-'));
            }
        }
        return anchors;
    }

    @Test
    void everyRelativeLinkLeadsToAFileAndAHeading() throws IOException {
        var broken = new ArrayList<String>();
        for (Path document : documents()) {
            for (String line : prose(document)) {
                LINK.matcher(line)
                        .results()
                        .map(link -> link.group(1))
                        .filter(target -> !target.contains("://") && !target.startsWith("mailto:"))
                        .filter(target -> !leadsSomewhere(document, target))
                        .forEach(target -> broken.add(ROOT.relativize(document) + ": " + target));
            }
        }
        assertThat(broken).isEmpty();
    }

    private static boolean leadsSomewhere(Path document, String target) {
        String[] parts = target.split("#", 2);
        Path file = parts[0].isEmpty()
                ? document
                : document.resolveSibling(parts[0]).normalize();
        try {
            return Files.exists(file) && (parts.length == 1 || anchors(file).contains(parts[1]));
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void everyDocumentIsReachableFromTheReadme() throws IOException {
        var reached = new HashSet<Path>();
        follow(ROOT.resolve("README.md"), reached);
        assertThat(documents()).allSatisfy(document -> assertThat(reached).contains(document));
    }

    private static void follow(Path document, Set<Path> reached) throws IOException {
        if (!document.toString().endsWith(".md") || !Files.exists(document) || !reached.add(document)) {
            return;
        }
        for (String line : prose(document)) {
            var link = LINK.matcher(line);
            while (link.find()) {
                String target = link.group(1).split("#", 2)[0];
                if (!target.isEmpty() && !target.contains("://")) {
                    follow(document.resolveSibling(target).normalize(), reached);
                }
            }
        }
    }

    @Test
    void everyClassThatAPageOnInternalsOrTheGlossaryNamesExists() throws IOException {
        Set<String> classes = new HashSet<>(NOT_OURS);
        for (Path sources : sourceDirectories()) {
            try (Stream<Path> files = Files.walk(sources)) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".java"))
                        .forEach(name -> classes.add(name.substring(0, name.length() - ".java".length())));
            }
        }
        var missing = new ArrayList<String>();
        for (Path page : documents()) {
            if (page.startsWith(ROOT.resolve("docs/internals")) || page.endsWith("GLOSSARY.md")) {
                CLASS.matcher(Files.readString(page))
                        .results()
                        .map(match -> match.group(1))
                        .filter(name -> !classes.contains(name))
                        .forEach(name -> missing.add(ROOT.relativize(page) + ": " + name));
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void everyTestThatADocumentNamesExists() throws IOException {
        Map<String, String> tests = new HashMap<>();
        for (Path sources : sourceDirectories()) {
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file : files.filter(file -> file.toString().endsWith("Test.java"))
                        .toList()) {
                    tests.merge(
                            file.getFileName().toString().replace(".java", ""), Files.readString(file), String::concat);
                }
            }
        }
        var missing = new ArrayList<String>();
        for (Path document : documents()) {
            for (String line : prose(document)) {
                namedTests(line)
                        .filter(named -> !tests.getOrDefault(named.type(), "")
                                .contains(
                                        named.method().isEmpty() ? "class " + named.type() : "void " + named.method()))
                        .forEach(named -> missing.add(ROOT.relativize(document) + ": " + named));
            }
        }
        assertThat(missing).isEmpty();
    }

    /** A test by its class and the beginning of its name, which is empty for the class alone. */
    private record NamedTest(String type, String method) {}

    /**
     * Returns the tests that a line names in code font or in a command; a method alone is one of the class before it.
     */
    private static Stream<NamedTest> namedTests(String line) {
        var named = new ArrayList<NamedTest>();
        String type = "";
        var name = TEST.matcher(line);
        while (name.find()) {
            if (name.group("type") != null) {
                type = name.group("type");
                named.add(new NamedTest(type, name.group("method") == null ? "" : name.group("method")));
            } else if (!type.isEmpty()) {
                named.add(new NamedTest(type, name.group("alone")));
            }
        }
        return named.stream();
    }

    @Test
    void pagesOnInternalsAndTheReadmeAreShort() throws IOException {
        try (Stream<Path> internals = Files.list(ROOT.resolve("docs/internals"))) {
            assertThat(internals)
                    .isNotEmpty()
                    .allSatisfy(page -> assertThat(Files.readString(page).split("\\s+"))
                            .as(page.getFileName().toString())
                            .hasSizeLessThanOrEqualTo(MAX_WORDS_OF_INTERNALS));
        }
        assertThat(Files.readAllLines(ROOT.resolve("README.md"))).hasSizeLessThan(MAX_LINES_OF_README);
    }
}
