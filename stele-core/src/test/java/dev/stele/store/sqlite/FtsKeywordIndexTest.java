package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.store.IndexEntry;
import dev.stele.store.sql.SqlSession;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Items are found by their terms in the same way whether or not the index has taken them yet. */
class FtsKeywordIndexTest {

    private static final List<String> TERMS =
            List.of("a", "aa", "tea", "teas", "3·5", "_x".replace('_', '·'), "straße", "東京", "京", "novemb");

    @TempDir
    Path directory;

    private record Terms(List<String> body, List<String> context) {
        static Terms random(Random random) {
            return new Terms(words(random, 12), words(random, 3));
        }

        private static List<String> words(Random random, int max) {
            return IntStream.range(0, random.nextInt(max))
                    .mapToObj(_ -> TERMS.get(random.nextInt(TERMS.size())))
                    .toList();
        }

        IndexEntry entry() {
            return new IndexEntry("1:en", String.join(" ", body), String.join(" ", context), 1, 0, 0, Optional.empty());
        }

        long count(String term) {
            return body.stream().filter(term::equals).count()
                    + context.stream().filter(term::equals).count();
        }

        boolean contains(List<String> phrase) {
            return contains(body, phrase) || contains(context, phrase);
        }

        private static boolean contains(List<String> all, List<String> phrase) {
            return IntStream.rangeClosed(0, all.size() - phrase.size())
                    .anyMatch(i -> all.subList(i, i + phrase.size()).equals(phrase));
        }
    }

    private SqlSession open() {
        Path file = directory.resolve("memory.db");
        SqlSession db = Sqlite.writer(file, true, 0);
        Schema.CURRENT.migrate(db, file);
        return db;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyItemIsFoundBeforeAndAfterItIsMoved(long seed) {
        var random = new Random(seed);
        var model = new TreeMap<Long, Terms>();
        try (SqlSession db = open()) {
            long next = 1;
            for (int transaction = 0; transaction < 40; transaction++) {
                db.run("begin immediate");
                var index = new FtsKeywordIndex(db);
                for (int i = 0; i < 60; i++) {
                    boolean undone = random.nextInt(20) == 0;
                    var before = new TreeMap<>(model);
                    db.run("savepoint edit");
                    if (random.nextInt(4) > 0 || model.isEmpty()) {
                        next += 1 + random.nextInt(3);
                        put(index, model, next, random);
                    } else {
                        long item = any(model, random);
                        index.remove(item);
                        model.remove(item);
                        if (random.nextBoolean()) {
                            put(index, model, item, random);
                        }
                    }
                    if (undone) {
                        db.run("rollback to edit");
                        index.rolledBack();
                        model.clear();
                        model.putAll(before);
                    }
                    db.run("release edit");
                }
                requireSame(index, db, model, random);
                db.run("commit");
            }
            assertThat(db.number("select count(*) from keyword_docsize"))
                    .as("items that the index has taken")
                    .isPositive();
            assertThat(db.number("select count(*) from pending_terms")).isPositive();
        }
    }

    private static void put(FtsKeywordIndex index, Map<Long, Terms> model, long item, Random random) {
        Terms terms = Terms.random(random);
        index.add(item, terms.entry());
        model.put(item, terms);
    }

    private static long any(Map<Long, Terms> model, Random random) {
        return model.keySet().stream()
                .skip(random.nextInt(model.size()))
                .findFirst()
                .orElseThrow();
    }

    private static void requireSame(FtsKeywordIndex index, SqlSession db, Map<Long, Terms> model, Random random) {
        for (String term : TERMS) {
            long after = random.nextBoolean() ? 0 : any(model, random);
            assertThat(index.postings(term, after))
                    .as("%s after %d", term, after)
                    .containsExactly(model.entrySet().stream()
                            .filter(entry -> entry.getKey() > after)
                            .flatMapToLong(entry -> IntStream.range(
                                            0, (int) entry.getValue().count(term))
                                    .mapToLong(_ -> entry.getKey()))
                            .toArray());
        }
        for (List<String> phrase :
                List.of(List.of("tea"), List.of("a", "a"), List.of("tea", "3·5"), List.of("京", "straße", "aa"))) {
            assertThat(index.phrase(phrase))
                    .as(phrase.toString())
                    .containsExactly(numbers(model, terms -> terms.contains(phrase)));
        }
        assertThat(db.list("select w.number from " + index.items("w") + " order by 1", row -> row.number(1)))
                .containsExactlyElementsOf(model.keySet());
    }

    private static long[] numbers(Map<Long, Terms> model, Predicate<Terms> wanted) {
        return model.entrySet().stream()
                .filter(entry -> wanted.test(entry.getValue()))
                .mapToLong(Map.Entry::getKey)
                .toArray();
    }

    @Test
    void fewItemsWaitHoweverManyATransactionAdds() {
        try (SqlSession db = open()) {
            db.run("begin immediate");
            var index = new FtsKeywordIndex(db);
            for (int i = 1; i <= 2_000; i++) {
                index.add(i, new Terms(List.of("tea"), List.of()).entry());
            }
            assertThat(db.number("select count(*) from pending_terms")).isLessThanOrEqualTo(512);
            assertThat(Arrays.stream(index.postings("tea", 0)).distinct()).hasSize(2_000);
            db.run("commit");
        }
    }
}
