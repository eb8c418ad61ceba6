package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import dev.stele.syntax.VerbForms;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Parser that divides a tagged sentence into clauses. A clause begins at the start of the sentence, and after a comma,
 * semicolon, colon, dash or conjunction that a subject and a finite verb follow. Verbs that share the subject of a
 * clause remain in it. Relative clauses remain in the complement. The parser reads each token a bounded number of
 * times. Stateless.
 */
final class ClauseParser {

    /** Maximum number of tokens between the start of a clause and its finite verb. */
    private static final int MAX_TOKENS_BEFORE_VERB = 24;

    private static final Set<String> NOMINATIVE = Set.of(
            "i",
            "we",
            "you",
            "he",
            "she",
            "it",
            "they",
            "there",
            "this",
            "that",
            "these",
            "those",
            "who",
            "everyone",
            "everybody",
            "everything",
            "nobody",
            "nothing",
            "someone",
            "something");
    private static final Set<String> RELATIVE =
            Set.of("who", "which", "that", "whom", "whose", "what", "how", "why", "where");
    /** Words that both connect a clause and subordinate it. */
    private static final Set<String> CONNECTING_SUBORDINATORS = Set.of(
            "because",
            "since",
            "although",
            "though",
            "while",
            "whereas",
            "when",
            "whenever",
            "if",
            "unless",
            "until",
            "till",
            "before",
            "after",
            "once",
            "as",
            "who",
            "which",
            "where",
            "whether");

    private static final Set<String> CONNECTORS = union(
            CONNECTING_SUBORDINATORS,
            Set.of(
                    "and", "but", "or", "so", "yet", "plus", "'cause", "cause", "cos", "except", "then", "nor", "even",
                    "now", "however", "'til", "also"));
    private static final Set<String> SUBORDINATORS = union(CONNECTING_SUBORDINATORS, Set.of("that"));
    private static final Set<String> FOLLOWED_BY_INFINITIVE =
            Set.of("have", "use", "go", "get", "need", "able", "suppose");

    /** Words of a subject that deny the whole clause. */
    private static final Set<String> NEGATIVE_SUBJECTS = Set.of("neither", "nor", "none", "nobody", "no", "nothing");

    /** Pronouns before a preposition that begin a noun phrase: "none of us", "nobody in my family". */
    private static final Set<String> QUANTIFIERS = Set.of(
            "none",
            "one",
            "both",
            "all",
            "some",
            "most",
            "each",
            "neither",
            "either",
            "nobody",
            "everybody",
            "everyone",
            "few",
            "many",
            "any",
            "several",
            "half",
            "anything",
            "everything",
            "nothing");

    private static final VerbForms FORMS = VerbForms.english();

    private final String text;
    private final List<Token> tokens;

    private ClauseParser(String text, List<Token> tokens) {
        this.text = text;
        this.tokens = tokens;
    }

    private static Set<String> union(Set<String> words, Set<String> more) {
        return Stream.concat(words.stream(), more.stream()).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Returns the clauses of a sentence in their order. A sentence without a finite verb has none.
     *
     * @param text text of the sentence
     * @param tokens its tagged tokens
     */
    static List<Clause> clauses(String text, List<Token> tokens) {
        return new ClauseParser(text, tokens).parse();
    }

    /** Start of a clause: its connector, subject and first verb. */
    private record Start(String connector, int begin, int subjectBegin, int subjectEnd, int verb) {}

    private List<Clause> parse() {
        var starts = new ArrayList<Start>();
        int n = tokens.size();
        int from = 0;
        while (from < n) {
            Start start = startAt(from, starts.isEmpty());
            if (start == null) {
                int next = nextBoundary(from + 1);
                if (next < 0) {
                    break;
                }
                from = next;
                continue;
            }
            starts.add(start);
            from = start.verb() + 1;
            int next = nextBoundary(from);
            Start following = null;
            while (next >= 0 && following == null) {
                following = startAt(next, false);
                if (following == null) {
                    next = nextBoundary(next + 1);
                }
            }
            if (following == null) {
                break;
            }
            from = next;
        }
        var clauses = new ArrayList<Clause>();
        for (int i = 0; i < starts.size(); i++) {
            int end = i + 1 < starts.size() ? trimEnd(starts.get(i + 1).begin()) : n;
            for (int j = starts.get(i).verb() + 1; j < end; j++) {
                if (tokens.get(j).text().matches("[-–—]{1,3}") && isFree(j)) {
                    end = j; // an aside after a dash
                }
            }
            clauses.add(clause(starts.get(i), end));
        }
        return clauses;
    }

    /** Returns the first token after the next separator, which is where a clause may begin; -1 if there is none. */
    private int nextBoundary(int from) {
        for (int i = Math.max(1, from); i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (isSeparator(i)) {
                return i + 1 < tokens.size() ? i + 1 : -1;
            }
            if (token.is("nor") && insideNeither(i)) {
                continue;
            }
            if (CONNECTORS.contains(token.lower()) && !token.is(PartOfSpeech.ADV)) {
                return i;
            }
            if (token.is(PartOfSpeech.SCONJ) && SUBORDINATORS.contains(token.lower())) {
                return i;
            }
        }
        return -1;
    }

    /** Returns whether "nor" joins the parts of a subject, as in "neither my sister nor I". */
    private boolean insideNeither(int nor) {
        for (int i = nor - 1; i >= 0; i--) {
            if (tokens.get(i).is("neither")) {
                return true;
            }
            if (tokens.get(i).is(PartOfSpeech.VERB) || tokens.get(i).is(PartOfSpeech.AUX)) {
                return false;
            }
        }
        return false;
    }

    private boolean isSeparator(int i) {
        String word = tokens.get(i).text();
        return switch (word) {
            case ",", ";", ":", "–", "—", "--", "(", ")", "...", "…", "!", ".", "!!", "..", "-" ->
                !word.equals("-") || isFree(i);
            default -> false;
        };
    }

    /** Returns whether a hyphen has whitespace on both sides and so is a dash. */
    private boolean isFree(int i) {
        return i > 0
                && i + 1 < tokens.size()
                && tokens.get(i - 1).end() < tokens.get(i).start()
                && tokens.get(i).end() < tokens.get(i + 1).start();
    }

    /** Returns the start of a clause at a token, or null if no subject and finite verb follow. */
    private @Nullable Start startAt(int from, boolean first) {
        int i = from;
        var connector = new StringBuilder();
        while (i < tokens.size()
                && ((CONNECTORS.contains(tokens.get(i).lower()) && !isSubordinateLead(i, first)) || isSeparator(i))) {
            if (!isSeparator(i)) {
                connector
                        .append(connector.isEmpty() ? "" : " ")
                        .append(tokens.get(i).lower());
            }
            i++;
        }
        if (i >= tokens.size()) {
            return null;
        }
        int begin = i;
        int limit = Math.min(tokens.size(), begin + MAX_TOKENS_BEFORE_VERB);
        for (int verb = begin; verb < limit; verb++) {
            if (verb > begin && !first && isSeparator(verb) && !insideApposition(begin, verb)) {
                // Only an adverbial or an apposition may stand between the start and the subject.
                int next = verb + 1;
                if (next >= tokens.size() || !startsNominative(next) || verb - begin > 6) {
                    return null;
                }
            }
            if (first
                    && verb > begin
                    && isSeparator(verb)
                    && ":;–—".contains(tokens.get(verb).text())) {
                return null; // a title before a colon has no verb; the clause starts after it
            }
            if (!isFinite(verb, begin)) {
                continue;
            }
            int left = verb - 1;
            while (left >= begin && isAdverb(left)) {
                left--;
            }
            if (left < begin) {
                return first ? new Start(connector.toString(), begin, verb, verb, verb) : null;
            }
            Token before = tokens.get(left);
            if (RELATIVE.contains(before.lower()) && left > begin) {
                continue; // the verb of a relative clause within the subject
            }
            if (NOMINATIVE.contains(before.lower()) && !before.isNoun()) {
                int subject = left;
                // "my sister and I", "neither my sister nor I"
                if (left - 2 >= begin && tokens.get(left - 1).is("nor")) {
                    for (int j = left - 2; j >= begin; j--) {
                        if (tokens.get(j).is("neither")) {
                            subject = j;
                        }
                    }
                }
                if (left - 2 >= begin
                        && tokens.get(left - 1).is("and")
                        && tokens.get(left - 2).isNoun()) {
                    subject = phraseBegin(left - 2, begin);
                }
                if (subject == left && isRelativeSubject(left, begin)) {
                    return null; // "the songs I write are"
                }
                return new Start(connector.toString(), begin, subject, left + 1, verb);
            }
            int subjectBegin = phraseBegin(left, begin);
            if (subjectBegin <= left) {
                return new Start(connector.toString(), begin, subjectBegin, left + 1, verb);
            }
            if (first && left >= begin && before.is(PartOfSpeech.INTJ)) {
                return new Start(connector.toString(), begin, verb, verb, verb);
            }
            if (before.is(PartOfSpeech.PUNCT)) {
                boolean drop = first && isNominativeDrop(verb);
                return drop ? new Start(connector.toString(), verb, verb, verb, verb) : null;
            }
        }
        return null;
    }

    /** Returns whether a pronoun is the subject of a relative clause without a relative pronoun: "the book I read". */
    private boolean isRelativeSubject(int subject, int begin) {
        int left = subject - 1;
        while (left >= begin && isAdverb(left)) {
            left--;
        }
        if (left < begin) {
            return false;
        }
        Token before = tokens.get(left);
        Token first = tokens.get(begin);
        boolean adverbial = first.is(PartOfSpeech.ADP)
                || (begin > 0
                        && (tokens.get(begin - 1).is(PartOfSpeech.SCONJ)
                                || tokens.get(begin - 1).is(PartOfSpeech.ADP)))
                || first.is(PartOfSpeech.SCONJ)
                || Phrases.isTimeStart(tokens, begin)
                || Lexicon.english().has("time-noun", before)
                || Lexicon.english().has("weekday", before)
                || before.text().matches("(?i)(?:mon|tues?|wed|thurs?|fri|sat|sun)");
        boolean ends = before.is(PartOfSpeech.PUNCT) || before.is(PartOfSpeech.INTJ) || before.is(PartOfSpeech.CCONJ);
        return !adverbial && !ends;
    }

    private boolean isSubordinateLead(int i, boolean first) {
        // "Since the diagnosis I …": a preposition, and no clause follows before the subject.
        Token token = tokens.get(i);
        return first && (token.is(PartOfSpeech.ADP) || token.is("now") || token.is("as"));
    }

    private boolean startsNominative(int i) {
        return NOMINATIVE.contains(tokens.get(i).lower())
                || tokens.get(i).is(Set.of("my", "our", "the", "his", "her"))
                || tokens.get(i).is(PartOfSpeech.PROPN)
                || isAdverb(i);
    }

    /** A dropped subject is that of a past tense, a perfect or a negated verb, but not of an imperative. */
    private boolean isNominativeDrop(int verb) {
        String lower = tokens.get(verb).lower();
        return (FORMS.isPast(lower) && !lower.equals("were"))
                || lower.equals("been")
                || (verb + 1 < tokens.size()
                        && lower.equals("ca")
                        && tokens.get(verb + 1).lower().startsWith("n"));
    }

    private boolean insideApposition(int begin, int comma) {
        // "Calum, my best friend, is": the verb follows a second comma within a few tokens.
        if (!tokens.get(comma).is(",")
                || comma == begin
                || !(tokens.get(comma - 1).isNoun() || tokens.get(comma - 1).is(PartOfSpeech.NUM))) {
            return false;
        }
        int first = comma;
        for (int i = comma + 1; i < Math.min(tokens.size(), comma + 10); i++) {
            if (tokens.get(i).is(",") && i > first + 1) {
                return i + 1 < tokens.size()
                        && (isFinite(i + 1, begin)
                                || isAdverb(i + 1)
                                || tokens.get(i + 1).is(PartOfSpeech.AUX));
            }
        }
        // the second comma of an apposition
        for (int i = comma - 1; i > Math.max(begin, comma - 10); i--) {
            if (tokens.get(i).is(",")) {
                return true;
            }
        }
        return false;
    }

    private boolean isAdverb(int i) {
        Token token = tokens.get(i);
        return token.is(PartOfSpeech.ADV)
                || (Lexicon.english().has("time-adverb", token) && !token.isNoun())
                || token.is("both")
                || (token.is("all") && i > 0 && tokens.get(i - 1).is(PartOfSpeech.PRON));
    }

    /** Returns whether the token may be the finite verb of a clause that begins at {@code begin}. */
    private boolean isFinite(int i, int begin) {
        Token token = tokens.get(i);
        if (!token.is(PartOfSpeech.VERB) && !token.is(PartOfSpeech.AUX)) {
            return false;
        }
        int left = i - 1;
        while (left >= begin && isAdverb(left)) {
            left--;
        }
        Token before = left >= begin ? tokens.get(left) : null;
        if (before != null && ((before.is(PartOfSpeech.PART) && before.is("to")) || before.is(PartOfSpeech.ADP))) {
            return false;
        }
        String lower = token.lower();
        boolean naming = lower.equals("named") || lower.equals("called");
        if (naming && before != null && before.isNoun()) {
            return false; // "a dog named Rex"
        }
        if ((lower.endsWith("ing") && !FORMS.isKnownLemma(lower)) || lower.equals("be") || lower.equals("being")) {
            return false;
        }
        boolean onlyParticiple =
                FORMS.isParticiple(lower) && !FORMS.isKnownLemma(lower) && !FORMS.isPast(lower) && !lower.equals("had");
        return !onlyParticiple || before == null || lower.equals("been");
    }

    /**
     * Returns the first token of the noun phrase that ends at {@code last}, including prepositional phrases and
     * appositions in it; {@code last + 1} if there is no noun phrase.
     */
    private int phraseBegin(int last, int begin) {
        int i = last;
        boolean noun = false;
        while (i >= begin) {
            Token token = tokens.get(i);
            if (token.isNoun() || token.is(PartOfSpeech.NUM) || token.is(PartOfSpeech.X)) {
                noun = true;
            } else if (token.is(",") && i > begin) {
                int open = isList(i, last) && tokens.get(i - 1).isNoun() ? i : apposition(i, begin);
                if (open < 0) {
                    break;
                }
                i = open - 1;
                noun = true;
                continue;
            } else if (token.is(PartOfSpeech.DET) || isPossessive(token)) {
                noun = true;
                if (i == begin || !joinsPhrase(i - 1, begin)) {
                    return i;
                }
            } else if (token.is("of") || (token.is(PartOfSpeech.ADP) && i > begin && nounBefore(i, begin))) {
                i--;
                continue;
            } else if (token.is("and") && noun && i > begin && nounBefore(i, begin)) {
                i--;
                continue;
            } else if (i == last
                    && i > begin
                    && token.is(PartOfSpeech.VERB)
                    && token.lower().endsWith("ing")
                    && !tokens.get(i - 1).is(PartOfSpeech.AUX)
                    && !tokens.get(i - 1).is(PartOfSpeech.VERB)) {
                noun = true; // "loud chewing drives me mad"
            } else if (i == last
                    && token.is(Set.of("me", "us", "mine", "ours"))
                    && i > begin
                    && tokens.get(i - 1).is(PartOfSpeech.ADP)) {
                noun = true; // "home for me is"
            } else if (!(token.is(PartOfSpeech.ADJ)
                    || token.is("-")
                    || token.is("'s")
                    || token.is("’s")
                    || (token.is(PartOfSpeech.VERB) && isModifier(i))
                    || (token.is(PartOfSpeech.PRON) && token.is(QUANTIFIERS)))) {
                break;
            }
            i--;
        }
        return noun ? Math.max(begin, i + 1) : last + 1;
    }

    /** Returns whether a comma separates the parts of a list that ends with "and". */
    private boolean isList(int comma, int last) {
        for (int i = comma + 1; i < last; i++) {
            if (tokens.get(i).is("and")) {
                return i - comma <= 6;
            }
            if (tokens.get(i).is(PartOfSpeech.VERB) || tokens.get(i).is(PartOfSpeech.AUX)) {
                return false;
            }
        }
        return false;
    }

    private boolean isModifier(int i) {
        String lower = tokens.get(i).lower();
        return i + 1 < tokens.size()
                && tokens.get(i + 1).isNoun()
                && (lower.endsWith("ing") || FORMS.isParticiple(lower));
    }

    private boolean joinsPhrase(int i, int begin) {
        Token token = tokens.get(i);
        return i > begin
                && ((token.is(PartOfSpeech.ADP) && nounBefore(i, begin))
                        || token.is("of")
                        || (token.is(",") && apposition(i, begin) >= 0)
                        || (token.is("and") && nounBefore(i, begin)));
    }

    private boolean nounBefore(int i, int begin) {
        return i - 1 >= begin
                && (tokens.get(i - 1).isNoun() || tokens.get(i - 1).is(QUANTIFIERS));
    }

    static boolean isPossessive(Token token) {
        return token.is(Set.of("my", "our", "his", "her", "their", "your", "its"));
    }

    /** Returns the opening comma of the apposition that the comma closes, or -1. */
    private int apposition(int close, int begin) {
        for (int i = close - 1; i > Math.max(begin, close - 9); i--) {
            if (tokens.get(i).is(",")) {
                boolean noun = tokens.get(i - 1).isNoun() || tokens.get(i - 1).is(PartOfSpeech.NUM);
                return noun && i + 1 < close ? i : -1;
            }
            if ((tokens.get(i).is(PartOfSpeech.VERB) && isFinite(i, begin))
                    || tokens.get(i).is("i")) {
                return -1;
            }
        }
        return -1;
    }

    /** Returns the end of a clause without the connectors and punctuation before the next one. */
    private int trimEnd(int nextBegin) {
        int end = nextBegin;
        while (end > 0
                && ((CONNECTORS.contains(tokens.get(end - 1).lower())
                                && !tokens.get(end - 1).isNoun())
                        || tokens.get(end - 1).is(PartOfSpeech.PUNCT))) {
            end--;
        }
        return end;
    }

    private Clause clause(Start start, int end) {
        int i = start.verb();
        int head = i;
        boolean negated = false;
        for (int j = start.subjectBegin(); j < start.subjectEnd(); j++) {
            negated |= tokens.get(j).is(NEGATIVE_SUBJECTS) && !tokens.get(j).is(PartOfSpeech.PROPN);
        }
        for (int j = start.subjectEnd(); j < start.verb(); j++) {
            negated |= tokens.get(j).is(Set.of("never", "not"));
        }
        var modality = new StringBuilder();
        Tense tense = Tense.PRESENT;
        boolean chain = true;
        while (chain && i < end) {
            Token token = tokens.get(i);
            String lower = token.lower();
            String lemma = FORMS.lemma(lower);
            if ((token.is(PartOfSpeech.PART) && !lower.equals("to")) || lower.equals("not") || lower.equals("never")) {
                negated = true;
            } else if (token.is(PartOfSpeech.AUX) || token.is(PartOfSpeech.VERB)) {
                head = i;
                if (lemma.equals("will") || lemma.equals("shall")) {
                    tense = Tense.FUTURE;
                } else if (Set.of("can", "could", "would", "should", "might", "may", "must")
                                .contains(lemma)
                        || (lower.equals("'d") && !participleFollows(i, end))) {
                    modality.append(modality.isEmpty() ? "" : " ").append(lower.equals("'d") ? "would" : lemma);
                } else if (FORMS.isPast(lower) && tense == Tense.PRESENT && modality.isEmpty()) {
                    tense = Tense.PAST;
                } else if (lower.endsWith("ing") && !FORMS.isKnownLemma(lower) && tense == Tense.PRESENT) {
                    tense = Tense.PROGRESSIVE;
                }
                if (lemma.equals("have") && participleFollows(i, end) && !lower.equals("had")) {
                    tense = Tense.PERFECT;
                } else if (FOLLOWED_BY_INFINITIVE.contains(lemma) && infinitiveFollows(i, end)) {
                    boolean future = lemma.equals("go");
                    if (future) {
                        tense = Tense.FUTURE;
                    } else {
                        modality.append(modality.isEmpty() ? "" : " ")
                                .append(lemma)
                                .append(" to");
                    }
                    i += tokens.get(i + 1).is("to") ? 1 : 0;
                } else if (token.is(PartOfSpeech.VERB) && !(lemma.equals("have") && participleFollows(i, end))) {
                    chain = false;
                } else if (!continues(i + 1, end)) {
                    chain = false;
                }
            } else if (!isAdverb(i)) {
                chain = false;
            }
            i++;
        }
        String lemma = tokens.get(head).is("gone")
                        && FORMS.lemma(tokens.get(start.verb()).lower()).equals("be")
                ? "vanish"
                : FORMS.lemma(tokens.get(head).lower());
        return new Clause(
                text,
                tokens,
                start.connector(),
                start.begin(),
                start.subjectBegin(),
                start.subjectEnd(),
                start.verb(),
                head,
                stripEnd(end),
                lemma,
                modality.toString(),
                negated,
                tense,
                conjuncts(head + 1, end, tense, modality.toString()));
    }

    private boolean participleFollows(int i, int end) {
        int next = i + 1;
        while (next < end
                && (isAdverb(next)
                        || (tokens.get(next).is(PartOfSpeech.PART)
                                && !tokens.get(next).is("to")))) {
            next++;
        }
        if (next >= end) {
            return false;
        }
        Token token = tokens.get(next);
        return (token.is(PartOfSpeech.VERB) || token.is(PartOfSpeech.AUX)) && FORMS.isParticiple(token.lower());
    }

    private boolean infinitiveFollows(int i, int end) {
        return i + 2 < end
                && tokens.get(i + 1).is("to")
                && (tokens.get(i + 2).is(PartOfSpeech.VERB)
                        || tokens.get(i + 2).is(PartOfSpeech.AUX)
                        || FORMS.isKnownLemma(tokens.get(i + 2).lower()));
    }

    /** Returns whether the group of verbs goes on after an auxiliary: a verb follows, perhaps after adverbs. */
    private boolean continues(int from, int end) {
        int i = from;
        while (i < end
                && (isAdverb(i)
                        || (tokens.get(i).is(PartOfSpeech.PART)
                                && !tokens.get(i).is("to")))) {
            i++;
        }
        return i < end && (tokens.get(i).is(PartOfSpeech.VERB) || tokens.get(i).is(PartOfSpeech.AUX));
    }

    private int stripEnd(int end) {
        int stripped = end;
        while (stripped > 0
                && (tokens.get(stripped - 1).is(PartOfSpeech.PUNCT)
                        || tokens.get(stripped - 1).text().matches("[.!?…~:;,]+"))
                && !tokens.get(stripped - 1).is(")")) {
            stripped--;
        }
        return stripped;
    }

    /** Returns the first tokens of the verb groups after "and", "but", "or" or a comma that share the subject. */
    private List<Integer> conjuncts(int from, int end, Tense tense, String modality) {
        var conjuncts = new ArrayList<Integer>();
        for (int i = from + 1; i < end; i++) {
            Token before = tokens.get(i - 1);
            boolean joined = before.is(Set.of("and", "but", "or", "then")) || (before.is(",") && andFollows(i, end));
            if (!joined) {
                continue;
            }
            int verb = i;
            while (verb < end && isAdverb(verb)) {
                verb++;
            }
            if (verb >= end) {
                continue;
            }
            Token token = tokens.get(verb);
            String lower = token.lower();
            boolean auxiliary = token.is(PartOfSpeech.AUX) && !lower.equals("be");
            boolean fits = auxiliary
                    || (token.is(PartOfSpeech.VERB)
                            && !lower.endsWith("ing")
                            && ((tense == Tense.PRESENT && modality.isEmpty())
                                    ? !FORMS.isParticiple(lower) || FORMS.isPast(lower)
                                    : FORMS.isPast(lower) || !modality.isEmpty() || FORMS.isKnownLemma(lower)));
            boolean nested = false; // "to get together and support": the verb shares the infinitive
            for (int j = from; j < verb; j++) {
                nested |= (tokens.get(j).is("to") && tokens.get(j).is(PartOfSpeech.PART))
                        || tokens.get(j).is(RELATIVE);
            }
            if (fits && !nested) {
                conjuncts.add(verb);
            }
        }
        return conjuncts;
    }

    /** Returns whether a list goes on: "and" and a verb follow. */
    private boolean andFollows(int from, int end) {
        for (int i = from + 1; i + 1 < end; i++) {
            if (tokens.get(i).is(Set.of("and", "but"))
                    && (tokens.get(i + 1).is(PartOfSpeech.VERB)
                            || tokens.get(i + 1).is(PartOfSpeech.AUX)
                            || isAdverb(i + 1))) {
                return true;
            }
        }
        return false;
    }

    /** Returns the clause of a group of verbs that shares the subject of another clause. */
    static Clause conjunct(Clause of, int verb, int end) {
        var parser = new ClauseParser(of.text(), of.tokens());
        Clause own = parser.clause(new Start("and", verb, of.subjectBegin(), of.subjectEnd(), verb), end);
        return own.until(own.end());
    }
}
