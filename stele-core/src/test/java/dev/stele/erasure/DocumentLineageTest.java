package dev.stele.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.document.Section;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.ItemKind;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.ObservationDraft;
import dev.stele.model.Passage;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.Traces;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The erasure of a document reaches what was derived from it, however the document was changed before. */
class DocumentLineageTest {

    private static final String KEEPER = "The keeper of the lighthouse is called zorbaxel and sleeps by day.";
    private static final String TIDES = "The tide rises twice a day and falls twice a day, as the moon goes round.";
    private static final String GULLS = "Gulls nest on the cliffs in spring and leave them in autumn.";

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
    }

    @AfterEach
    void close() {
        assertThat(memory.verify().problems()).isEmpty();
        assertThat(memory.verify().remarks()).noneMatch(remark -> remark.contains("a source"));
        stele.close();
    }

    private void add(String id, String title, Section... sections) {
        memory.documents().add(Documents.Draft.of("sea", Optional.of(id), title, List.of(sections)));
    }

    private Passage passage(String id, String word) {
        return memory.documents().passages("sea", id).stream()
                .filter(passage -> passage.content().contains(word))
                .findFirst()
                .orElseThrow();
    }

    /** Stores one item of each kind that quotes a passage. */
    private void quote(Passage passage) {
        String quoted = passage.content();
        List<String> sources = List.of(passage.id());
        memory.remember(MessageDraft.user("s", "ana", "Who is it?"));
        memory.remember(MessageDraft.assistant("s", quoted).withSources(sources));
        memory.interactions()
                .record(
                        InteractionDraft.of("elaboration", "ana").withData(Map.of("explanation", quoted)),
                        Optional.empty(),
                        sources);
        memory.notes().create(NoteDraft.of("fact", quoted).withProvenance(sources));
        memory.graph().put(EntityDraft.of("place", "Lighthouse"));
        memory.graph().observe("Lighthouse", List.of(new ObservationDraft(quoted, Optional.empty(), sources)));
    }

    private void assertQuotesAreGone(String word) {
        memory.runMaintenance();
        assertThat(memory.recall(RecallQuery.of(word).withoutFolding()).hits())
                .noneMatch(hit -> hit.content().contains(word));
        assertThat(memory.interactions()
                        .list(Optional.empty(), Optional.empty(), 10, Optional.empty())
                        .items())
                .isEmpty();
        assertThat(memory.notes().list(NoteFilter.ALL, 10, Optional.empty()).items())
                .isEmpty();
        assertThat(Traces.of(data, word)).isEmpty();
    }

    /** Change of a document between the quotation of a passage and the erasure. */
    private enum Update {
        RETITLED,
        HEADED_ANEW,
        PUNCTUATED_ANEW,
        REORDERED,
        EXTENDED,
        REWRITTEN,
        REWRITTEN_TWICE
    }

    private void update(Update update) {
        var keeper = new Section("Keeper", KEEPER);
        var tides = new Section("Tides", TIDES);
        switch (update) {
            case RETITLED -> add("a", "Another title", keeper, tides);
            case HEADED_ANEW -> add("a", "Sea", new Section("The one who keeps it", KEEPER), tides);
            case PUNCTUATED_ANEW -> add("a", "Sea", new Section("Keeper", KEEPER.replace(".", "!")), tides);
            case REORDERED -> add("a", "Sea", tides, keeper);
            case EXTENDED -> add("a", "Sea", new Section("Keeper", KEEPER + " " + GULLS), tides);
            case REWRITTEN -> add("a", "Sea", new Section("Gulls", GULLS), tides);
            case REWRITTEN_TWICE -> {
                add("a", "Sea", tides);
                add("a", "Other", new Section("Gulls", GULLS));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatQuotesAFormerPassageIsErasedWithTheDocument(Update update) {
        add("a", "Sea", new Section("Keeper", KEEPER), new Section("Tides", TIDES));
        quote(passage("a", "zorbaxel"));
        update(update);
        assertThat(memory.recall(RecallQuery.of("zorbaxel").withoutFolding()).hits())
                .isNotEmpty();
        memory.documents().delete("sea", "a");
        assertQuotesAreGone("zorbaxel");
    }

    @Test
    void replyThatNamesAFormerTitleIsErasedWithTheDocument() {
        add("a", "Zorbaxel", new Section("", TIDES));
        Passage passage = passage("a", "tide");
        memory.remember(MessageDraft.assistant("s", "It stands in Zorbaxel.").withSources(List.of(passage.id())));
        add("a", "Sea", new Section("", TIDES));
        memory.documents().delete("sea", "a");
        memory.runMaintenance();
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
    }

    @Test
    void replyThatNamesTheTitleOfASharedPassageIsErasedWithTheDocumentOfTheTitle() {
        add("a", "Zorbaxel", new Section("", TIDES));
        add("b", "Sea", new Section("", TIDES));
        Passage passage = passage("a", "tide");
        memory.remember(MessageDraft.assistant("s", "It stands in Zorbaxel.").withSources(List.of(passage.id())));
        memory.remember(MessageDraft.assistant("t", "The tide rises.").withSources(List.of(passage.id())));
        memory.documents().delete("sea", "a");
        memory.runMaintenance();
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
        assertThat(memory.sessions().last("t", 5)).hasSize(1);
        memory.documents().delete("sea", "b");
        assertThat(memory.sessions().last("t", 5)).isEmpty();
    }

    @Test
    void quotesStayWhileTheirDocumentChangesAndWhenTheirUserIsForgottenTheyGo() {
        add("a", "Sea", new Section("Keeper", KEEPER));
        quote(passage("a", "zorbaxel"));
        add("a", "Other", new Section("Gulls", GULLS));
        assertThat(memory.sessions().last("s", 5)).hasSize(2);
        memory.users().forget("ana");
        assertThat(memory.sessions().get("s")).isEmpty();
        assertThat(memory.verify().problems()).isEmpty();
        memory.documents().delete("sea", "a");
        assertQuotesAreGone("zorbaxel");
    }

    @Test
    void changedPassageKeepsItsNumberAndIsFoundByItsNewTitleAndText() {
        add("a", "Sea", new Section("Keeper", KEEPER), new Section("Tides", TIDES));
        Passage before = passage("a", "zorbaxel");
        add("a", "Quagga", new Section("Warden", KEEPER.replace("zorbaxel and", "Zorbaxel, and")));
        Passage after = passage("a", "Zorbaxel");
        assertThat(after.number()).isEqualTo(before.number());
        assertThat(after.id()).isEqualTo(before.id());
        assertThat(after.about()).isEqualTo("Quagga: Warden");
        assertThat(memory.documents().passages("sea", "a")).containsExactly(after);
        var ofPassages = RecallFilter.ALL.withKinds(ItemKind.PASSAGE);
        for (String word : List.of("quagga", "warden", "zorbaxel")) {
            assertThat(memory.recall(RecallQuery.of(word).withFilter(ofPassages))
                            .hits())
                    .extracting(hit -> hit.content())
                    .containsExactly(after.content());
        }
        memory.runMaintenance();
        assertThat(Traces.of(data, "rises")).isEmpty();
    }

    @Test
    void sharedPassageStaysWithTheDocumentThatStillHasItsText() {
        add("a", "Sea", new Section("", TIDES));
        add("b", "Tides", new Section("", TIDES), new Section("", GULLS));
        add("a", "Lake", new Section("Moon", TIDES));
        assertThat(passage("a", "tide").about()).isEqualTo("Lake: Moon");
        add("a", "Lake", new Section("", KEEPER));
        assertThat(memory.documents().passages("sea", "a")).hasSize(1);
        assertThat(memory.documents().passages("sea", "b")).hasSize(2);
        assertThat(passage("b", "tide").about()).isEqualTo("Tides");
    }

    @Test
    void documentThatNoLongerHasASharedTextDoesNotInheritIt() {
        add("a", "Sea", new Section("", KEEPER));
        add("b", "Tides", new Section("", KEEPER), new Section("", TIDES));
        add("b", "Tides", new Section("", TIDES));
        memory.documents().delete("sea", "a");
        memory.runMaintenance();
        assertThat(memory.documents().passages("sea", "b")).hasSize(1);
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
    }

    @Test
    void documentWithoutAnIdThatIsAddedMeanwhileIsAddedOnce() {
        Documents.Draft draft =
                Documents.Draft.of("sea", Optional.empty(), "Sea", List.of(new Section("Keeper", KEEPER)));
        var meanwhile = new ArrayList<String>();
        String id = memory.documents()
                .add(draft, _ -> meanwhile.add(memory.documents().add(draft).id()))
                .id();
        assertThat(meanwhile).containsExactly(id);
        assertThat(memory.documents()
                        .list(Optional.of("sea"), 10, Optional.empty())
                        .items())
                .hasSize(1);
    }
}
