package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.JsonObject;
import dev.stele.model.SteleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages under {@code docs/reference} name what the server and the library offer. */
class ReferenceTest extends ServerTestBase {

    private static final Path PAGES = Path.of(System.getProperty("stele.root"), "docs", "reference");
    private static final Pattern TYPE_NAME = Pattern.compile("\\bdev(?:\\.stele)(?:\\.[a-z]\\w*)*\\.[A-Z]\\w*");
    private static final Pattern ROUTE = Pattern.compile("`((?:GET|POST|PUT|PATCH|DELETE) [/…][^`]*)`");
    private static final Pattern METRIC = Pattern.compile("(?m)^# HELP (\\w+) ");

    private static String page(String name) throws IOException {
        return Files.readString(PAGES.resolve(name));
    }

    /** Returns the text from a heading to the next one. */
    private static String section(String page, String heading) {
        int start = page.indexOf("### " + heading + "\n");
        assertThat(start).as("the section %s", heading).isNotNegative();
        int end = page.indexOf("\n#", start + 1);
        return page.substring(start, end < 0 ? page.length() : end);
    }

    /** Returns the rows of a page by the routes in their first column. */
    private static Map<String, String> rowsByRoute(String page) {
        var rows = new TreeMap<String, String>();
        page.lines()
                .filter(line -> line.startsWith("| `"))
                .forEach(row -> ROUTE.matcher(row.split("\\|", -1)[1])
                        .results()
                        .map(match -> match.group(1).replace("…", "/v1/agents/{agent}"))
                        .forEach(route -> rows.merge(route, row, (one, other) -> one + other)));
        return rows;
    }

    @Test
    void everyRouteHasARowWithItsParametersAndTheFieldsOfItsBody() throws Exception {
        String page = page("rest.md");
        Map<String, String> rows = rowsByRoute(page);
        JsonObject description = http.get("/openapi.json").json();
        Map<String, ?> schemas = description
                .object("components")
                .orElseThrow()
                .object("schemas")
                .orElseThrow()
                .raw();
        var routes = new TreeSet<String>();
        var missing = new ArrayList<String>();
        for (var path : description.object("paths").orElseThrow().raw().entrySet()) {
            JsonObject operations = JsonObject.of("path", path.getValue());
            if (operations.has("x-websocket")) {
                routes.add("GET " + path.getKey());
            }
            for (String method : operations.raw().keySet().stream()
                    .filter(name -> !name.startsWith("x-"))
                    .toList()) {
                String route = method.toUpperCase(Locale.ROOT) + " " + path.getKey();
                routes.add(route);
                JsonObject operation = operations.object(method).orElseThrow();
                var names = new ArrayList<String>();
                operation.objects("parameters").stream()
                        .filter(parameter -> parameter.string("in").equals("query"))
                        .forEach(parameter -> names.add(parameter.string("name")));
                body(operation).ifPresent(schema -> names.addAll(fields(schemas, schema)));
                String row = rows.getOrDefault(route, "");
                String text = row + sections(page, row);
                names.stream()
                        .filter(name -> !text.contains("`" + name + "`"))
                        .forEach(name -> missing.add(route + " does not name " + name));
            }
        }
        assertThat(rows.keySet()).isEqualTo(routes);
        assertThat(missing).isEmpty();
    }

    private static Optional<String> body(JsonObject operation) {
        return operation
                .object("requestBody")
                .flatMap(body -> body.object("content"))
                .flatMap(content -> content.object("application/json"))
                .flatMap(json -> json.object("schema"))
                .flatMap(schema -> schema.optionalString("$ref"))
                .map(reference -> reference.replaceAll(".*/", ""));
    }

    private static Set<String> fields(Map<String, ?> schemas, String name) {
        JsonObject schema = JsonObject.of("schema", schemas.get(name.equals("Messages") ? "Message" : name));
        return schema.object("properties")
                .map(properties -> properties.raw().keySet())
                .orElse(Set.of());
    }

    /** Returns the sections of a page to which a row links. */
    private static String sections(String page, String row) {
        var text = new StringBuilder();
        for (String line : page.lines().filter(line -> line.startsWith("### ")).toList()) {
            String heading = line.substring(4);
            if (row.contains("(#" + heading.toLowerCase(Locale.ROOT).replace(' ', '-') + ")")) {
                text.append(section(page, heading));
            }
        }
        return text.toString();
    }

    @Test
    void everyFieldOfTheFilterIsListed() throws Exception {
        String fields = section(page("rest.md"), "Recall fields");
        String refusal = http.post(KIRA + "/recall", "{\"query\":\"x\",\"filter\":{\"unknown\":1}}")
                .json()
                .string("detail");
        List<String> known =
                List.of(refusal.replaceAll(".*it takes ", "").replace(".", "").split(", ", -1));
        assertThat(known)
                .contains("audience")
                .allSatisfy(name -> assertThat(fields).contains("`" + name + "`"));
    }

    @Test
    void everyMetricIsListed() throws Exception {
        String page = page("metrics.md");
        http.get("/health");
        List<String> metrics = METRIC.matcher(http.get("/metrics").body())
                .results()
                .map(help -> help.group(1))
                .toList();
        assertThat(metrics).isNotEmpty().allSatisfy(metric -> assertThat(page).contains("`" + metric + "`"));
    }

    @Test
    void everyKindOfErrorIsListedWithItsExceptions() throws Exception {
        String page = page("errors.md");
        assertThat(SteleException.class.getPermittedSubclasses())
                .allSatisfy(type -> assertThat(page).contains("`" + type.getSimpleName() + "`"));
        Pattern code = Pattern.compile("new HttpProblem\\(\\s*\\d{3},\\s*\"([a-z-]+)\"");
        var codes = new LinkedHashSet<String>();
        Path sources = Path.of(System.getProperty("stele.root"), "stele-server/src/main/java");
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".java")).toList()) {
                code.matcher(Files.readString(file)).results().forEach(match -> codes.add(match.group(1)));
            }
        }
        assertThat(codes).isNotEmpty().allSatisfy(one -> assertThat(page).contains("| `" + one + "` |"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference/java.md", "reference/errors.md", "tutorial.md"})
    void everyTypeThatAPageNamesExists(String name) throws Exception {
        var missing = new ArrayList<String>();
        TYPE_NAME
                .matcher(Files.readString(PAGES.resolveSibling(name)))
                .results()
                .map(match -> match.group())
                .filter(type -> !exists(type))
                .forEach(missing::add);
        assertThat(missing).isEmpty();
    }

    private static boolean exists(String type) {
        try {
            Class.forName(type, false, ReferenceTest.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
