package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.JsonObject;
import dev.stele.server.support.Programs;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Linters and generators over the OpenAPI document: the linters report nothing by their default rules, and what the
 * generators make compiles and talks with a server. {@link OpenApiTest} checks the rules that need no tool.
 */
@Tag("proof")
class OpenApiToolsTest extends ServerTestBase {

    /** What each generated client prints of its round trip. */
    private static final String[] TOLD = {
        "stored I moved to Lisbon",
        "outcome ADDED",
        "importance 0.9",
        "recalled I moved to Lisbon",
        "users ana",
        "changes message.created",
        "answered",
        "problem urn:stele:not-found"
    };

    private static final String GENERATOR = "7.25.0";

    @TempDir
    Path work;

    private Programs programs;
    private String url;

    @BeforeEach
    void write() throws Exception {
        programs =
                new Programs(work).with("REDOCLY_TELEMETRY", "off").with("JAVA_HOME", System.getProperty("java.home"));
        url = "http://127.0.0.1:" + server.port();
        Files.writeString(work.resolve("stele.json"), http.get("/openapi.json").body());
    }

    private void write(String name, String resource) throws Exception {
        try (var in = OpenApiToolsTest.class.getResourceAsStream("/openapi/" + resource)) {
            Files.writeString(work.resolve(name), new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private void assertRoundTrip(String output) throws Exception {
        System.out.print(output);
        assertThat(output).contains(TOLD);
        JsonObject stats = http.get(KIRA + "/stats").json();
        assertThat(stats.optionalLong("notes")).contains(1L);
        assertThat(stats.optionalLong("messages").orElseThrow()).isEqualTo(3);
    }

    @Test
    void redoclyReportsNothingByItsDefaultRules() throws Exception {
        Path node = programs.npm("@redocly/cli@2.14.0");
        String output = programs.run(node, "node_modules/@redocly/cli/bin/cli.js", "lint", "stele.json");
        System.out.print(output);
        assertThat(output).contains("Your API description is valid").doesNotContainIgnoringCase("warning");
    }

    @Test
    void spectralReportsNothingByItsDefaultRules() throws Exception {
        Path node = programs.npm("@stoplight/spectral-cli@6.15.0");
        Files.writeString(work.resolve("ruleset.yaml"), "extends: [\"spectral:oas\"]\n");
        String output = programs.run(
                node,
                "node_modules/@stoplight/spectral-cli/dist/index.js",
                "lint",
                "stele.json",
                "--ruleset",
                "ruleset.yaml",
                "--fail-severity",
                "hint");
        System.out.print(output);
        assertThat(output).contains("No results with a severity of 'hint' or higher found!");
    }

    @Test
    void typesOfOpenapiTypescriptCompileStrictlyAndFitTheServer() throws Exception {
        Path node =
                programs.npm("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3", "@types/node@22");
        System.out.print(programs.run(
                node, "node_modules/openapi-typescript/bin/cli.js", "stele.json", "--output", "stele.d.ts"));
        write("round-trip.ts", "round-trip.ts");
        Files.writeString(work.resolve("package.json"), "{\"type\": \"module\"}");
        programs.run(
                node,
                "node_modules/typescript/bin/tsc",
                "--strict",
                "--noUncheckedIndexedAccess",
                "--target",
                "es2022",
                "--module",
                "nodenext",
                "round-trip.ts");
        assertRoundTrip(programs.run(node, "round-trip.js", url));
    }

    /** Fetches OpenAPI Generator from Maven Central and generates a client into a directory. */
    private void generate(String language, String directory, String options) throws Exception {
        programs.run(
                "mvn",
                "-q",
                "-B",
                "-Dmaven.repo.local=" + System.getProperty("stele.repository"),
                "dependency:copy",
                "-Dartifact=org.openapitools:openapi-generator-cli:" + GENERATOR,
                "-DoutputDirectory=" + work);
        programs.run(
                java(),
                "-Xmx700m",
                "-jar",
                "openapi-generator-cli-" + GENERATOR + ".jar",
                "generate",
                "-i",
                "stele.json",
                "-g",
                language,
                "-o",
                directory,
                "--global-property",
                "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false",
                "--additional-properties",
                options);
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    @Test
    void clientOfOpenApiGeneratorForJavaCompilesAndTalksWithTheServer() throws Exception {
        generate("java", "java", "invokerPackage=stele,apiPackage=stele.api,modelPackage=stele.model");
        write("java/src/main/java/RoundTrip.java", "RoundTrip.java.txt");
        programs.run(
                "mvn",
                "-q",
                "-B",
                "-Dmaven.repo.local=" + System.getProperty("stele.repository"),
                "-Dmaven.test.skip=true",
                "-f",
                "java/pom.xml",
                "compile",
                "dependency:build-classpath",
                "-Dmdep.outputFile=" + work.resolve("classpath"));
        String classes = work.resolve("java/target/classes")
                + File.pathSeparator
                + Files.readString(work.resolve("classpath")).strip();
        assertRoundTrip(programs.run(java(), "-cp", classes, "RoundTrip", url));
    }

    /** The generated client needs packages of PyPI to run; its code is compiled without them. */
    @Test
    void clientOfOpenApiGeneratorForPythonCompiles() throws Exception {
        generate("python", "python", "packageName=stele");
        programs.run("python3", "-m", "compileall", "-q", "python/stele");
        try (Stream<Path> files = Files.walk(work.resolve("python/stele"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".pyc"))).hasSizeGreaterThan(150);
        }
        assertThat(work.resolve("python/stele/api/recall_api.py"))
                .content()
                .contains("def recall(", "def build_context(");
    }
}
