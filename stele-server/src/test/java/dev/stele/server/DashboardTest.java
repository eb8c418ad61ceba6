package dev.stele.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.stele.server.support.PageWatch.button;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.stele.AgentMemory;
import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.concurrent.Deadline;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.EntityDraft;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.RelationDraft;
import dev.stele.model.TaskDraft;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.server.support.Accessibility;
import dev.stele.server.support.Chromium;
import dev.stele.server.support.DashboardData;
import dev.stele.server.support.PageWatch;
import dev.stele.server.support.TestOptions;
import dev.stele.store.sql.InterProcessQueueLock;
import dev.stele.support.WordEmbedder;
import dev.stele.transfer.ImportReport;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.SAXException;

/** The dashboard, used as a person uses it, in Chromium and on a server with a store of its own. */
class DashboardTest {

    /** Pages whose accessibility is checked, by their route. */
    private static final List<String> PAGES = List.of(
            "/",
            "/operations?agent=kira",
            "/audit",
            "/agents/kira/sessions",
            "/agents/kira/sessions/ana-marathon",
            "/agents/kira/search?q=Where+does+Ana+live",
            "/agents/kira/graph",
            "/agents/kira/users",
            "/agents/kira/users/ana",
            "/agents/kira/review",
            "/agents/kira/chat");

    /** Maximum time for what a page shows; a busy machine takes longer than a person would wait. */
    private static final int MAX_WAIT_MILLIS = 20_000;

    /** Status codes of requests that no page should send, and of failures of the server. */
    private static final Set<Integer> WRONG_REQUEST = Set.of(400, 405, 406, 415, 428, 500);

    private static final Page.GetByLabelOptions EXACTLY = new Page.GetByLabelOptions().setExact(true);

    /** Maximum number of live messages of an agent. */
    private static final int KEPT = 40;

    private static Chromium chromium;
    private static Stele stele;
    /** Server of all tests but those that stop theirs; a start and a stop take longer than many a test. */
    private static SteleServer shared;
    /** Context of all tests, which has the files of the dashboard in its cache after the first one. */
    private static BrowserContext context;

    @TempDir
    static Path data;

    private final PageWatch watch = new PageWatch(WRONG_REQUEST::contains);
    private SteleServer server;

    @BeforeAll
    static void open() {
        chromium = Chromium.start();
        PlaywrightAssertions.setDefaultAssertionTimeout(MAX_WAIT_MILLIS);
        // Maintenance runs when a test starts it, so that retention does not run between a preview and its check.
        SteleConfig config = SteleConfig.at(data)
                .withRetention(KEPT, true)
                .withMaintenance(Duration.ofHours(1), Duration.ofMinutes(1));
        stele = Stele.open(config, Optional.of(new WordEmbedder()));
        stele.tasks().start(1);
        DashboardData.fill(stele);
        shared = start(0);
        context = context(1280, 800);
    }

    private static SteleServer start(int port) {
        return new SteleServer(
                stele, TestOptions.small().maxStreams(16).port(port).build());
    }

    @AfterAll
    static void close() {
        if (chromium != null) {
            chromium.close();
        }
        if (shared != null) {
            shared.close();
        }
        if (stele != null) {
            stele.close();
        }
    }

    @BeforeEach
    void useSharedServer() {
        server = shared;
    }

    @AfterEach
    void closePages() {
        context.pages().forEach(Page::close);
        context.clearCookies();
        if (server != shared) {
            server.close();
        }
        assertThat(watch.failures()).isEmpty();
    }

    private static BrowserContext context(int width, int height) {
        BrowserContext context = chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, height)
                        .setLocale("en-US"));
        context.setDefaultTimeout(MAX_WAIT_MILLIS);
        return context;
    }

    /**
     * Opens a page. An exception of a script, a violation of the content policy, or a request that the server does not
     * know fails the test.
     */
    private Page open(BrowserContext in, String route) {
        Page page = watch.watch(in.newPage());
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
        server = start(0);
        Page page = open(context, "/agents/kira/sessions/ana-dinner");
        assertThat(page.locator(".bubble").first()).isVisible();
        assertThat(page.locator(".pill")).hasText("Live");
        int port = server.port();
        server.close();
        assertThat(page.getByText("The connection to the server is lost.")).isVisible();
        stele.agent("kira").remember(List.of(MessageDraft.user("ana-dinner", "ana", "Bruno is late.")));
        server = start(port);
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
    void textOfAnOpenDialogSurvivesTheEndOfTheLogin() {
        var keys = new ApiKeys(data);
        var first = keys.create("first", Scope.WRITE, List.of());
        var second = keys.create("second", Scope.WRITE, List.of());
        try (var guarded = new SteleServer(
                        stele,
                        TestOptions.small().host("0.0.0.0").maxStreams(16).build());
                BrowserContext visitor = context(1280, 800)) {
            Page page = visitor.newPage();
            page.navigate("http://127.0.0.1:" + guarded.port() + "/#/agents/kira/graph");
            logIn(page, first.text());
            page.getByRole(
                            AriaRole.BUTTON,
                            new Page.GetByRoleOptions().setName("Entity").setExact(true))
                    .click();
            Locator name = page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true));
            name.fill("Lighthouse");
            page.getByLabel("Type", new Page.GetByLabelOptions().setExact(true)).fill("place");
            keys.revoke(first.key().id());
            assertThat(page.getByText("Your login has ended.")).isVisible();
            assertThat(heading(page, "Graph")).isHidden();
            page.keyboard().press("Escape");
            page.keyboard().press("Escape");
            page.keyboard().press("Escape");
            logIn(page, second.text());
            assertThat(name).hasValue("Lighthouse");
            page.getByRole(
                            AriaRole.BUTTON,
                            new Page.GetByRoleOptions().setName("Add").setExact(true))
                    .click();
            assertThat(page.getByText("Lighthouse was added.")).isVisible();
            assertThat(stele.agent("kira").graph().get("Lighthouse").entity().type())
                    .isEqualTo("place");
            assertThat(page.locator(".pill")).hasText("Live");
            page.getByLabel("Log out").click();
            assertThat(page.getByText("This server needs an API key.")).isVisible();
            stele.agent("kira").graph().delete("Lighthouse");
        }
    }

    @Test
    void messageThatIsTypedSurvivesTheEndOfTheLoginAndChangesAreFollowedAfterTheNext() {
        var keys = new ApiKeys(data);
        var first = keys.create("first", Scope.WRITE, List.of());
        var second = keys.create("second", Scope.WRITE, List.of());
        try (var guarded = new SteleServer(
                        stele,
                        TestOptions.small().host("0.0.0.0").maxStreams(16).build());
                BrowserContext visitor = context(1280, 800)) {
            String address = "http://127.0.0.1:" + guarded.port() + "/#";
            Page page = visitor.newPage();
            page.navigate(address + "/agents/kira/chat");
            logIn(page, first.text());
            page.locator("textarea").fill("What I have begun to write");
            Page operations = visitor.newPage();
            operations.navigate(address + "/operations?agent=kira");
            assertThat(operations.getByLabel("Changes", EXACTLY)).isVisible();
            keys.revoke(first.key().id());
            assertThat(page.getByText("Your login has ended.")).isVisible();
            assertThat(operations.getByText("Your login has ended.")).isVisible();
            logIn(page, second.text());
            assertThat(page.locator("textarea")).hasValue("What I have begun to write");
            logIn(operations, second.text());
            Note note = stele.agent("kira")
                    .notes()
                    .create(NoteDraft.of("fact", "The boat is green.").withUser("dora"));
            assertThat(operations.getByLabel("Changes", EXACTLY)).containsText(note.id());
            page.getByLabel("Log out").click();
            assertThat(operations.getByText("This server needs an API key.")).isVisible();
        }
    }

    private static void logIn(Page page, String key) {
        page.getByLabel("API key").fill(key);
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Log in"))
                .click();
        assertThat(page.getByLabel("API key")).hasCount(0);
    }

    @Test
    void overviewShowsWritesThatWaitAndTheHolderOfTheLock() throws Exception {
        Page page = open(context, "/");
        assertThat(page.getByText("No write waits now.")).isVisible();
        CompletableFuture<List<Message>> pending;
        try (var queue = InterProcessQueueLock.open(data.resolve("agents/kira/writer.lock"));
                var _ = queue.take("test", Deadline.in(Duration.ofSeconds(20)))) {
            pending = stele.agent("kira")
                    .submit(
                            List.of(MessageDraft.user("ana-dinner", "ana", "Bruno waits.")),
                            Optional.empty(),
                            ForkJoinPool.commonPool());
            assertThat(page.getByLabel("Writes that wait"))
                    .containsText("pid " + ProcessHandle.current().pid());
        }
        pending.get(20, TimeUnit.SECONDS);
        assertThat(page.getByText("No write waits now.")).isVisible();
        stele.tasks().submit(TaskDraft.of("verify").withAgent(new AgentName("kira")));
        assertThat(page.getByLabel("Background jobs", EXACTLY)).containsText("Check of the files of kira");
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
        toast(page, "The fact was retired.").getByText("Undo").click();
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
    void likelyDuplicatesAreFoundMergedAndSeparatedAgain() {
        AgentMemory rosa = stele.agent("rosa");
        rosa.graph().put(EntityDraft.of("person", "Beppe", "Beppe bakes."));
        rosa.graph()
                .put(EntityDraft.of("person", "Giuseppe Conti", "Giuseppe Conti sails.")
                        .withAliases("Beppe"));
        for (int i = 0; i < 2; i++) {
            rosa.notes().create(NoteDraft.of("fact", "The oven is hot.").withUser("ana"));
        }
        Page page = open(context, "/agents/rosa/review");
        button(page, "Search").click();
        Locator group = page.locator(".rows li").filter(new Locator.FilterOptions().setHasText("Giuseppe Conti"));
        assertThat(group).containsText("Beppe");
        assertThat(page.locator(".rows li").filter(new Locator.FilterOptions().setHasText("The oven is hot.")))
                .isVisible();
        group.getByText("Merge").click();
        assertThat(group).hasCount(0);
        assertThat(rosa.graph().entities(Optional.of("person"), 0, 10)).hasSize(1);
        toast(page, "The entities were merged.").getByText("Undo").click();
        assertThat(group).isVisible();
        assertThat(rosa.graph().entities(Optional.of("person"), 0, 10)).hasSize(2);
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
    void noteIsEditedWithTheKeyboardAlone() {
        Note note = stele.agent("kira")
                .notes()
                .create(NoteDraft.of("fact", "Elena has a boat.").withUser("elena"));
        Page page = open(context, "/agents/kira/users/elena");
        assertThat(page.locator(".note")).containsText("Elena has a boat.");
        tabTo(page, "Edit");
        page.keyboard().press("Enter");
        Locator field = page.getByRole(AriaRole.DIALOG).getByLabel("Note");
        assertThat(field).isFocused();
        page.keyboard().press("ControlOrMeta+a");
        page.keyboard().type("Elena has two boats.");
        tabTo(page, "Save");
        page.keyboard().press("Enter");
        assertThat(page.locator(".note")).containsText("Elena has two boats.");
        assertThat(button(page, "Edit")).isFocused();
        page.keyboard().press("Enter");
        assertThat(field).isFocused();
        page.keyboard().press("Escape");
        assertThat(page.getByRole(AriaRole.DIALOG)).hasCount(0);
        assertThat(button(page, "Edit")).isFocused();
        assertThat(stele.agent("kira").notes().get(note.id()).orElseThrow().content())
                .isEqualTo("Elena has two boats.");
    }

    /** Presses the tab key until an element with a text has the focus. */
    private static void tabTo(Page page, String text) {
        for (int stop = 0; stop < 60; stop++) {
            page.keyboard().press("Tab");
            if (text.equals(page.evaluate("() => document.activeElement.textContent.trim()"))) {
                return;
            }
        }
        throw new AssertionError("The tab key does not reach \"" + text + "\".");
    }

    @Test
    void whatIsTypedSurvivesAStopOfTheServerAndAMoveOfTheNote() {
        server = start(0);
        Note note = stele.agent("kira")
                .notes()
                .create(NoteDraft.of("fact", "Fausto has a cat.").withUser("fausto"));
        Page page = open(context, "/agents/kira/users/fausto");
        button(page, "Edit").click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        Locator save = dialog.getByText("Save", new Locator.GetByTextOptions().setExact(true));
        dialog.getByLabel("Note").fill("Fausto has two cats.");
        page.mouse().click(3, 3); // beside the dialog
        int port = server.port();
        server.close();
        save.click();
        assertThat(dialog).containsText("The server cannot be reached.");
        stele.agent("kira")
                .notes()
                .update(
                        note.id(),
                        JsonObject.of("note", Map.of("category", "preference", "importance", 0.9)),
                        OptionalLong.empty());
        server = start(port);
        assertThat(page.locator("section[aria-label=preference] .note")).containsText("Fausto has a cat.");
        assertThat(dialog.getByLabel("Note")).hasValue("Fausto has two cats.");
        save.click();
        assertThat(dialog).containsText("Its category is now preference.");
        assertThat(dialog).containsText("Its importance is now 0.9.");
        save.click();
        assertThat(page.locator(".note")).containsText("Fausto has two cats.");
    }

    @Test
    void consolidationIsShownAsADiffAppliedAndUndone() {
        AgentMemory greta = stele.agent("greta");
        greta.notes()
                .create(NoteDraft.of("interest", "Ida collects old blue stamps of Madeira and Porto gladly.")
                        .withUser("ida"));
        greta.notes()
                .create(NoteDraft.of("interest", "Ida collects old blue stamps of Madeira and Porto.")
                        .withUser("ida"));
        Page page = open(context, "/operations?agent=greta");
        page.getByPlaceholder("User", new Page.GetByPlaceholderOptions().setExact(true))
                .fill("ida");
        button(page, "Preview").click();
        Locator diff = page.locator(".diff");
        assertThat(diff.locator("del").first()).containsText("Ida collects old blue stamps");
        assertThat(page.getByText("Nothing is changed yet.")).isVisible();
        assertThat(inForce(greta)).isEqualTo(2);
        button(page, "Apply").click();
        assertThat(diff).hasCount(0);
        toast(page, "2 notes became 1.").waitFor();
        assertThat(inForce(greta)).isEqualTo(1);
        toast(page, "2 notes became 1.").getByText("Undo").click();
        toast(page, "The consolidation was undone.").waitFor();
        assertThat(page.getByText("undone", new Page.GetByTextOptions().setExact(true)))
                .isVisible();
        assertThat(inForce(greta)).isEqualTo(2);
    }

    private static long inForce(AgentMemory agent) {
        return agent.notes().list(NoteFilter.ALL, 10, Optional.empty()).items().stream()
                .filter(note ->
                        note.body().validTo().isEmpty() && note.supersededBy().isEmpty())
                .count();
    }

    @Test
    void loginThatExpiresIsAskedForAgainAndThePageStays() {
        var keys = new ApiKeys(data);
        var key = keys.create("short", Scope.READ, List.of());
        try (var guarded = new SteleServer(
                        stele,
                        TestOptions.small()
                                .host("0.0.0.0")
                                .maxStreams(16)
                                .loginTime(Duration.ofSeconds(3))
                                .build());
                BrowserContext visitor = context(1280, 800)) {
            Page page = visitor.newPage();
            page.navigate("http://127.0.0.1:" + guarded.port() + "/#/agents/kira/sessions/ana-lisbon");
            Locator field = page.getByLabel("API key");
            for (int login = 0; login < 2; login++) { // the second one after the first has expired by itself
                field.waitFor();
                assertThat(page.locator(".bubble").first()).isHidden();
                field.fill(key.text());
                page.keyboard().press("Enter");
                assertThat(page.locator(".bubble").first()).isVisible();
            }
        }
        keys.revoke(key.key().id());
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
        button(page, "Preview").click();
        assertThat(page.getByRole(AriaRole.STATUS).filter(new Locator.FilterOptions().setHasText("ana")))
                .isVisible();
    }

    private static Locator toast(Page page, String text) {
        return page.locator(".toast").filter(new Locator.FilterOptions().setHasText(text));
    }

    @Test
    void retentionIsPreviewedBeforeItRuns() {
        AgentMemory olga = stele.agent("olga");
        olga.remember(IntStream.range(0, KEPT + 5)
                .mapToObj(number -> MessageDraft.user("s", "olga", "Letter " + number))
                .toList());
        Page page = open(context, "/operations?agent=olga");
        button(page, "Preview retention").click();
        Locator plan = page.getByText("5 of 45 messages are moved to the archive");
        assertThat(plan).isVisible();
        page.getByText("The first 5").click();
        assertThat(page.getByText("Letter 4")).isVisible();
        assertThat(page.getByText("Letter 5")).hasCount(0);
        assertThat(olga.messageCount()).isEqualTo(KEPT + 5);
        button(page, "Maintain").click();
        page.waitForCondition(() -> olga.messageCount() == KEPT);
        assertThat(plan).hasCount(0);
        button(page, "Preview retention").click();
        assertThat(page.getByText("No message is removed")).isVisible();
    }

    @Test
    void backupIsRestoredOnlyAfterTheAgentIsNamed() {
        AgentMemory tara = stele.agent("tara");
        tara.remember(MessageDraft.user("s", "ana", "The harvest was good.").withId("first"));
        Page page = open(context, "/operations?agent=tara");
        button(page, "Back up").click();
        Locator backups = page.getByLabel("Backups", new Page.GetByLabelOptions().setExact(true))
                .locator("li");
        assertThat(backups).hasCount(1);
        tara.remember(MessageDraft.user("s", "ana", "The cellar is full.").withId("second"));
        tara.remember(MessageDraft.user("s", "ana", "The door is open.").withId("third"));
        backups.getByText("Restore", new Locator.GetByTextOptions().setExact(true))
                .click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        Locator restore = dialog.getByText("Restore", new Locator.GetByTextOptions().setExact(true));
        assertThat(restore).isDisabled();
        dialog.getByLabel("Enter tara to confirm").fill("kira");
        assertThat(restore).isDisabled();
        dialog.getByLabel("Enter tara to confirm").fill("tara");
        restore.click();
        assertThat(toast(page, "tara is restored.")).isVisible();
        assertThat(tara.message("first")).isPresent();
        assertThat(tara.message("second")).isEmpty();
        // The numbers of changes begin again before those that the page has seen.
        Note note = tara.notes().create(NoteDraft.of("fact", "The cat is in.").withUser("ana"));
        assertThat(page.getByLabel("Changes", new Page.GetByLabelOptions().setExact(true)))
                .containsText(note.id());
    }

    @Test
    void exportAndImportShowTheirProgress() throws IOException {
        stele.agent("nora").remember(MessageDraft.user("s", "ana", "Hello."));
        Page page = open(context, "/operations?agent=kira");
        Locator export = button(page, "Export kira");
        export.waitFor();
        page.evaluate("""
                () => {
                  window.seen = new Set()
                  new MutationObserver(() => document.querySelectorAll('progress').forEach(one =>
                    window.seen.add(one.ariaLabel + ' ' + (one.hasAttribute('max') ? one.value + ' of ' + one.max : one.nextElementSibling.innerText))))
                    .observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
                }""");
        Download file = page.waitForDownload(export::click);
        assertThat(file.suggestedFilename()).isEqualTo("kira.jsonl");
        List<String> lines = Files.readAllLines(file.path());
        assertThat(lines).anyMatch(line -> line.contains("Ana lives in Lisbon"));
        assertThat(toast(page, "kira is exported: " + lines.size() + " lines")).isVisible();

        Path copy = Files.copy(file.path(), data.resolve("exported.jsonl"));
        page.navigate("http://127.0.0.1:" + server.port() + "/#/operations?agent=nora");
        assertThat(button(page, "Export nora")).isVisible();
        page.getByLabel("File to import").setInputFiles(copy);
        page.getByText("Import", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.getByText("The file is of the format stele.")).isVisible();
        assertThat(stele.agent("nora").messageCount())
                .isEqualTo(stele.agent("kira").messageCount() + 1);
        long bytes = Files.size(copy);
        assertThat((List<?>) page.evaluate("() => [...window.seen]"))
                .map(String::valueOf)
                .anyMatch(seen -> seen.startsWith("Export ") && seen.contains(" lines, "))
                .contains("Import 0 of " + bytes, "Import " + bytes + " of " + bytes);

        page.route("**/export*", _ -> {}); // an export that does not begin
        button(page, "Export nora").click();
        button(page, "Cancel").click();
        assertThat(toast(page, "The export was canceled.")).isVisible();
        assertThat(button(page, "Export nora")).isEnabled();
    }

    @Test
    void auditTellsWhatWasDoneAndIsFiltered() {
        Note note = stele.agent("kira").notes().create(NoteDraft.of("fact", "A note to erase."));
        Page page = open(context, "/audit");
        assertThat(heading(page, "Audit")).isVisible();
        assertThat(page.evaluate(
                        "id => fetch('/v1/agents/kira/notes/' + id, {method: 'DELETE', headers: {'X-Stele-Client': 'dashboard'}}).then(answer => answer.status)",
                        note.id()))
                .isEqualTo(200);
        Locator row =
                page.locator("table.audit tbody tr").filter(new Locator.FilterOptions().setHasText("Erased a note"));
        page.waitForCondition(() -> {
            button(page, "Read again").click();
            return row.count() > 0;
        });
        assertThat(row.first()).containsText("kira");
        assertThat(row.first()).containsText("this machine, without a key");
        assertThat(row.first()).containsText("REST or dashboard");
        assertThat(row.first()).containsText("done");
        Locator what = page.locator("select[name=operation]"); // the label of a select contains its options
        what.selectOption("revokeKey");
        what.focus();
        page.keyboard().press("Tab"); // by
        page.keyboard().press("Tab");
        page.keyboard().type("nobody");
        page.keyboard().press("Enter");
        assertThat(page).hasURL(Pattern.compile(".*operation=revokeKey.*agent=nobody.*"));
        assertThat(page.getByText("Nothing is recorded.")).isVisible();
        assertThat(page.getByLabel("Agent", new Page.GetByLabelOptions().setExact(true)))
                .hasValue("nobody");
    }

    @Test
    void additionsToTheGraphAreTakenBack() {
        Graph graph = stele.agent("mila").graph();
        graph.put(EntityDraft.of("person", "Mila", "Mila sails."));
        graph.put(EntityDraft.of("city", "Faro", "Faro lies by the sea."));
        Page page = open(context, "/agents/mila/graph");
        page.getByText("List of entities").click();
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^Mila person")))
                .click();
        Locator details = page.getByLabel("Selected entity");
        Locator dialog = page.getByRole(AriaRole.DIALOG);

        details.getByText("Fact", new Locator.GetByTextOptions().setExact(true)).click();
        dialog.getByLabel("Fact").fill("Mila bakes.");
        dialog.getByText("Save").click();
        assertThat(details).containsText("Mila bakes.");
        toast(page, "The fact was added.").getByText("Undo").click();
        assertThat(details).not().containsText("Mila bakes.");

        for (boolean known : new boolean[] {false, true}) {
            details.getByText("Relation", new Locator.GetByTextOptions().setExact(true))
                    .click();
            dialog.getByLabel("Type").fill(known ? "born_in" : "lives_in");
            dialog.getByLabel("To", new Locator.GetByLabelOptions().setExact(true))
                    .fill("Faro");
            dialog.getByText("Save").click();
            if (known) {
                assertThat(toast(page, "The relation was known already.")).isVisible();
                assertThat(toast(page, "Mila born_in Faro was added.")).hasCount(0);
            } else {
                assertThat(details).containsText("Mila lives_in Faro");
                toast(page, "Mila lives_in Faro was added.").getByText("Undo").click();
                assertThat(details).not().containsText("Mila lives_in Faro");
                graph.relate(RelationDraft.of("Mila", "born_in", "Faro"));
                assertThat(details).containsText("Mila born_in Faro");
            }
        }
        assertThat(graph.get("Mila").relations()).hasSize(1);
        assertThat(graph.get("Mila").observations()).hasSize(1);

        button(page, "Entity").click();
        dialog.getByLabel("Name").fill("Livia");
        dialog.getByLabel("Type").fill("person");
        dialog.getByLabel("A fact about it").fill("Livia paints.");
        dialog.getByText("Add", new Locator.GetByTextOptions().setExact(true)).click();
        assertThat(page).hasURL(Pattern.compile(".*entity=Livia.*"));
        toast(page, "Livia was added.").getByText("Undo").click();
        page.waitForCondition(() -> graph.entities(Optional.of("person"), 0, 10).size() == 1);
        assertThat(page).not().hasURL(Pattern.compile(".*entity=Livia.*"));
        assertThat(page.getByText("2 of 2 entities")).isVisible();
    }

    @Test
    void graphIsExportedAsPictureAndAsGraphMl() throws IOException {
        Page page = open(context, "/agents/kira/graph");
        assertThat(page.locator(".graph-box canvas").first()).isVisible();
        var files = new LinkedHashMap<String, Path>();
        for (String format : List.of("PNG picture", "SVG picture", "GraphML")) {
            if (!page.locator(".menu-list").isVisible()) {
                page.locator("details.menu-button summary").click();
            }
            Download file =
                    page.waitForDownload(() -> page.getByText(format, new Page.GetByTextOptions().setExact(true))
                            .click());
            files.put(file.suggestedFilename(), file.path());
        }
        assertThat(files).containsOnlyKeys("graph-kira.png", "graph-kira.svg", "graph-kira.graphml");
        byte[] png = Files.readAllBytes(files.get("graph-kira.png"));
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
        assertThat(picture.getWidth()).isGreaterThan(200);
        Document svg = xml(files.get("graph-kira.svg"));
        Document graphml = xml(files.get("graph-kira.graphml"));
        long entities =
                stele.agent("kira").graph().entities(Optional.empty(), 0, 100).size();
        assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo((int) entities);
        assertThat(graphml.getElementsByTagName("node").getLength()).isEqualTo((int) entities);
        assertThat(graphml.getElementsByTagName("edge").getLength()).isGreaterThanOrEqualTo(20);
        assertThat(graphml.getDocumentElement().getTextContent()).contains("Ana", "Évora", "lives_in");
    }

    /** Parses a file as XML, which fails if a name was not escaped. */
    private static Document xml(Path file) throws IOException {
        try {
            return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        } catch (ParserConfigurationException | SAXException e) {
            throw new AssertionError(file + " is no XML", e);
        }
    }

    @Test
    void expansionOfAGraphThatIsTooLargeIsRefused() {
        for (int from = 0; from < 2_050; from += 205) { // an edit of the graph takes a bounded time
            stele.agent("dora")
                    .graph()
                    .put(IntStream.range(from, from + 205)
                            .mapToObj(number -> EntityDraft.of("star", "Star " + number))
                            .toList());
        }
        stele.agent("dora").graph().relate(RelationDraft.of("Star 1", "near", "Star 2"));
        Page page = open(context, "/agents/dora/graph?limit=2000");
        page.getByText("2,000 of 2,050 entities")
                .waitFor(new Locator.WaitForOptions().setTimeout(60_000)); // a ranking and a picture of 2,000 entities
        page.getByText("List of entities").click();
        page.locator(".entity-list button").first().click();
        page.getByLabel("Selected entity").getByText("Expand").click();
        assertThat(toast(page, "2,000 entities are shown, which is the most.")).isVisible();
        assertThat(page.getByText("2,000 of 2,050 entities")).isVisible();
        assertThat(
                        page.evaluate(
                                "() => fetch('/v1/agents/dora/graph/view?limit=2001').then(async answer => answer.status + ' ' + (await answer.json()).detail)"))
                .asString()
                .startsWith("400 The limit is 2001; a view of a graph shows from 1 to 2000 entities.");
        assertThat(watch.failures())
                .singleElement()
                .asString()
                .contains("limit=2001"); // the request of the line before
        watch.failures().clear();
    }

    @Test
    void expansionOfAnEntityWithManyRelationsShowsSomeAndSaysSo() {
        Graph graph = stele.agent("hugo").graph();
        graph.put(IntStream.rangeClosed(0, 250)
                .mapToObj(number -> EntityDraft.of("star", "Star " + number))
                .toList());
        graph.connect(
                Json.readObject(
                        "graph",
                        Json.write(Map.of(
                                "relations",
                                IntStream.rangeClosed(1, 250)
                                        .mapToObj(number ->
                                                Map.of("from", "Star " + number, "type", "near", "to", "Star 0"))
                                        .toList()))),
                Optional.empty());
        Page page = open(context, "/agents/hugo/graph?limit=50");
        page.getByText("50 of 251 entities").waitFor();
        page.getByText("List of entities").click();
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^Star 0 star")))
                .click();
        Locator details = page.getByLabel("Selected entity");
        assertThat(details).containsText("The first 200 relations are shown.");
        details.getByText("Expand").click();
        assertThat(toast(page, "Star 0 has 250 relations; 59 of its neighbors are shown."))
                .isVisible();
    }

    @Test
    void twoSearchesAreComparedSideBySide() {
        Page page = open(context, "/agents/kira/search?q=Where+does+Ana+live");
        assertThat(page.locator(".hit").first()).isVisible();
        page.getByText("Compare with another search").click();
        page.getByLabel("Other question").fill("Who grows grapes");
        page.keyboard().press("Enter");
        assertThat(page).hasURL(Pattern.compile(".*q2=Who.*"));
        Locator columns = page.locator(".compare > *");
        assertThat(columns).hasCount(2);
        assertThat(columns.first()).containsText("Ana lives in Lisbon");
        assertThat(columns.last()).containsText("grow grapes");
        page.getByLabel("Other question").fill("");
        page.getByLabel("Weights of signals").fill("nonsense");
        page.keyboard().press("Enter");
        assertThat(page.getByRole(AriaRole.ALERT)).isVisible();
    }

    @Test
    void chatShowsTheReplyAndTheMemoryBehindIt() {
        Page page = open(context, "/agents/kira/chat");
        page.getByPlaceholder("Your user id").fill("ana");
        page.getByLabel("Message").fill("When is the Porto marathon?");
        page.keyboard().press("Enter");
        assertThat(page.locator(".bubble.user")).containsText("When is the Porto marathon?");
        assertThat(page.locator(".bubble.agent")).containsText("Porto marathon");
        assertThat(page.getByLabel("Memory used")).containsText("Porto marathon");
        assertThat(button(page, "Send")).isVisible();
        assertThat(stele.agent("kira").sessions().last("chat-ana", 2))
                .extracting(Message::content)
                .first()
                .isEqualTo("When is the Porto marathon?");
        page.getByLabel("Message").fill(DashboardData.HOSTILE);
        button(page, "Send").click();
        assertThat(page.locator(".bubble.user").last()).containsText("<script>");
        assertThat(page.locator(".bubble.agent").last()).not().containsText("…");
        assertThat(page).hasTitle("Chat · Stele");
    }

    @Test
    void chatNeedsAUserAndGivesBackWhatWasNotSaid() {
        Page page = open(context, "/agents/juno/chat");
        Locator message = page.getByLabel("Message");
        message.fill("Who paints?");
        page.keyboard().press("Enter");
        Locator user = page.getByPlaceholder("Your user id");
        assertThat(user).isFocused();
        assertThat(page.locator(".bubble")).hasCount(0);
        user.fill("ana");
        page.route(
                "**/chat",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setStatus(503)
                        .setContentType("application/problem+json")
                        .setBody("{\"title\":\"Busy\",\"status\":503,\"detail\":\"The agent is busy.\"}")));
        button(page, "Send").click();
        assertThat(page.getByText("The agent is busy.")).isVisible();
        assertThat(message).hasValue("Who paints?");
        assertThat(page.locator(".bubble")).hasCount(0);
        page.unroute("**/chat");
        page.route(
                "**/chat",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("text/event-stream")
                        .setBody("event: error\ndata: {\"detail\":\"The disk is full.\"}\n\n")));
        button(page, "Send").click();
        assertThat(page.getByText("The disk is full.")).isVisible();
        assertThat(page.locator(".bubble")).hasCount(1);
        assertThat(page.locator(".typing")).hasCount(0);
        page.unroute("**/chat");
        message.fill("Who paints?");
        button(page, "Send").click();
        assertThat(page.locator(".bubble.agent")).hasCount(1);
        assertThat(button(page, "Send")).isVisible();
    }

    @Test
    void noteOfAnyConfidenceIsReplacedWithItsOrigin() {
        AgentMemory lena = stele.agent("lena");
        Message source = lena.remember(MessageDraft.user("s", "lea", "I keep bees."));
        Note note = lena.notes()
                .create(NoteDraft.of("fact", "Lea keeps bees.")
                        .withUser("lea")
                        .withTags(List.of("garden"))
                        .withEvidence(List.of("I keep bees"), List.of(source.id()), 0.945)
                        .toBuilder()
                        .pinned(true)
                        .build());
        Page page = open(context, "/agents/lena/users/lea");
        page.getByText("Replace").click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        dialog.getByLabel("Note").fill("Lea keeps ten hives.");
        dialog.getByText("Replace", new Locator.GetByTextOptions().setExact(true))
                .click();
        assertThat(dialog).hasCount(0);
        Note after = lena.notes()
                .get(lena.notes().get(note.id()).orElseThrow().supersededBy().orElseThrow())
                .orElseThrow();
        assertThat(after.content()).isEqualTo("Lea keeps ten hives.");
        assertThat(after.body().confidence()).isEqualTo(0.945);
        assertThat(after.body().tags()).containsExactly("garden");
        assertThat(after.body().pinned()).isTrue();
        assertThat(after.body().provenance()).containsExactly(source.id());
    }

    @Test
    void strengthThatIsNoNumberIsRefused() {
        AgentMemory kira = stele.agent("kira");
        kira.users()
                .patch(
                        "timo",
                        JsonObject.of("context", Map.of("traits", Map.of("curious", 0.8))),
                        OptionalLong.empty());
        Page page = open(context, "/agents/kira/users/timo");
        page.getByText("Edit context").click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        dialog.getByLabel("Traits").fill("curious: 0,9");
        dialog.getByText("Save").click();
        assertThat(dialog.getByText("The strength \"0,9\" is no number from 0 to 1"))
                .isVisible();
        assertThat(kira.users().get("timo").orElseThrow().traits()).containsEntry("curious", 0.8);
        dialog.getByLabel("Traits").fill("curious: 0.9");
        dialog.getByText("Save").click();
        assertThat(dialog).hasCount(0);
        assertThat(kira.users().get("timo").orElseThrow().traits()).containsEntry("curious", 0.9);
    }

    @Test
    void longConversationHasNoGapWhenMessagesCome() {
        AgentMemory ines = stele.agent("ines");
        ines.remember(IntStream.range(0, 120)
                .mapToObj(number -> MessageDraft.user("s", "ines", "Line " + number + "."))
                .toList());
        Page page = open(context, "/agents/ines/sessions/s");
        page.getByText("Show earlier messages").click();
        Locator bubbles = page.locator(".bubble");
        assertThat(bubbles).hasCount(100);
        for (int i = 120; i < 123; i++) {
            ines.remember(MessageDraft.user("s", "ines", "Line " + i + "."));
            assertThat(bubbles.last()).containsText("Line " + i + ".");
        }
        for (int i = 0; i < 100; i++) {
            assertThat(bubbles.nth(i)).containsText("Line " + (23 + i) + ".");
        }
        page.getByText("Show earlier messages").click();
        assertThat(bubbles).hasCount(123);
    }

    @Test
    void expandedPictureFollowsChangesAndAQuestionWithoutAMatchShowsNothing() {
        Graph graph = stele.agent("otto").graph();
        for (String name : List.of("Otto", "Paula", "Quirin")) {
            graph.put(EntityDraft.of("person", name, name + " plays chess."));
        }
        graph.relate(RelationDraft.of("Otto", "knows", "Paula"));
        graph.relate(RelationDraft.of("Paula", "knows", "Quirin"));
        Page page = open(context, "/agents/otto/graph?entity=Otto&depth=1");
        page.getByText("List of entities").click();
        Locator list = page.locator(".entity-list");
        list.getByText("Paula").click();
        page.getByLabel("Selected entity").getByText("Expand").click();
        assertThat(list).containsText("Quirin");
        graph.update("Quirin", JsonObject.of("entity", Map.of("name", "Quirin Davis, Jr.")), OptionalLong.empty());
        assertThat(list).containsText("Quirin Davis, Jr.");
        graph.retire("Quirin Davis, Jr.");
        assertThat(list).not().containsText("Quirin");
        page.navigate("http://127.0.0.1:" + server.port() + "/#/agents/otto/graph?q=xylophone+weather");
        assertThat(page.getByText("Nothing matches.")).isVisible();
    }

    @Test
    void agentThatIsNotThereIsNoLostConnectionAndIsFollowedOnceItIs() {
        Page page = open(context, "/operations?agent=later");
        Locator banner = page.getByText("The connection to the server is lost");
        assertThat(banner).isVisible(); // the stream is refused, and two seconds later opened without the agent
        assertThat(banner).hasCount(0);
        page.evaluate("""
                () => {
                  window.lost = 0
                  new MutationObserver(() => { if (document.body.textContent.includes('server is lost')) window.lost++ })
                    .observe(document.body, { subtree: true, childList: true })
                }""");
        page.waitForTimeout(5_000);
        assertThat(page.evaluate("() => window.lost")).isEqualTo(0);
        Note note = stele.agent("later")
                .notes()
                .create(NoteDraft.of("fact", "It is late.").withUser("ana"));
        assertThat(page.getByLabel("Changes", EXACTLY)).containsText(note.id());
    }

    @Test
    void emptyExportIsSaved() throws IOException {
        stele.agent("vera").remember(MessageDraft.user("s", "ana", "Hello."));
        Page page = open(context, "/operations?agent=vera");
        button(page, "Export vera").waitFor();
        page.getByLabel("Format of the export").selectOption("mcp-memory");
        Download file = page.waitForDownload(() -> button(page, "Export vera").click());
        assertThat(Files.size(file.path())).isZero();
        assertThat(toast(page, "vera is exported: 0 lines")).isVisible();
    }

    @Test
    void confirmedNoteContradictsNothingAnyMore() throws Exception {
        AgentMemory nils = stele.agent("nils");
        Note note =
                nils.notes().create(NoteDraft.of("fact", "Ulla lives in Faro.").withUser("ulla"));
        nils.remember(MessageDraft.user("s", "ulla", "I live in Faro.").withId("m1"));
        var exported = new StringWriter();
        nils.export(exported);
        ImportReport report = nils.importFrom(
                new StringReader(exported.toString().lines().findFirst().orElseThrow() + "\n"
                        + Json.write(Map.of(
                                "type",
                                "interaction",
                                "id",
                                "i1",
                                "kind",
                                "chat",
                                "user",
                                "ulla",
                                "state",
                                "processed",
                                "created_at",
                                "2026-05-01T10:00:00Z",
                                "not_before",
                                "2026-05-01T10:00:00Z",
                                "outcome",
                                Map.of("engine", "offline", "review", List.of(note.id()))))
                        + "\n"),
                _ -> {});
        assertThat(report.problems()).isEmpty();
        Page page = open(context, "/agents/nils/review");
        Locator item = page.locator(".review").filter(new Locator.FilterOptions().setHasText("Ulla lives in Faro."));
        assertThat(item).containsText("may contradict");
        item.getByText("Confirm").click();
        assertThat(item).hasCount(0);
        toast(page, "The note is confirmed.").getByText("Undo").click();
        assertThat(item).isVisible();
    }

    @Test
    void pagesHaveNoSeriousFindingOfAccessibility() throws IOException {
        var accessibility = Accessibility.load();
        var findings = new ArrayList<String>();
        Page page = open(context, "/");
        for (String colors : List.of("light", "dark")) {
            // The colors are the same on all pages, so a few of them show the contrast of the dark ones.
            for (String route : colors.equals("light") ? PAGES : PAGES.subList(2, 6)) {
                page.evaluate("theme => document.documentElement.dataset.theme = theme", colors);
                page.evaluate("route => { location.hash = route }", route);
                assertThat(page.locator("main h1").first()).isVisible();
                assertThat(page.locator(".loading")).hasCount(0);
                accessibility.findings(page).forEach(finding -> findings.add(colors + " " + route + " " + finding));
            }
        }
        assertThat(findings).isEmpty();
    }
}
