package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.ConflictException;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.RememberedNote;
import dev.stele.model.RememberedNote.Outcome;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Statements that are remembered more than once. */
class RememberedNotesTest {

    @TempDir
    Path data;

    private Stele stele;
    private Notes notes;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.empty());
        notes = stele.agent("kira").notes();
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private RememberedNote remember(NoteDraft draft) {
        return notes.remember(draft, Optional.empty());
    }

    private int count() {
        return notes.list(NoteFilter.ALL, 100, Optional.empty()).items().size();
    }

    @Test
    void statementIsStoredOnceForEachUser() {
        RememberedNote first = remember(NoteDraft.of("fact", "Ana keeps \"bees\" in Zürich."));
        assertThat(first.outcome()).isEqualTo(Outcome.ADDED);
        for (String same : List.of(
                "Ana keeps \"bees\" in Zürich.", "ana KEEPS bees, in zürich", "  Ana\nkeeps  bees in Zürich!")) {
            RememberedNote again = remember(NoteDraft.of("knowledge", same));
            assertThat(again.outcome()).as(same).isEqualTo(Outcome.DUPLICATE);
            assertThat(again.note()).isEqualTo(first.note());
        }
        for (NoteDraft other : List.of(
                NoteDraft.of("fact", "In Zürich bees keeps Ana."),
                NoteDraft.of("fact", "Ana keeps bees in Zürich").withUser("ana"),
                NoteDraft.of("fact", "Ana keeps bees"),
                NoteDraft.of("fact", "..."),
                NoteDraft.of("fact", "the"))) {
            assertThat(remember(other).outcome()).as(other.content()).isEqualTo(Outcome.ADDED);
        }
        assertThat(count()).isEqualTo(6);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            The sensor shows -5 degrees | The sensor shows 5 degrees
            The library is written in C | The library is written in C++
            The ticket costs 40 €       | The ticket costs 40 $
            The version is 2.3.1        | The version is 2.31
            Ana likes tea               | Ana likes tea?
            """)
    void statementsThatDifferInASignAreTwoNotes(String one, String other) {
        remember(NoteDraft.of("fact", one));
        assertThat(remember(NoteDraft.of("fact", other)).outcome()).isEqualTo(Outcome.ADDED);
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void whatIsNewIsAddedToTheNote() {
        RememberedNote first = remember(NoteDraft.builder("fact", "Ana sails")
                .tags(List.of("sea"))
                .confidence(0.6)
                .build());
        NoteDraft more = NoteDraft.builder("fact", "ana sails")
                .tags(List.of("sport"))
                .provenance(List.of("m1"))
                .confidence(0.9)
                .build();
        RememberedNote again = remember(more);
        assertThat(again.outcome()).isEqualTo(Outcome.REINFORCED);
        assertThat(again.note().id()).isEqualTo(first.note().id());
        assertThat(again.note().version()).isEqualTo(2);
        assertThat(again.note().content()).isEqualTo("Ana sails");
        assertThat(again.note().body().tags()).containsExactly("sea", "sport");
        assertThat(again.note().body().provenance()).containsExactly("m1");
        assertThat(again.note().body().confidence()).isEqualTo(0.9);
        assertThat(remember(more).outcome()).isEqualTo(Outcome.DUPLICATE);
    }

    @Test
    void pastStatementAndOwnIdAreNotMerged() {
        RememberedNote first = remember(NoteDraft.of("fact", "Ana lives in Rome"));
        notes.supersede(first.note().id(), NoteDraft.of("fact", "Ana lives in Oslo"));
        assertThat(remember(NoteDraft.of("fact", "Ana lives in Rome")).outcome())
                .as("she has moved back")
                .isEqualTo(Outcome.ADDED);
        NoteDraft own = NoteDraft.of("fact", "Ana lives in Oslo").withId("own");
        assertThat(remember(own).outcome()).isEqualTo(Outcome.ADDED);
        assertThat(remember(own).outcome()).isEqualTo(Outcome.DUPLICATE);
        assertThatThrownBy(() -> remember(NoteDraft.of("fact", "x").withId("own")))
                .isInstanceOf(ConflictException.class);
    }
}
