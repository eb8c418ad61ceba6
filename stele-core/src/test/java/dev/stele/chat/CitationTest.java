package dev.stele.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.language.Prompt.Source;
import dev.stele.model.Json;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forms in which models cite the numbered sources of a prompt, and brackets that cite nothing. */
class CitationTest {

    private static final List<Source> SOURCES = IntStream.rangeClosed(1, 5)
            .mapToObj(i -> new Source("note", "n" + i, "ana", Optional.empty(), "text " + i))
            .toList();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Ana lives in Lisbon [2].              | 2
            Tea[1] and cake [3][1].               | 1 3
            Both say so [4, 2; 5].                | 4 2 5
            All of it [2-4], also [ 1 ].          | 2 3 4 1
            An en dash [3–5] and a caret [^1]     | 3 4 5 1
            Brackets of another kind 【2】【3†note】   | 2 3
            A range that ends too late [4-9]      | 4 5
            A range that runs backwards [4-2]     | ''
            No such source [0] [6] [2026] [99999] | ''
            Words [a] [1 of 2] [] [see 3] [1,]    | ''
            A link [1](https://a.example)         | 1
            In code `a[1]` only                   | ''
            Nested [[2]] brackets                 | 2
            No end [1                             | ''
            Nothing at all                        | ''
            """)
    void eachFormOfACitationNamesItsSources(String reply, String numbers) {
        assertThat(Citation.find(reply, SOURCES))
                .extracting(Citation::number)
                .containsExactlyElementsOf(Arrays.stream(numbers.split(" ", -1))
                        .filter(number -> !number.isEmpty())
                        .map(Integer::valueOf)
                        .toList());
        assertThat(Citation.find(reply, List.of())).isEmpty();
    }

    @Test
    void bracketsInABlockOfCodeAreNoCitationsAlsoIfTheBlockHasNoEnd() {
        assertThat(Citation.find("See [1].\n```\na[2] = b[3]\n```\nAnd [4].\n```\nc[5]", SOURCES))
                .extracting(Citation::number)
                .containsExactly(1, 4);
    }

    @Test
    void longRepliesAreReadInTimeProportionalToTheirLength() {
        String hostile = "[1,".repeat(50_000) + "`".repeat(50_000) + "[".repeat(50_000) + "[2]";
        assertThat(Citation.find(hostile, SOURCES)).extracting(Citation::number).containsExactly(2);
    }

    @Test
    void referencesOfStoredRepliesAreRestoredAndOtherMetadataIgnored() {
        Citation cited = new Citation(2, SOURCES.get(1));
        Object stored = Json.read(Json.write(List.of(cited.toReference(), "n1", Map.of("number", "2"))));
        assertThat(Citation.ofReferences(stored))
                .containsExactly(new Citation(2, new Source("note", "n2", "", Optional.empty(), "")));
        assertThat(Citation.ofReferences(null)).isEmpty();
        assertThat(Citation.ofReferences("n2")).isEmpty();
        assertThat(cited.toJson())
                .isEqualTo(Map.of("number", 2L, "kind", "note", "id", "n2", "who", "ana", "text", "text 2"));
    }
}
