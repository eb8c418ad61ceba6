package dev.stele.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.stele.server.support.PageWatch.button;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.server.support.Accessibility;
import dev.stele.server.support.Chromium;
import dev.stele.server.support.PageWatch;
import dev.stele.support.SecondJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboard on real conversations, which commands import: each page is used as a person uses it, in Chromium,
 * beside commands in processes of their own.
 *
 * <p>The conversations are the files of the LoCoMo data set in the directory that the property {@value #DIRECTORY}
 * names. They do not belong to this project, so without the property the tests are skipped.
 */
@Tag("proof")
@Timeout(600)
class ImportedConversationsTest {

    private static final String DIRECTORY = "stele.proof.conversations";
    private static final int MAX_WAIT_MILLIS = 60_000;
    private static final int MAX_SEARCH_MILLIS = 200;
    /** Number of questions that are put to each memory. */
    private static final int QUESTIONS = 20;

    @TempDir
    static Path data;

    private static List<Imported> conversations = List.of();
    private static ServeProcess server;
    private static Chromium chromium;
    private static BrowserContext context;

    private final PageWatch watch = new PageWatch(status -> status >= 400 && status != 404);

    /**
     * A file and the agent that remembers it.
     *
     * @param user speaker whose turns are those of the user; the other one is the assistant
     * @param sessions turns of each session, in order
     */
    private record Imported(
            String agent, Path file, String user, List<List<JsonObject>> sessions, List<JsonObject> questions) {

        static Imported of(Path file) throws IOException {
            JsonObject json = Json.readObject("file", Files.readString(file));
            JsonObject conversation = json.object("conversation").orElseThrow();
            var sessions = new ArrayList<List<JsonObject>>();
            for (int n = 1; conversation.has("session_" + n); n++) {
                sessions.add(conversation.objects("session_" + n));
            }
            return new Imported(
                    json.string("sample_id"),
                    file,
                    conversation.string("speaker_a"),
                    List.copyOf(sessions),
                    json.objects("qa"));
        }

        int turns() {
            return sessions.stream().mapToInt(List::size).sum();
        }

        /** Returns the longest turn of the user. */
        JsonObject longest() {
            return sessions.stream()
                    .flatMap(List::stream)
                    .filter(turn -> turn.string("speaker").equals(user))
                    .max(Comparator.comparingInt(turn -> turn.string("text").length()))
                    .orElseThrow();
        }

        /** Returns the questions that one turn answers. */
        List<JsonObject> questionsOfOneTurn() {
            return questions.stream()
                    .filter(question -> question.strings("evidence").size() == 1
                            && turn(question.strings("evidence").getFirst()).isPresent())
                    .toList();
        }

        JsonObject evidence(JsonObject question) {
            return turn(question.strings("evidence").getFirst()).orElseThrow();
        }

        /** Returns a turn by the id that evidence names. */
        Optional<JsonObject> turn(String id) {
            return sessions.stream()
                    .flatMap(List::stream)
                    .filter(turn -> turn.string("dia_id").equals(id))
                    .findFirst();
        }
    }

    @BeforeAll
    static void importConversations() throws Exception {
        String directory = System.getProperty(DIRECTORY, "");
        assumeTrue(!directory.isEmpty(), "The property " + DIRECTORY + " names no directory of conversations.");
        chromium = Chromium.start();
        PlaywrightAssertions.setDefaultAssertionTimeout(MAX_WAIT_MILLIS);
        try (Stream<Path> files = Files.list(Path.of(directory))) {
            var read = new ArrayList<Imported>();
            for (Path file : files.filter(path -> path.toString().endsWith(".json"))
                    .sorted()
                    .toList()) {
                read.add(Imported.of(file));
            }
            conversations = List.copyOf(read);
        }
        assertThat(conversations).isNotEmpty();
        for (Imported imported : conversations) {
            String said = run(
                    "import",
                    "--agent",
                    imported.agent(),
                    "--learn",
                    imported.file().toString());
            assertThat(said).contains("%d messages".formatted(imported.turns()));
        }
        server = new ServeProcess(data, List.of("-Xmx512m"), List.of());
        context = context();
    }

    @AfterAll
    static void close() throws Exception {
        if (chromium != null) {
            chromium.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @AfterEach
    void closePages() {
        context.pages().forEach(Page::close);
        assertThat(watch.failures()).isEmpty();
    }

    private static BrowserContext context() {
        BrowserContext context = chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(1280, 800)
                        .setLocale("en-US")
                        .setTimezoneId("UTC"));
        context.setDefaultTimeout(MAX_WAIT_MILLIS);
        return context;
    }

    private static Process start(String... arguments) throws IOException {
        var builder = new ProcessBuilder(SecondJvm.command(List.of(), Start.class, (Object[]) arguments))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_"));
        builder.environment().put("STELE_DATA", data.toString());
        return builder.start();
    }

    /** Runs a command and returns what it prints. */
    private static String run(String... arguments) throws Exception {
        Process process = start(arguments);
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        return out;
    }

    /**
     * Opens a page. An exception of a script, a violation of the content policy, or a request that the server refuses
     * or fails fails the test; that there is no context of a user yet is none of these.
     */
    private Page open(BrowserContext in, String route) {
        Page page = watch.watch(in.newPage());
        page.navigate("http://127.0.0.1:" + server.port() + "/#" + route);
        assertThat(page.locator("main h1").first()).isVisible();
        return page;
    }

    private static String grouped(int count) {
        return String.format(Locale.ENGLISH, "%,d", count);
    }

    /** Text as it is shown: white space is collapsed. */
    private static String shown(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    @Test
    void overviewCountsWhatWasImportedAndLeadsToIt() {
        Page page = open(context, "/");
        for (Imported imported : conversations) {
            Locator row = page.locator("tr")
                    .filter(new Locator.FilterOptions()
                            .setHas(page.getByRole(
                                    AriaRole.LINK,
                                    new Page.GetByRoleOptions()
                                            .setName(imported.agent())
                                            .setExact(true))));
            assertThat(row).containsText(grouped(imported.turns()));
            assertThat(row.locator("td").nth(3)).hasText(grouped((int) imported.sessions().stream()
                    .filter(turns -> !turns.isEmpty())
                    .count()));
        }
        assertThat(page.locator(".chart").first()).isVisible();
        page.getByRole(
                        AriaRole.LINK,
                        new Page.GetByRoleOptions()
                                .setName(conversations.getFirst().agent())
                                .setExact(true))
                .first()
                .click();
        assertThat(page).hasTitle("Conversations · Stele");
    }

    @Test
    void conversationIsReadAsAChatAndTellsWhatWasRemembered() {
        for (Imported imported : conversations) {
            Page page = open(context, "/agents/" + imported.agent() + "/sessions");
            page.locator("a.session").first().waitFor();
            while (page.getByText("Show earlier conversations").isVisible()) {
                page.getByText("Show earlier conversations").click();
            }
            List<JsonObject> first = imported.sessions().getFirst();
            page.locator("a.session[href$='session_1']").click();
            Locator bubbles = page.locator(".bubble");
            assertThat(bubbles).hasCount(first.size());
            for (int i = 0; i < first.size(); i++) {
                assertThat(bubbles.nth(i).locator("header strong"))
                        .hasText(first.get(i).string("speaker"));
                assertThat(bubbles.nth(i).locator("p").first())
                        .containsText(shown(first.get(i).string("text")));
            }
            page.getByText("What is remembered for this").last().click();
            assertThat(page.getByLabel("What the memory finds for this message")
                            .locator("li")
                            .first())
                    .isVisible();
            page.close();
        }
    }

    @Test
    void questionsShowTheTurnsThatAnswerThem() {
        int asked = 0;
        int found = 0;
        var slow = new ArrayList<String>();
        for (Imported imported : conversations) {
            Page page = open(context, "/agents/" + imported.agent() + "/search");
            List<JsonObject> questions = imported.questionsOfOneTurn();
            for (int i = 0; i < QUESTIONS; i++) {
                JsonObject question = questions.get(i * questions.size() / QUESTIONS);
                String text = question.string("question");
                page.locator("[name=q]").fill(text);
                page.waitForResponse(
                        response -> response.url().endsWith("/recall"),
                        () -> page.locator("[name=q]").press("Enter"));
                page.waitForFunction("() => document.querySelector('.results')?.getAttribute('aria-busy') === 'false'");
                asked++;
                String hits = shown(page.locator(".hits").innerText());
                found += hits.contains(shown(imported.evidence(question).string("text"))) ? 1 : 0;
                double took = ((Number) page.evaluate("() => Number(/in ([\\d.]+) ms/.exec("
                                + "document.querySelector('.result-line').textContent)[1])"))
                        .doubleValue();
                if (took > MAX_SEARCH_MILLIS && i > 0) { // the first one opens the memory and loads the model
                    slow.add(imported.agent() + " " + text + ": " + took + " ms");
                }
            }
            Locator hit = page.locator(".hit").first();
            hit.getByText("Why it ranks here").click();
            assertThat(hit.locator(".signals tr").first()).isVisible();
            hit.getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName("Conversation"))
                    .click();
            assertThat(page.locator(".bubble").first()).isVisible();
            page.close();
        }
        System.out.printf("dashboard: the evidence of %d of %d questions is among the first ten hits%n", found, asked);
        assertThat(found).isGreaterThan(asked * 7 / 10);
        assertThat(slow).isEmpty();
    }

    @Test
    void filtersAndComparisonNarrowTheHits() {
        Imported imported = conversations.getFirst();
        JsonObject turn = imported.longest();
        Page page = open(context, "/agents/" + imported.agent() + "/search");
        page.locator("[name=q]").fill(turn.string("text"));
        page.getByText("Filters").click();
        page.getByLabel("Role").selectOption("assistant");
        page.locator("[name=q]").press("Enter");
        page.locator(".hit").first().waitFor();
        assertThat(page.locator(".hit").filter(new Locator.FilterOptions().setHasText(turn.string("text"))))
                .hasCount(0);
        page.getByText("Compare with another search").click();
        page.getByLabel("Other mode").selectOption("keyword");
        page.getByLabel("Role").selectOption("");
        page.locator("[name=q]").press("Enter");
        Locator columns = page.locator(".compare > *");
        assertThat(columns).hasCount(2);
        for (int column = 0; column < 2; column++) {
            assertThat(columns.nth(column).locator(".hit").first()).containsText(shown(turn.string("text")));
        }
    }

    @Test
    void speakerIsAUserWithNotesThatAreEditedAndUndone() {
        Imported imported = conversations.getFirst();
        String speaker = imported.sessions().getFirst().getFirst().string("speaker");
        Page page = open(context, "/agents/" + imported.agent() + "/users");
        page.getByPlaceholder("Id of a user").fill(speaker);
        page.keyboard().press("Enter");
        assertThat(page.getByRole(
                        AriaRole.HEADING,
                        new Page.GetByRoleOptions().setName(speaker).setLevel(1)))
                .isVisible();
        button(page, "Add a note").click();
        page.getByRole(AriaRole.DIALOG).getByLabel("Note").fill(speaker + " prefers trains to planes.");
        button(page, "Save").click();
        Locator note = page.locator(".note").filter(new Locator.FilterOptions().setHasText("prefers trains to planes"));
        assertThat(note).isVisible();
        note.getByText("Pin", new Locator.GetByTextOptions().setExact(true)).click();
        assertThat(note).containsText("pinned");
        note.getByText("Replace").click();
        page.getByRole(AriaRole.DIALOG).getByLabel("Note").fill(speaker + " prefers ships to trains.");
        button(page, "Replace").last().click();
        assertThat(page.locator(".note").filter(new Locator.FilterOptions().setHasText("prefers ships to trains")))
                .isVisible();
        page.getByText("Forget this user").click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        assertThat(dialog).containsText("messages");
        assertThat(dialog.getByText("Erase", new Locator.GetByTextOptions().setExact(true)))
                .isDisabled();
        page.keyboard().press("Escape");
        assertThat(dialog).hasCount(0);
    }

    @Test
    void peopleOfTheConversationAreConnectedInTheGraph() {
        Imported imported = conversations.getFirst();
        List<String> speakers = imported.sessions().stream()
                .flatMap(List::stream)
                .map(turn -> turn.string("speaker"))
                .distinct()
                .toList();
        Page page = open(context, "/agents/" + imported.agent() + "/graph");
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        for (String speaker : speakers) {
            button(page, "Entity").first().click();
            dialog.getByLabel("Name").fill(speaker);
            dialog.getByLabel("Type").fill("person");
            dialog.getByLabel("A fact about it").fill(speaker + " takes part in the conversation.");
            dialog.getByText("Add", new Locator.GetByTextOptions().setExact(true))
                    .click();
            assertThat(page).hasURL(Pattern.compile(".*entity=" + speaker + ".*"));
        }
        page.getByText("List of entities").click();
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(Pattern.compile("^" + speakers.getLast() + " ")))
                .click();
        Locator details = page.getByLabel("Selected entity");
        details.getByText("Relation", new Locator.GetByTextOptions().setExact(true))
                .click();
        dialog.getByLabel("Type").fill("knows");
        dialog.getByLabel("To", new Locator.GetByLabelOptions().setExact(true)).fill(speakers.getFirst());
        dialog.getByText("Save").click();
        assertThat(details).containsText(speakers.getLast() + " knows " + speakers.getFirst());
        assertThat(page.locator(".graph-box canvas").first()).isVisible();
    }

    @Test
    void chatAnswersFromTheConversation() {
        Imported imported = conversations.getFirst();
        JsonObject question = imported.questionsOfOneTurn().getFirst();
        Page page = open(context, "/agents/" + imported.agent() + "/chat");
        page.getByPlaceholder("Your user id").fill(imported.user());
        page.getByLabel("Message").fill(question.string("question"));
        page.keyboard().press("Enter");
        assertThat(page.locator(".bubble.user")).containsText(question.string("question"));
        assertThat(page.getByLabel("Memory used"))
                .containsText(shown(imported.evidence(question).string("text")));
        assertThat(page.locator(".bubble.agent")).not().containsText("…");
    }

    @Test
    void operationsCheckBackUpAndExportEverything() throws Exception {
        Imported imported = conversations.get(1 % conversations.size());
        Page page = open(context, "/operations?agent=" + imported.agent());
        button(page, "Verify").click();
        assertThat(page.locator(".rows").filter(new Locator.FilterOptions().setHasText("Check of the files")))
                .containsText("done");
        button(page, "Back up").click();
        assertThat(page.getByLabel("Backups", new Page.GetByLabelOptions().setExact(true))
                        .locator("li"))
                .hasCount(1);
        button(page, "Preview retention").click();
        assertThat(page.getByText("No message is removed")).isVisible();
        Download file = page.waitForDownload(
                () -> button(page, "Export " + imported.agent()).click());
        List<String> lines = Files.readAllLines(file.path());
        for (List<JsonObject> turns : imported.sessions()) {
            for (JsonObject turn : turns) {
                String id = imported.agent() + ":" + turn.string("dia_id");
                assertThat(lines).anyMatch(line -> line.contains("\"" + id + "\""));
            }
        }
        Page audit = open(context, "/audit");
        assertThat(audit.locator("main")).containsText("Imported a file");
        Page review = open(context, "/agents/" + imported.agent() + "/review");
        button(review, "Search").click(); // for likely duplicates
        assertThat(review.getByText("The search compares all notes")).hasCount(0);
        assertThat(review.locator(".problem")).hasCount(0);
    }

    @Test
    void twoBrowsersShowWhatACommandStoresWithinASecond() throws Exception {
        Imported imported = conversations.getLast();
        String session = "beside-the-dashboard";
        run("remember", "--agent", imported.agent(), "--session", session, "--user", "ana", "The first line.");
        try (BrowserContext other = context()) {
            String route = "/agents/" + imported.agent() + "/sessions/" + session;
            List<Page> pages = List.of(open(context, route), open(other, route));
            for (Page page : pages) {
                assertThat(page.locator(".bubble")).hasCount(1);
                assertThat(page.locator(".pill")).hasText("Live");
                page.evaluate("""
                        () => {
                          window.shownAt = {}
                          new MutationObserver(() => document.querySelectorAll('.bubble p').forEach(one => {
                            window.shownAt[one.textContent] ??= Date.now()
                          })).observe(document.body, { subtree: true, childList: true, characterData: true })
                        }""");
            }
            var delays = new ArrayList<Long>();
            for (int i = 0; i < 5; i++) {
                String text = "Line " + i + " of a command.";
                long stored = Json.readObject(
                                "message",
                                run(
                                        "remember",
                                        "--json",
                                        "--agent",
                                        imported.agent(),
                                        "--session",
                                        session,
                                        "--user",
                                        "ana",
                                        text))
                        .instant("at")
                        .toEpochMilli();
                for (Page page : pages) {
                    page.getByText(text).waitFor();
                    delays.add(((Number) page.evaluate("text => window.shownAt[text]", text)).longValue() - stored);
                }
            }
            System.out.println("dashboard: a message of a command is shown after " + delays + " ms");
            assertThat(delays).allMatch(delay -> delay < 1_000);
        }
    }

    @Test
    void pagesHaveNoSeriousFindingOfAccessibility() throws IOException {
        var accessibility = Accessibility.load();
        String agent = "/agents/" + conversations.getFirst().agent();
        String session = agent + "/sessions/" + conversations.getFirst().agent() + ":session_1";
        var findings = new ArrayList<String>();
        Page page = open(context, "/");
        for (String route : List.of(
                "/",
                "/operations?agent=" + conversations.getFirst().agent(),
                "/audit",
                agent + "/sessions",
                session,
                agent + "/search?q=What+happened+last+week",
                agent + "/graph",
                agent + "/users",
                agent + "/review",
                agent + "/chat")) {
            page.evaluate("route => { location.hash = route }", route);
            assertThat(page.locator("main h1").first()).isVisible();
            assertThat(page.locator(".loading")).hasCount(0);
            accessibility.findings(page).forEach(finding -> findings.add(route + " " + finding));
        }
        assertThat(findings).isEmpty();
    }
}
