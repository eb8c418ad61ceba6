package dev.stele.extract;

import java.text.Normalizer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Grammar of the plain facts of one language, such as the place of residence, read from a resource. A rule is a pattern
 * that matches a whole clause, and a note. The grammar needs no tagger: it knows the forms of the words that it uses
 * and understands nothing else. German and Spanish have one; English has a parser instead. The first file explains the
 * form. Immutable and thread-safe.
 */
final class PlainFactGrammar {

    /** Holder, so that the grammars are loaded when they are first used. */
    private static final class Loaded {
        private static final List<PlainFactGrammar> ALL =
                List.of(new PlainFactGrammar("german-grammar.txt"), new PlainFactGrammar("spanish-grammar.txt"));
    }

    /** Maximum number of words by which the language of a message is detected. */
    private static final int MAX_DETECTION_WORDS = 400;
    /** Minimum number of function words by which a language is detected, unless there is no English one. */
    private static final int MIN_FUNCTION_WORDS = 2;

    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}]+(?:['’]\\p{L}+)?");
    private static final String LETTERS = "[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}'’&+°%/-]|\\.(?=[\\p{L}\\p{N}]))*\\.?";
    private static final String NAME_WORD = "\\p{Lu}(?:[\\p{L}\\p{M}\\p{N}'’&+-]|\\.(?=[\\p{L}\\p{N}]))*\\.?";
    private static final String JOINT = "(?: (?:am|an der|im|in der|ob der|de|del|de la|de los|la|von|van|der))?";
    private static final Pattern ELEMENT = Pattern.compile("\\{([\\p{L}-]+)(?::(\\p{L}+))?\\}(\\?)?");

    /** What the words of a rule's value may be. */
    record Value(String name, String type) {}

    /**
     * Rule of a grammar.
     *
     * @param pattern pattern of a clause with a blank before it
     * @param values values in the order of their groups {@code v0}, {@code v1} …
     * @param adverbs number of groups {@code a0}, {@code a1} … of adverbs
     * @param columns columns of the table after the pattern
     */
    record Rule(Pattern pattern, List<Value> values, int adverbs, List<String> columns) {}

    private final Map<String, List<String>> sections = new HashMap<>();
    private final Map<String, Set<String>> words = new HashMap<>();
    private final Map<String, String> verbs = new HashMap<>();
    private final Set<String> countries = new HashSet<>();
    private final List<Rule> rules = new ArrayList<>();
    private final Pattern separators;
    private final Pattern conjunct;
    private final Pattern droppedAdverb;
    private final RelativeDateRules relativeDates;

    private PlainFactGrammar(String resource) {
        List<String> current = new ArrayList<>();
        for (String line : Lexicon.lines(resource)) {
            if (line.matches("\\[[\\p{L}-]+\\]")) {
                current = sections.computeIfAbsent(line.substring(1, line.length() - 1), _ -> new ArrayList<>());
            } else {
                current.add(line.strip());
            }
        }
        sections.forEach((name, lines) -> words.put(
                name,
                lines.stream()
                        .flatMap(line -> List.of(line.split("\\s+", -1)).stream())
                        .map(word -> word.replace('_', ' '))
                        .collect(Collectors.toSet())));
        for (String line : sections.getOrDefault("verbs", List.of())) {
            String[] forms = line.split("\\s+", -1);
            verbs.put(forms[0], forms[1]);
        }
        Locale locale = Locale.of(
                sections.getOrDefault("locale", List.of("en")).getFirst().split(" ", -1)[0]);
        for (String country : Locale.getISOCountries()) {
            countries.add(Locale.of("", country).getDisplayCountry(locale));
        }
        relativeDates = new RelativeDateRules(sections, locale, PlainFactGrammar::literal);
        String connectors = any("connectors");
        separators = Pattern.compile("[,;] *(?:" + connectors + " )?| (?:" + connectors + ") ");
        conjunct =
                Pattern.compile(sections.getOrDefault("conjunct", List.of("")).getFirst());
        droppedAdverb = Pattern.compile(adverbs("dropped-adverb", "dropped-time", List.of()));
        sections.getOrDefault("rules", List.of()).forEach(line -> rules.add(rule(line)));
    }

    /**
     * Returns the grammar of the language of a text, if it is neither English nor unknown. The language is that of its
     * function words; in doubt it is English.
     */
    static Optional<PlainFactGrammar> of(String text) {
        List<String> found = WORD.matcher(text)
                .results()
                .limit(MAX_DETECTION_WORDS)
                .map(MatchResult::group)
                .map(word -> lower(word).replace('’', '\''))
                .toList();
        long english = count(found, word -> Lexicon.english().has("function-words", word));
        Comparator<PlainFactGrammar> byWords =
                Comparator.comparingLong(grammar -> count(found, word -> grammar.has("function-words", word)));
        return Loaded.ALL.stream().max(byWords).filter(grammar -> {
            long own = count(found, word -> grammar.has("function-words", word));
            return own > 2 * english && own >= (english == 0 ? 1 : MIN_FUNCTION_WORDS);
        });
    }

    private static long count(List<String> found, Predicate<String> known) {
        return found.stream().filter(known).count();
    }

    /** Returns the lower-case word with composed letters. */
    static String lower(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
    }

    /** Returns whether the language writes all nouns with a capital letter, which then marks no name. */
    boolean capitalizesNouns() {
        return has("locale", "capitalized-nouns");
    }

    boolean has(String list, String word) {
        return words.getOrDefault(list, Set.of()).contains(word);
    }

    /** Returns whether a text contains a word of a list. */
    boolean containsAny(String list, String text) {
        String lower = " " + lower(text).replaceAll("[^\\p{L}\\p{M}\\p{N}]+", " ") + " ";
        return words.getOrDefault(list, Set.of()).stream().anyMatch(word -> lower.contains(" " + word + " "));
    }

    List<Rule> rules() {
        return rules;
    }

    /** Returns the pronoun that a further clause of the sentence leaves out; empty if the language always may. */
    String subject() {
        return sections.getOrDefault("subject", List.of()).stream().findFirst().orElse("");
    }

    /** Matches what separates two clauses. */
    Pattern separators() {
        return separators;
    }

    /** Returns whether the words may be a further value of the clause before, as in "I like cats and dogs". */
    boolean isConjunct(String text) {
        return conjunct.matcher(text).matches();
    }

    /**
     * Returns the adverbs without those that say nothing later, such as "now", and with absolute dates for relative ones.
     *
     * @param adverbs adverbs of a clause
     * @param today day on which the clause was said
     */
    String kept(String adverbs, LocalDate today) {
        String dated = relativeDates.absolute(adverbs.strip(), today);
        return droppedAdverb.matcher(" " + dated).replaceAll("").strip();
    }

    /** Returns the form of a verb in the third person. */
    String third(String verb) {
        return verbs.getOrDefault(lower(verb), verb);
    }

    /** Returns whether a name is that of a known city or country. */
    boolean isPlace(String name) {
        String bare = name.replaceFirst("^(?:der|den|dem|die) ", "");
        String composed = Normalizer.normalize(bare, Normalizer.Form.NFC);
        return Lexicon.isKnownPlace(composed) || countries.contains(composed) || has("place", composed);
    }

    /** Returns lower-case words without the article before them, so that "the coffee" and "coffee" have one key. */
    String withoutArticle(String words) {
        int blank = words.indexOf(' ');
        return blank > 0 && has("barred-alone", words.substring(0, blank)) ? words.substring(blank + 1) : words;
    }

    /** Returns whether words may be the object of a statement: no pronoun, negation or conjunction is among them. */
    boolean isThing(String text) {
        return !containsAny("barred", text) && !has("barred-alone", lower(text));
    }

    private Rule rule(String line) {
        List<String> columns =
                List.of(line.split("\\|", -1)).stream().map(String::strip).toList();
        var regex = new StringBuilder();
        var values = new ArrayList<Value>();
        int adverbs = 0;
        for (String element : columns.getFirst().split(" ", -1)) {
            Matcher value = ELEMENT.matcher(element);
            if (element.startsWith("~")) {
                String times = element.equals("~!") ? "{1,4}" : "{0,4}";
                regex.append("(?<a%d>(?:%s|%s)%s)"
                        .formatted(
                                adverbs++,
                                adverbs("adverb", "time", relativeDates.expressions()),
                                adverbs("dropped-adverb", "dropped-time", List.of()),
                                times));
            } else if (value.matches()) {
                String type = value.group(1);
                regex.append(
                        "(?: (?<v%d>%s))%s".formatted(values.size(), type(type), value.group(3) == null ? "" : "?"));
                values.add(new Value(value.group(2) == null ? type : value.group(2), type));
            } else {
                boolean optional = element.endsWith("?");
                String alternatives = List.of(element.replace("?", "").split("/", -1)).stream()
                        .map(word -> literal(word.replace('_', ' ')))
                        .collect(Collectors.joining("|"));
                regex.append("(?: (?iu:").append(alternatives).append("))").append(optional ? "?" : "");
            }
        }
        return new Rule(Pattern.compile(regex.toString()), values, adverbs, columns.subList(1, columns.size()));
    }

    private String type(String type) {
        String months = any("month");
        return switch (type) {
            case "name" -> NAME_WORD + "(?:" + JOINT + " " + NAME_WORD + "){0,3}";
            case "place" -> "(?:(?:der|den|dem|die) )?" + NAME_WORD + "(?:" + JOINT + " " + NAME_WORD + "){0,3}";
            case "organization" ->
                "(?:(?:der|den|dem|die|el|la|los|las) )?(?=[^ ]*\\p{Lu})" + LETTERS + "(?:(?: (?:de|del|la|und|y|&))? "
                        + NAME_WORD + "){0,4}";
            case "date" ->
                "\\d{1,2}(?:\\.|º)? (?:de )?" + months
                        + "(?: (?:del? )?\\d{4})?|\\d{1,2}[./-]\\d{1,2}(?:[./-](?:\\d{2,4})?)?";
            case "number" -> "\\d{1,3}";
            case "thing" -> LETTERS + "(?: " + LETTERS + "){0,5}?";
            case "favorite" -> "Lieblings\\p{L}+";
            case "verb" ->
                verbs.keySet().stream().map(PlainFactGrammar::literal).collect(Collectors.joining("|", "(?iu:", ")"));
            default -> any(type);
        };
    }

    /** Returns a pattern of the words of a list, the longest first. */
    private String any(String list) {
        Set<String> alternatives = words.get(list);
        if (alternatives == null) {
            throw new IllegalStateException("The grammar has no list [" + list + "].");
        }
        return alternatives.stream()
                .sorted(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()))
                .map(PlainFactGrammar::literal)
                .collect(Collectors.joining("|", "(?iu:", ")"));
    }

    private String adverbs(String list, String times, List<String> more) {
        String expressions = Stream.concat(more.stream(), sections.getOrDefault(times, List.of()).stream())
                .collect(Collectors.joining("|"))
                .replace("{month}", any("month"));
        return "(?: (?:" + any(list) + "|(?iu:" + expressions + "))(?= |$))";
    }

    /** Returns a pattern of a word whose accents may be characters of their own. */
    private static String literal(String word) {
        var pattern = new StringBuilder();
        for (int i = 0; i < word.length(); i++) {
            String letter = word.substring(i, i + 1);
            String decomposed = Normalizer.normalize(letter, Normalizer.Form.NFD);
            pattern.append(decomposed.equals(letter) ? Pattern.quote(letter) : "(?:" + letter + "|" + decomposed + ")");
        }
        return pattern.toString();
    }
}
