package dev.stele.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.server.support.Chromium;
import dev.stele.server.support.DashboardData;
import dev.stele.server.support.TestOptions;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard, used as a person uses it, in Chromium and on a server with a store of its own. */
class DashboardTest {

    /** Pages whose accessibility is checked, by their route. */
    private static final List<String> PAGES = List.of(
            "/",
            "/operations",
            "/agents/kira/sessions",
            "/agents/kira/sessions/ana-marathon",
            "/agents/kira/search?q=Where+does+Ana+live",
            "/agents/kira/graph",
            "/agents/kira/users",
            "/agents/kira/users/ana",
            "/agents/kira/review",
            "/agents/kira/chat");

    private static Chromium chromium;
    private static Stele stele;

    @TempDir
    static Path data;

    private final List<String> failures = new ArrayList<>();
    private SteleServer server;
    private BrowserContext context;

    @BeforeAll
    static void open() {
        chromium = Chromium.start();
        stele = Stele.open(SteleConfig.at(data), Optional.of(new WordEmbedder()));
        stele.tasks().start(1);
        DashboardData.fill(stele);
    }

    @AfterAll
    static void close() {
        if (chromium != null) {
            chromium.close();
        }
        if (stele != null) {
            stele.close();
        }
    }

    @BeforeEach
    void start() {
        server = new SteleServer(stele, TestOptions.small().maxStreams(16).build());
        context = context(1280, 800);
    }

    @AfterEach
    void stop() {
        context.close();
        server.close();
        assertThat(failures).isEmpty();
    }

    private static BrowserContext context(int width, int height) {
        BrowserContext context = chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, height)
                        .setLocale("en-US"));
        context.setDefaultTimeout(10_000);
        return context;
    }

    /** Opens a page. An exception of a script, or a violation of the content policy, fails the test. */
    private Page open(BrowserContext in, String route) {
        Page page = in.newPage();
        page.onPageError(failures::add);
        page.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")
                    || message.text().contains("Refused to")) {
                failures.add(message.text());
            }
        });
        page.navigate("http://127.0.0.1:" + server.port() + "/#" + route);
        return page;
    }

    private static Locator heading(Page page, String name) {
        return page.getByRole(
                AriaRole.HEADING, new Page.GetByRoleOptions().setName(name).setLevel(1));
    }

    @Test
    void searchWithTheKeyboardAloneShowsWhyAHitRanks() {
        Page page = open(context, "/agents/kira/search");
        assertThat(heading(page, "Search")).isVisible();
        page.getByRole(AriaRole.SEARCHBOX, new Page.GetByRoleOptions().setName("Question or words"))
                .waitFor();
        heading(page, "Search").focus();
        page.keyboard().press("/");
        page.keyboard().type("Where does Ana live");
        page.keyboard().press("Enter");
        Locator first = page.locator(".hit").first();
        assertThat(page.locator(".hits")).containsText("Ana lives in Lisbon");
        assertThat(page).hasURL(Pattern.compile(".*q=Where.*"));
        page.keyboard().press("Tab"); // mode
        page.keyboard().press("Tab"); // search
        page.keyboard().press("Tab"); // filters
        page.keyboard().press("Enter");
        assertThat(page.getByLabel("User", new Page.GetByLabelOptions().setExact(true)))
                .isVisible();
        Locator why = first.getByText("Why it ranks here");
        why.focus();
        page.keyboard().press("Enter");
        assertThat(first.locator(".signals tr").first()).isVisible();
    }

    @Test
    void filtersNarrowTheHits() {
        Page page = open(context, "/agents/kira/search?q=Évora");
        assertThat(page.locator(".hit").first()).isVisible();
        page.getByText("Filters").click();
        page.getByLabel("User", new Page.GetByLabelOptions().setExact(true)).fill("bruno");
        page.getByLabel("messages", new Page.GetByLabelOptions().setExact(true)).check();
        page.keyboard().press("Enter");
        assertThat(page).hasURL(Pattern.compile(".*user=bruno.*"));
        assertThat(page.locator(".hit").filter(new Locator.FilterOptions().setHasText("note")))
                .hasCount(0);
        assertThat(page.locator(".hit").first()).containsText("grow grapes");
    }

    @Test
    void storedTextIsShownAsText() {
        Page page = open(context, "/agents/kira/search?q=likes+tea&kind=note");
        assertThat(page.locator(".hit").first()).containsText("<script>document.title='taken'</script>");
        assertThat(page.locator(".hit img, .hit script")).hasCount(0);
        assertThat(page).hasTitle("Search · Stele");
        page.navigate("http://127.0.0.1:" + server.port() + "/#/agents/kira/users/ana");
        assertThat(page.getByText("<script>document.title='taken'</script>").first())
                .isVisible();
        assertThat(page.locator("main img, main script")).hasCount(0);
        assertThat(page).hasTitle("ana · Stele");
    }

    @Test
    void twoBrowsersShowAMessageWithinASecond() throws Exception {
        try (BrowserContext other = context(1280, 800)) {
            List<Page> pages = List.of(
                    open(context, "/agents/kira/sessions/ana-lisbon"), open(other, "/agents/kira/sessions/ana-lisbon"));
            for (Page page : pages) {
                assertThat(page.locator(".bubble").first()).isVisible();
                assertThat(page.locator(".pill")).hasText("Live");
            }
            var times = new ArrayList<Duration>();
            String text = "The keys are under the pot.";
            long start = System.nanoTime();
            CompletableFuture.runAsync(
                            () -> stele.agent("kira").remember(List.of(MessageDraft.user("ana-lisbon", "ana", text))))
                    .get();
            for (Page page : pages) {
                page.getByText(text).waitFor();
                times.add(Duration.ofNanos(System.nanoTime() - start));
            }
            assertThat(times).allMatch(time -> time.compareTo(Duration.ofSeconds(1)) < 0);
        }
    }

    @Test
    void serverThatStopsAndReturnsIsShownAndNothingIsLost() {
        Page page = open(context, "/agents/kira/sessions/ana-dinner");
        assertThat(page.locator(".bubble").first()).isVisible();
        assertThat(page.locator(".pill")).hasText("Live");
        int port = server.port();
        server.close();
        assertThat(page.getByText("The connection to the server is lost.")).isVisible();
        stele.agent("kira").remember(List.of(MessageDraft.user("ana-dinner", "ana", "Bruno is late.")));
        server = new SteleServer(
                stele, TestOptions.small().maxStreams(16).port(port).build());
        assertThat(page.getByText("Bruno is late.")).isVisible();
        assertThat(page.getByText("The connection to the server is lost.")).hasCount(0);
    }

    @Test
    void loginNeedsAValidKeyAndEndsWithItsRevocation() {
        var keys = new ApiKeys(data);
        var key = keys.create("page", Scope.READ, List.of("kira"));
        try (var guarded = new SteleServer(
                        stele,
                        TestOptions.small().host("0.0.0.0").maxStreams(16).build());
                BrowserContext visitor = context(1280, 800)) {
            Page page = visitor.newPage();
            page.navigate("http://127.0.0.1:" + guarded.port() + "/");
            Locator field = page.getByLabel("API key");
            field.fill("stele_wrong_key");
            page.keyboard().press("Enter");
            assertThat(page.getByRole(AriaRole.ALERT)).containsText("unknown to this server");
            field.fill(key.text());
            page.keyboard().press("Enter");
            assertThat(heading(page, "Overview")).isVisible();
            assertThat(page.locator(".account")).containsText("may read");
            assertThat(page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("kira")))
                    .isVisible();
            assertThat(page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("juno")))
                    .hasCount(0);
            assertThat(page.evaluate("document.cookie")).isEqualTo("");
            assertThat(visitor.cookies()).singleElement().satisfies(cookie -> {
                assertThat(cookie.httpOnly).isTrue();
                assertThat(cookie.sameSite.name()).isEqualTo("STRICT");
                assertThat(cookie.value).doesNotContain(key.text().substring(20));
            });
            page.reload();
            assertThat(heading(page, "Overview")).isVisible();
            keys.revoke(key.key().id());
            assertThat(page.getByLabel("API key")).isVisible();
        }
    }

    @Test
    void graphShowsAnEntityByKeyboardAndRetiresAFact() {
        Page page = open(context, "/agents/kira/graph");
        page.getByText("List of entities").focus();
        page.keyboard().press("Enter");
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^Bruno person")))
                .focus();
        page.keyboard().press("Enter");
        Locator details = page.getByLabel("Selected entity");
        assertThat(details).containsText("Bruno owns Vineyard");
        details.getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName("Fact").setExact(true))
                .focus();
        page.keyboard().press("Enter");
        assertThat(page.getByLabel("Fact", new Page.GetByLabelOptions().setExact(true)))
                .isFocused();
        page.keyboard().type("Bruno sings in a choir.");
        page.keyboard().press("Tab");
        page.keyboard().press("Tab");
        page.keyboard().press("Enter");
        assertThat(details).containsText("Bruno sings in a choir.");
        details.getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName("Retire the fact: Bruno sings in a choir."))
                .click();
        assertThat(details).not().containsText("Bruno sings in a choir.");
        page.locator(".toasts").getByText("Undo").click();
        assertThat(details).containsText("Bruno sings in a choir.");
        details.getByText("Path to…").click();
        page.getByLabel("To", new Page.GetByLabelOptions().setExact(true)).fill("Portugal");
        page.keyboard().press("Enter");
        assertThat(page.locator(".toasts")).containsText("Bruno, Évora, Portugal");
    }

    @Test
    void retirementAndMergeOfAnEntityAreUndone() {
        stele.agent("juno").graph().put(EntityDraft.of("person", "Vera", "Vera paints."));
        stele.agent("juno").graph().put(EntityDraft.of("person", "V. Lima", "V. Lima sails."));
        Page page = open(context, "/agents/juno/graph?entity=Vera");
        page.getByText("List of entities").click();
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^Vera person")))
                .click();
        Locator details = page.getByLabel("Selected entity");
        assertThat(details).containsText("Vera paints.");
        details.getByText("Merge").click();
        page.getByLabel("Other entity").fill("V. Lima");
        page.keyboard().press("Enter");
        assertThat(details).containsText("V. Lima sails.");
        page.locator(".toasts").getByText("Undo").click();
        assertThat(details).not().containsText("V. Lima sails.");
        assertThat(stele.agent("juno").graph().get("V. Lima").entity().name()).isEqualTo("V. Lima");

        details.getByText("Retire", new Locator.GetByTextOptions().setExact(true))
                .last()
                .click();
        page.getByRole(AriaRole.DIALOG)
                .getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName("Retire").setExact(true))
                .click();
        Locator undo = page.locator(".toast").filter(new Locator.FilterOptions().setHasText("was retired"));
        assertThat(undo).isVisible();
        undo.getByText("Undo").click();
        page.waitForCondition(() -> stele.agent("juno").graph().entities(Optional.of("person"), 0, 10).stream()
                .anyMatch(entity -> entity.name().equals("Vera")));
        assertThat(stele.agent("juno").graph().get("Vera").observations()).hasSize(1);
    }

    @Test
    void reviewIsCountedOnEveryPageAndAKeyIsCreatedAndRevoked() {
        stele.agent("kira")
                .notes()
                .create(NoteDraft.of("fact", "Ana may have moved.")
                        .withEvidence(List.of("I might go"), List.of(), 0.3));
        Page page = open(context, "/agents/kira/users");
        assertThat(page.locator(".nav-count")).containsText("to review");
        var admin = new ApiKeys(data).create("admin", Scope.ADMIN, List.of());
        assertThat(page.evaluate(
                        "key => fetch('/v1/login', {method: 'POST', headers: {'Content-Type': 'application/json', 'X-Stele-Client': 'dashboard'}, body: JSON.stringify({key})}).then(answer => answer.status)",
                        admin.text()))
                .isEqualTo(200);
        page.navigate("http://127.0.0.1:" + server.port() + "/#/operations?agent=kira");
        page.reload();
        page.getByText("Create a key").click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        dialog.getByLabel("Label").fill("laptop");
        dialog.getByText("Create", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(dialog.getByLabel("API key")).hasValue(Pattern.compile("stele_.+"));
        dialog.getByText("Done").click();
        page.getByLabel("Revoke the key laptop").click();
        dialog.getByText("Revoke", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(page.getByLabel("Revoke the key laptop")).hasCount(0);
        assertThat(new ApiKeys(data).list()).noneMatch(key -> key.label().equals("laptop"));
        new ApiKeys(data).revoke(admin.key().id());
    }

    @Test
    void conflictingEditShowsBothAndAsks() {
        Note note = stele.agent("kira")
                .notes()
                .create(NoteDraft.of("fact", "Carla has a cat.").withUser("carla"));
        Page page = open(context, "/agents/kira/users/carla");
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName("Edit").setExact(true))
                .click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        dialog.getByLabel("Note").fill("Carla has two cats.");
        stele.agent("kira")
                .notes()
                .update(note.id(), JsonObject.of("note", Map.of("content", "Carla has a dog.")), OptionalLong.empty());
        dialog.getByText("Save").click();
        assertThat(dialog).containsText("Carla has a dog.");
        assertThat(dialog.getByLabel("Note")).hasValue("Carla has two cats.");
        dialog.getByText("Save", new Locator.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator(".note")).containsText("Carla has two cats.");
        page.getByText("Forget this user").click();
        assertThat(dialog).containsText("notes");
        assertThat(dialog.getByText("Erase", new Locator.GetByTextOptions().setExact(true)))
                .isDisabled();
        dialog.getByLabel("Enter carla to confirm").fill("carla");
        dialog.getByText("Erase", new Locator.GetByTextOptions().setExact(true)).click();
        assertThat(heading(page, "Users")).isVisible();
        assertThat(stele.agent("kira").notes().get(note.id())).isEmpty();
    }

    @Test
    void jobsRunAndChangesAppearOnTheirPage() {
        Page page = open(context, "/operations?agent=kira");
        page.getByText("Verify", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator(".rows").filter(new Locator.FilterOptions().setHasText("Check of the files")))
                .containsText("done");
        Note note = stele.agent("kira")
                .notes()
                .create(NoteDraft.of("fact", "The kettle is new.").withUser("dora"));
        assertThat(page.getByLabel("Changes", new Page.GetByLabelOptions().setExact(true)))
                .containsText(note.id());
        page.getByPlaceholder("User", new Page.GetByPlaceholderOptions().setExact(true))
                .fill("ana");
        page.getByText("Preview").click();
        assertThat(page.getByRole(AriaRole.STATUS).filter(new Locator.FilterOptions().setHasText("ana")))
                .isVisible();
    }

    @Test
    void pagesHaveNoSeriousFindingOfAccessibility() throws IOException {
        String axe = axe();
        var findings = new ArrayList<String>();
        Page page = open(context, "/");
        for (String colors : List.of("light", "dark")) {
            // The colors are the same on all pages, so a few of them show the contrast of the dark ones.
            for (String route : colors.equals("light") ? PAGES : PAGES.subList(2, 5)) {
                page.evaluate("theme => document.documentElement.dataset.theme = theme", colors);
                page.evaluate("route => { location.hash = route }", route);
                assertThat(page.locator("main h1").first()).isVisible();
                assertThat(page.locator(".loading")).hasCount(0);
                page.evaluate(axe);
                List<?> found = (List<?>)
                        page.evaluate(
                                "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})).violations"
                                        + ".filter(one => ['serious', 'critical'].includes(one.impact))"
                                        + ".map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 150)).join(' | '))");
                found.forEach(finding -> findings.add(colors + " " + route + " " + finding));
            }
        }
        assertThat(findings).isEmpty();
    }

    /** Returns the script of axe-core from its library; the version is part of the path. */
    private static String axe() throws IOException {
        String version = System.getProperty("stele.axe.version");
        try (InputStream in = DashboardTest.class.getResourceAsStream(
                "/META-INF/resources/webjars/axe-core/" + version + "/axe.min.js")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
