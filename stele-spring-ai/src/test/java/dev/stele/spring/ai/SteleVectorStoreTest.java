package dev.stele.spring.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.document.Document;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.filter.Filter;
import org.springframework.ai.vectorstore.filter.FilterExpressionBuilder;

class SteleVectorStoreTest {

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;
    private SteleVectorStore store;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.empty());
        memory = stele.agent("kira");
        store = SteleVectorStore.builder(memory, new LettersModel()).build();
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private static Document document(String id, Map<String, Object> metadata) {
        return new Document(id, "text of " + id, metadata);
    }

    private List<String> found(String filter) {
        return store
                .similaritySearch(SearchRequest.builder()
                        .query("text")
                        .topK(50)
                        .filterExpression(filter)
                        .build())
                .stream()
                .map(Document::getId)
                .sorted()
                .toList();
    }

    private void addCountries() {
        store.add(List.of(
                document("a", Map.of("country", "BG", "year", 2020, "price", 1.5, "active", true)),
                document("b", Map.of("country", "NL", "year", 2021, "tags", List.of("x", "y"))),
                document("c", Map.of("country", "BG", "year", 2023L, "price", 2, "active", false)),
                document("d", Map.of("city name", "Sofia"))));
    }

    /** Filters, and the ids of the documents that they select. */
    private static final String FILTERS = """
            country == 'BG' => a c
            country != 'BG' => b d
            year == 2020 => a
            year == 2020.0 => a
            year > 2020 => b c
            year >= 2021 => b c
            year < 2021 => a
            year <= 2021 => a b
            price >= 1.5 && price < 2 => a
            price <= 2 => a c
            active == true => a
            active == false => c
            country in ['NL', 'DE'] => b
            country nin ['NL', 'DE'] => a c d
            country not in ['NL'] => a c d
            year in [2020, 2023] => a c
            country == 'BG' && year == 2020 => a
            country == 'NL' || year == 2020 => a b
            country == 'NL' OR country == 'BG' AND year > 2020 => b c
            (country == 'NL' OR country == 'BG') AND year > 2020 => b c
            NOT (country == 'BG') => b d
            NOT (year > 2020 OR year < 2021) => d
            'city name' == 'Sofia' => d
            country IS NULL => d
            country IS NOT NULL => a b c
            country > 5 =>
            year == '2020' =>
            missing == 'x' =>
            tags == 'x' => b
            """;

    @Test
    void everyFilterSelectsWhatItSays() {
        addCountries();
        assertThat(FILTERS.lines()).isNotEmpty().allSatisfy(line -> {
            String[] row = line.split("=>", -1);
            assertThat(String.join(" ", found(row[0].strip()))).isEqualTo(row[1].strip());
        });
    }

    @Test
    void filtersOfTheBuilderAndDatesAreKnown() {
        var at = new Date(1_700_000_000_000L);
        store.add(List.of(document("a", Map.of("at", at)), document("b", Map.of("at", new Date(0)))));
        var builder = new FilterExpressionBuilder();
        Filter.Expression later = builder.gt("at", new Date(1_000_000)).build();
        assertThat(store.similaritySearch(SearchRequest.builder()
                        .query("text")
                        .filterExpression(later)
                        .build()))
                .singleElement()
                .satisfies(document -> assertThat(document.getMetadata()).containsEntry("at", "2023-11-14T22:13:20Z"));
        assertThat(store.similaritySearch(SearchRequest.builder()
                        .query("text")
                        .filterExpression(
                                builder.group(builder.not(builder.eq("at", at))).build())
                        .build()))
                .extracting(Document::getId)
                .containsExactly("b");
    }

    @Test
    void documentIsReturnedAsGivenWithItsSimilarity() {
        var document = new Document(
                "id", "My dog is called Rex.", Map.of("n", 7, "long", 1L << 40, "d", 0.5, "list", List.of(1, "a")));
        store.add(List.of(document, new Document("other", "zzz", Map.of())));
        List<Document> found = store.similaritySearch("My dog is called Rex.");
        assertThat(found).hasSize(2);
        assertThat(found.getFirst().getText()).isEqualTo(document.getText());
        assertThat(found.getFirst().getMetadata()).isEqualTo(document.getMetadata());
        assertThat(found.getFirst().getScore()).isCloseTo(1.0, within(1e-6));
        assertThat(store.similaritySearch(SearchRequest.builder()
                        .query("My dog is called Rex.")
                        .similarityThreshold(0.99)
                        .build()))
                .extracting(Document::getId)
                .containsExactly("id");
        store.add(List.of(new Document("id", "replaced", Map.of())));
        assertThat(store.similaritySearch("replaced").getFirst().getText()).isEqualTo("replaced");
        assertThat(memory.segments().count(SteleVectorStore.DEFAULT_COLLECTION)).isEqualTo(2);
    }

    @Test
    void documentsAreRemovedByIdAndFilter() {
        addCountries();
        store.delete(List.of("a", "unknown"));
        assertThat(found("country == 'BG'")).containsExactly("c");
        store.delete("country == 'BG' || country == 'FR'");
        store.delete("country == 'nobody'");
        assertThat(found("year >= 0 || country IS NULL")).containsExactly("b", "d");
        store.delete(List.of());
    }

    @Test
    void badInputIsRefusedAndUnknownIsEmpty() {
        assertThat(store.similaritySearch("anything")).isEmpty();
        store.delete(List.of("unknown"));
        store.add(List.of());
        assertThat(stele.agents()).isEmpty();
        assertThatThrownBy(() -> store.add(
                        List.of(new Document("x", "more tokens than a model takes ".repeat(5_000), Map.of()))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token");
        assertThatThrownBy(() -> store.add(List.of(document("x", Map.of("large", "x".repeat(20_000))))))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.metadata-bytes");
        assertThat(stele.agents()).isEmpty();
        addCountries();
        assertThatThrownBy(() -> store.similaritySearch(SearchRequest.builder()
                        .query("text")
                        .filterExpression(new Filter.Expression(
                                Filter.ExpressionType.EQ, new Filter.Key("country"), new Filter.Key("city")))
                        .build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("country");
        assertThat(found("country == 'BG'")).containsExactly("a", "c");
    }

    @Test
    void twoApplicationsShareACollection() {
        try (Stele other = Stele.open(Stores.at(data), Optional.empty())) {
            SteleVectorStore theirs = SteleVectorStore.builder(other.agent("kira"), new LettersModel())
                    .build();
            for (int i = 0; i < 5; i++) {
                (i % 2 == 0 ? store : theirs).add(List.of(document("d" + i, Map.of())));
                assertThat(store.similaritySearch("text")).hasSize(Math.min(4, i + 1));
                assertThat(theirs.similaritySearch("text")).hasSize(Math.min(4, i + 1));
            }
        }
    }
}
