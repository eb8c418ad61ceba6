package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Frame.Cardinality;
import dev.stele.extract.Phrases.Span;
import dev.stele.extract.Subject.Kind;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import dev.stele.syntax.VerbForms;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Interpreter of a clause: whether it states something lasting or dated about the speaker or the speaker's people, what
 * the note says, which slot it fills, and which earlier facts it ends. Not thread-safe; one instance serves one
 * message.
 */
final class ClauseInterpreter {

    /** Confidence of a statement that fits no frame. */
    private static final double PLAIN_CONFIDENCE = 0.6;
    /** Confidence of a statement that fits no frame and contains a name, a number or a date. */
    private static final double SPECIFIC_CONFIDENCE = 0.7;

    private static final VerbForms FORMS = VerbForms.english();
    private static final Lexicon LEXICON = Lexicon.english();
    private static final Set<String> FIRST = Set.of("i", "we");
    private static final Set<String> SECOND = Set.of("you", "your", "yours", "u", "ya", "yourself", "y'all", "ur");
    private static final Set<String> THIRD = Set.of("he", "she");
    private static final Set<String> PERSONAL =
            Set.of("he", "she", "him", "her", "his", "hers", "they", "them", "their", "theirs", "himself", "herself");
    private static final Set<String> NEGATIVE_ADVERBS = Set.of("never", "hardly", "barely", "neither", "no");

    /** Person or pet that the message has introduced. */
    record Introduced(String holder, String words, String name) {}

    private final String user;
    private final Set<String> knownNames;
    private final List<Introduced> introduced = new ArrayList<>();

    ClauseInterpreter(String user, Set<String> knownNames) {
        this.user = user;
        this.knownNames = knownNames;
    }

    /** Returns the statements of a clause; a further group of verbs is a statement of its own if it has a slot. */
    List<Statement> interpret(Clause clause, boolean corrects) {
        var statements = new ArrayList<Statement>();
        List<Integer> splits = splits(clause);
        int end = splits.isEmpty() ? clause.end() : beforeConjunction(clause, splits.getFirst());
        Clause first = splits.isEmpty() ? clause : clause.until(end);
        one(first, corrects).ifPresent(statements::add);
        for (int i = 0; i < splits.size(); i++) {
            int last = i + 1 < splits.size() ? beforeConjunction(clause, splits.get(i + 1)) : clause.end();
            one(ClauseParser.conjunct(clause, splits.get(i), last), corrects).ifPresent(statements::add);
        }
        return statements;
    }

    private static int beforeConjunction(Clause clause, int verb) {
        int end = verb;
        while (end > clause.head() + 1
                && (clause.isPos(end - 1, PartOfSpeech.ADV)
                        || clause.isPos(end - 1, PartOfSpeech.PUNCT)
                        || Set.of("and", "but", "or", "then").contains(clause.lower(end - 1)))) {
            end--;
        }
        return end;
    }

    /** Returns the further groups of verbs that state a fact of another family than the one before. */
    private List<Integer> splits(Clause clause) {
        if (clause.conjuncts().isEmpty()
                || !clause.modality().isEmpty()
                || subject(clause).kind() != Kind.USER) {
            return List.of();
        }
        var splits = new ArrayList<Integer>();
        String family =
                family(clause.until(beforeConjunction(clause, clause.conjuncts().getFirst())));
        for (int i = 0; i < clause.conjuncts().size(); i++) {
            int verb = clause.conjuncts().get(i);
            int last = i + 1 < clause.conjuncts().size()
                    ? beforeConjunction(clause, clause.conjuncts().get(i + 1))
                    : clause.end();
            String other = family(ClauseParser.conjunct(clause, verb, last));
            boolean strong = Set.of(
                                    "lives_in",
                                    "works_at",
                                    "occupation",
                                    "likes",
                                    "dislikes",
                                    "speaks",
                                    "diet",
                                    "condition",
                                    "allergic",
                                    "married",
                                    "age",
                                    "studies")
                            .contains(other)
                    || (other.equals("has") && isKin(clause, verb, last));
            if (strong && !other.equals(family) && !family.isEmpty()) {
                splits.add(verb);
                family = other;
            }
        }
        return splits;
    }

    private static String family(Clause clause) {
        Phrases phrases = Phrases.of(clause);
        return frame(clause, phrases)
                .map(match -> match.frame().family())
                .filter(name -> !name.equals("-"))
                .orElse("");
    }

    private Optional<Statement> one(Clause clause, boolean corrects) {
        Subject subject = subject(clause);
        if (subject.kind() == Kind.NONE
                && !clause.droppedSubject()
                && clause.lower(clause.subjectEnd() - 1).equals("name")) {
            return special(clause, Phrases.of(clause), subject);
        }
        if (subject.kind() == Kind.NONE || isHypothetical(clause) || isContextDependent(clause, subject)) {
            return Optional.empty();
        }
        Phrases phrases = Phrases.of(clause);
        remember(clause, phrases, subject);
        Optional<Statement> special = special(clause, phrases, subject);
        if (special.isPresent()) {
            return special;
        }
        boolean person = subject.kind() == Kind.USER || subject.kind() == Kind.RELATED || subject.kind() == Kind.NAMED;
        List<Ending> endings = EndingReader.endings(clause, phrases, subject);
        for (int i = 0; i < clause.conjuncts().size(); i++) {
            int last = i + 1 < clause.conjuncts().size()
                    ? beforeConjunction(clause, clause.conjuncts().get(i + 1))
                    : clause.end();
            Clause conjunct = ClauseParser.conjunct(clause, clause.conjuncts().get(i), last);
            endings.addAll(EndingReader.endings(conjunct, Phrases.of(conjunct), subject));
        }
        Optional<Match> match = person ? frame(clause, phrases) : Optional.empty();
        if (match.isPresent()) {
            Optional<Statement> framed = framed(clause, phrases, subject, match.get(), endings);
            if (framed.isPresent()) {
                return framed;
            }
        }
        return plain(clause, phrases, subject, endings, corrects);
    }

    // ---- subjects

    private Subject subject(Clause clause) {
        if (clause.droppedSubject()) {
            String lower = clause.lower(clause.verb());
            boolean object = ClauseTraits.containsAny(
                    clause, clause.verb() + 1, Math.min(clause.end(), clause.verb() + 3), Set.of("me", "us"));
            boolean state = LEXICON.has("feeling", lower)
                    || object
                    || (lower.equals("been")
                            && !clause.lower(clause.verb() + 1).endsWith("ing")
                            && !clause.lower(clause.verb() + 1).equals("to"));
            if (state || clause.verb() > clause.begin() + 2) {
                return none();
            }
            boolean past = FORMS.isPast(lower) && !clause.lower(clause.verb()).equals("let") && !isBaseToo(lower);
            boolean cannot = lower.equals("ca");
            return past || cannot || lower.equals("been") ? new Subject(Kind.USER, "", user) : none();
        }
        int begin = clause.subjectBegin();
        int end = clause.subjectEnd();
        Token first = clause.token(begin);
        Token last = clause.token(end - 1);
        if (end - begin == 1 && first.is(PartOfSpeech.PRON)) {
            String lower = first.lower();
            if (FIRST.contains(lower)) {
                boolean everyone = lower.equals("we")
                        && (clause.lower(end).equals("all")
                                || clause.lower(clause.verb() + 1).equals("all"));
                return everyone ? none() : new Subject(Kind.USER, "", user);
            }
            if (lower.equals("they")
                    && clause.lower(clause.head() + 1).matches("me|us")
                    && Frame.endingsOf(clause.lemma()).stream()
                            .anyMatch(row -> row.role().equals("nothing"))) {
                return new Subject(Kind.THING, "", "They");
            }
            if (lower.equals("you")
                    && clause.lemma().equals("find")
                    && clause.lower(clause.head() + 1).equals("me")) {
                return new Subject(Kind.THING, "", "You");
            }
            if (THIRD.contains(lower) && introduced.size() == 1) {
                Introduced person = introduced.getFirst();
                return new Subject(Kind.RELATED, person.holder(), person.words());
            }
            return lower.equals("there") ? new Subject(Kind.EXISTENCE, "", "There") : none();
        }
        if (first.is("there") && end - begin == 1) {
            return new Subject(Kind.EXISTENCE, "", "There");
        }
        if (last.is(FIRST) && last.is(PartOfSpeech.PRON)) {
            return new Subject(Kind.USER_AND_OTHERS, "", "");
        }
        if (first.is(Set.of(
                        "this", "that", "these", "those", "it", "what", "such", "which", "his", "her", "their", "its",
                        "your", "you"))
                || ClauseTraits.containsAny(clause, begin, end, SECOND)) {
            return none();
        }
        boolean possessed = ClauseTraits.containsAny(clause, begin, end, Set.of("my", "our"));
        int head = Phrases.head(clause, new Span(begin, end));
        boolean kin = isKin(clause, begin, end);
        boolean household = first.is("the")
                && (LEXICON.has("pet", clause.token(head))
                        || (LEXICON.has("kin", clause.token(head)) && isFamily(clause.lower(head))));
        boolean addressed = (first.isCapitalized()
                        && begin == clause.begin()
                        && isFamily(first.lower())
                        && LEXICON.has("kin", first)
                        && !first.lower().endsWith("s"))
                || (first.is("the")
                        && end - begin <= 3
                        && LEXICON.has("medical", last)
                        && LEXICON.has("quote-verb", clause.lemma()));
        if (possessed || household || addressed) {
            return new Subject(Kind.RELATED, holder(clause, begin, end), "");
        }
        boolean generic =
                LEXICON.has("generic-subject", first) || (end - begin == 1 && LEXICON.has("generic-subject", last));
        if (first.is(PartOfSpeech.PROPN) && first.isCapitalized() && !kin) {
            return new Subject(Kind.NAMED, nameKey(clause, begin, end), "");
        }
        return generic && !ClauseTraits.mentionsUser(clause, clause.head() + 1, clause.end())
                ? none()
                : new Subject(Kind.THING, holder(clause, begin, end), "");
    }

    private static boolean isFamily(String word) {
        return !Set.of(
                        "doctor",
                        "dentist",
                        "boss",
                        "manager",
                        "teacher",
                        "coach",
                        "family",
                        "landlord",
                        "landlady",
                        "neighbors",
                        "neighbours",
                        "therapist",
                        "kids",
                        "children",
                        "friends",
                        "supervisor")
                .contains(word);
    }

    private static boolean isBaseToo(String lower) {
        return Set.of("read", "put", "set", "cut", "let", "hit", "cost", "spread", "quit", "bet", "come", "run")
                        .contains(lower)
                && !Set.of("quit").contains(lower);
    }

    private static Subject none() {
        return new Subject(Kind.NONE, "", "");
    }

    private static boolean isKin(Clause clause, int begin, int end) {
        return IntStream.range(begin, end)
                .anyMatch(i -> LEXICON.has("kin", clause.token(i)) || LEXICON.has("pet", clause.token(i)));
    }

    /** Returns the key of a related person, pet or thing: its noun, and its name if there is one. */
    private static String holder(Clause clause, int begin, int end) {
        String noun = "";
        var name = new StringBuilder();
        for (int i = begin; i < end; i++) {
            Token token = clause.token(i);
            if (noun.isEmpty() && (LEXICON.has("kin", token) || LEXICON.has("pet", token)) && !token.isCapitalized()) {
                noun = token.lower();
            } else if (token.isCapitalized()
                    && i > begin
                    && token.isNoun()
                    && !LEXICON.has("month", token)
                    && !LEXICON.has("weekday", token)) {
                name.append(name.isEmpty() ? "" : " ").append(token.lower());
            } else if (i == begin && token.is(PartOfSpeech.PROPN)) {
                name.append(token.lower());
            }
        }
        if (noun.isEmpty()) {
            noun = clause.lower(Phrases.head(clause, new Span(begin, end)));
        }
        return name.isEmpty() || name.toString().equals(noun) ? noun : noun + "/" + name;
    }

    private String nameKey(Clause clause, int begin, int end) {
        String name = EnglishGrammar.lower(clause.words(begin, end));
        for (Introduced person : introduced) {
            if (!person.name().isEmpty() && name.equals(EnglishGrammar.lower(person.name()))) {
                return person.holder();
            }
        }
        return "/" + name;
    }

    private void remember(Clause clause, Phrases phrases, Subject subject) {
        if (subject.kind() == Kind.RELATED
                && subject.words().isEmpty()
                && isKin(clause, clause.subjectBegin(), clause.subjectEnd())) {
            introduce(clause, new Span(clause.subjectBegin(), clause.subjectEnd()));
        }
        if (subject.kind() == Kind.USER
                && Set.of("see", "date").contains(clause.lemma())
                && (clause.lower(clause.head() + 1).equals("someone")
                        || clause.lower(clause.head() + 1).equals("somebody"))) {
            introduced.add(new Introduced("partner", user + "'s partner", ""));
        }
        phrases.object()
                .filter(span -> isKin(clause, span.begin(), span.end())
                        && subject.kind() == Kind.USER
                        && clause.lemma().equals("have"))
                .ifPresent(span -> introduce(clause, span));
    }

    private void introduce(Clause clause, Span span) {
        String holder = holder(clause, span.begin(), span.end());
        String noun = holder.contains("/") ? holder.substring(0, holder.indexOf('/')) : holder;
        String name = "";
        for (int i = span.begin(); i < span.end(); i++) {
            if (clause.token(i).isCapitalized() && clause.token(i).isNoun() && i > span.begin()) {
                name = clause.token(i).text();
            }
        }
        String words = user + "'s " + noun + (name.isEmpty() ? "" : " " + name);
        if (introduced.stream().noneMatch(person -> person.holder().equals(holder))) {
            introduced.add(new Introduced(holder, words, name));
        }
    }

    // ---- filters

    private static boolean isHypothetical(Clause clause) {
        if (clause.connector().contains("if")
                || clause.connector().contains("unless")
                || clause.connector().contains("whether")) {
            return true;
        }
        String modality = clause.modality();
        if (modality.contains("would")
                || modality.contains("could")
                || modality.contains("should")
                || modality.contains("might")
                || modality.contains("may")
                || modality.contains("must")
                || modality.contains("suppose")) {
            boolean negatedAbility = modality.contains("could") && clause.negated();
            boolean preference = modality.contains("would")
                    && (clause.contains("rather")
                            || Set.of("love", "like", "prefer").contains(clause.lemma())
                            || (clause.contains("over")
                                    && Set.of("take", "choose", "pick").contains(clause.lemma())));
            return !(preference || negatedAbility);
        }
        return false;
    }

    private boolean isContextDependent(Clause clause, Subject subject) {
        int from = clause.head() + 1;
        if (ClauseTraits.containsAny(clause, clause.verb(), clause.end(), SECOND)
                && newHome(clause).isEmpty()) {
            return true;
        }
        boolean person = (subject.kind() == Kind.RELATED && !subject.words().isEmpty())
                || (clause.subjectBegin() < clause.subjectEnd()
                        && ClauseTraits.isPerson(clause, clause.subjectBegin(), clause.subjectEnd()));
        if (!clause.droppedSubject() && hasUnreadVerb(clause)) {
            return true;
        }
        for (int i = from; i < clause.end(); i++) {
            Token token = clause.token(i);
            String lower = token.lower();
            boolean nounBefore = nounBetween(clause, from, i);
            boolean nounNext = i + 1 < clause.end()
                    && (clause.token(i + 1).isNoun()
                            || clause.isPos(i + 1, PartOfSpeech.ADJ)
                            || clause.isPos(i + 1, PartOfSpeech.NUM));
            if (PERSONAL.contains(lower) && !person && !ClauseTraits.isPerson(clause, from, i) && !token.isNoun()) {
                return true;
            }
            switch (lower) {
                case "it", "its" -> {
                    if (!nounBefore && !ClauseTraits.isMedical(clause)) {
                        return true;
                    }
                }
                case "this", "these", "those" -> {
                    boolean time = (i + 1 < clause.end() && LEXICON.has("time-noun", clause.token(i + 1)))
                            || (i + 2 < clause.end()
                                    && LEXICON.has("time-noun", clause.token(i + 2))
                                    && clause.isPos(i + 1, PartOfSpeech.ADJ));
                    if (!time) {
                        return true;
                    }
                }
                case "that" -> {
                    if (token.is(PartOfSpeech.DET)
                            || (token.is(PartOfSpeech.PRON)
                                    && !clause.token(i - 1).isNoun()
                                    && !token.is(PartOfSpeech.SCONJ))) {
                        return true;
                    }
                }
                case "here", "such", "same" -> {
                    return true;
                }
                case "there" -> {
                    if (!nounBefore && !clause.lower(i - 1).equals("out")) {
                        return true;
                    }
                }
                case "one", "ones" -> {
                    boolean pro = i > from
                            && (clause.isPos(i - 1, PartOfSpeech.ADJ) || clause.isPos(i - 1, PartOfSpeech.DET))
                            && !nounNext;
                    if (pro
                            || lower.equals("ones")
                            || (!nounNext && !clause.lower(i + 1).equals("of") && token.is(PartOfSpeech.PRON))) {
                        return true;
                    }
                }
                case "something", "anything", "everything", "nothing", "stuff", "someone", "somebody", "anyone" -> {
                    boolean partner = Set.of("see", "date", "marry").contains(clause.lemma());
                    if (!partner && (i == from || clause.isPos(i - 1, PartOfSpeech.VERB))) {
                        return true;
                    }
                }
                default -> {
                    // Any other word is understandable by itself.
                }
            }
        }
        return false;
    }

    /** Returns whether a verb stands before the subject, so that the subject belongs to a larger phrase. */
    private static boolean hasUnreadVerb(Clause clause) {
        boolean subordinate =
                clause.isPos(clause.begin(), PartOfSpeech.SCONJ) || clause.isPos(clause.begin(), PartOfSpeech.ADP);
        for (int i = clause.begin(); i < clause.subjectBegin(); i++) {
            boolean verb = clause.isPos(i, PartOfSpeech.VERB) || clause.isPos(i, PartOfSpeech.AUX);
            if ((verb && !subordinate)
                    || Set.of("that", "what", "how", "why", "if", "whether").contains(clause.lower(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean nounBetween(Clause clause, int from, int to) {
        return IntStream.range(from, to).anyMatch(i -> clause.token(i).isNoun());
    }

    // ---- frames

    private record Match(Frame frame, Plausibility.Value value, Span span) {}

    private static Optional<Match> frame(Clause clause, Phrases phrases) {
        for (Frame frame : Frame.ofVerb(clause.lemma())) {
            boolean particle = !frame.particleRequired() || hasParticle(clause, phrases, frame.particles());
            if (!particle) {
                continue;
            }
            Optional<Span> span =
                    frame.prepositions().isEmpty() ? phrases.object() : phrases.after(frame.prepositions());
            Optional<Plausibility.Value> value = Plausibility.value(frame.type(), clause, span);
            if (value.isPresent()) {
                return Optional.of(new Match(frame, value.get(), span.orElse(new Span(clause.head(), clause.head()))));
            }
        }
        return Optional.empty();
    }

    private static boolean hasParticle(Clause clause, Phrases phrases, Set<String> particles) {
        if (phrases.particles().stream().anyMatch(particles::contains)) {
            return true;
        }
        return phrases.object()
                        .map(span -> ClauseTraits.containsAnyWord(clause, span.begin(), span.end(), particles))
                        .orElse(false)
                || phrases.prepositional().stream()
                        .anyMatch(phrase -> particles.contains(phrase.preposition())
                                && phrase.object().begin() == clause.head() + 2);
    }

    private boolean isNegative(Clause clause) {
        return clause.negated()
                || ClauseTraits.containsAnyWord(clause, clause.subjectEnd(), clause.head(), NEGATIVE_ADVERBS)
                || deniedObject(clause);
    }

    private static boolean deniedObject(Clause clause) {
        return Set.of("no", "zero", "neither").contains(clause.lower(clause.head() + 1))
                && !clause.lower(clause.head() + 2).equals("longer");
    }

    private Optional<Statement> framed(
            Clause clause, Phrases phrases, Subject subject, Match match, List<Ending> endings) {
        Frame frame = match.frame();
        boolean negative = isNegative(clause) || ClauseTraits.isOver(clause);
        String value = clean(match.span(), match.value().text());
        String family = frame.family();
        boolean dislike = family.equals("dislikes") || (family.equals("tolerates") && negative);
        if (family.equals("tolerates") && !negative) {
            return Optional.empty();
        }
        if (family.equals("likes") || dislike) {
            return likes(clause, phrases, subject, match, endings, dislike || negative);
        }
        if (family.equals("has")
                && (clause.isPos(match.span().begin(), PartOfSpeech.VERB)
                        || (clause.lemma().equals("have")
                                && clause.tense() == Tense.PAST
                                && !match.frame().type().equals("relative"))
                        || ClauseTraits.mostlyVague(clause, match.span())
                        || LEXICON.has("transient", clause.token(Phrases.head(clause, match.span()))))) {
            return Optional.empty();
        }
        boolean future = clause.tense() == Tense.FUTURE || ClauseTraits.isPlanned(clause);
        String holder = subject.holder().isEmpty() ? "" : "@" + subject.holder();
        Cardinality cardinality = frame.cardinality();
        boolean past = clause.tense() == Tense.PAST
                && !Set.of(
                                "lives_in",
                                "works_at",
                                "occupation",
                                "married",
                                "has",
                                "born",
                                "born_in",
                                "grew_up_in",
                                "member",
                                "diet",
                                "condition")
                        .contains(family);
        boolean over = clause.tense() == Tense.PAST
                && Set.of("live", "work", "be", "study", "have", "own", "reside")
                        .contains(clause.lemma());
        boolean lasting = !future && !past && !over && clause.modality().isEmpty();
        Optional<Slot> slot = Optional.empty();
        Slot.Conflict conflict = Slot.Conflict.REPLACE;
        var allEndings = new ArrayList<>(endings);
        if (!family.equals("-") && cardinality != Cardinality.NONE) {
            boolean many = cardinality == Cardinality.MANY;
            if (negative && !many) {
                allEndings.add(new Ending(Optional.empty(), Set.of(family), subject.holder(), List.of(key(value))));
            } else if (lasting || (negative && many)) {
                slot = Optional.of(new Slot(
                        many ? family + ":" + key(many(clause, family, value)) + holder : family + holder,
                        many ? negative ? "no" : "yes" : value));
                conflict = conflict(clause, cardinality, match.value().certain());
                if (negative) {
                    allEndings.add(new Ending(Optional.empty(), Set.of(family), subject.holder(), List.of(key(value))));
                }
            }
        }
        String content = content(clause, phrases, subject, match);
        boolean named = subject.kind() == Kind.USER
                && lasting
                && !negative
                && frame.relation().isPresent();
        Optional<Statement.Named> entity = named
                ? frame.relation()
                        .filter(_ -> Character.isUpperCase(value.codePointAt(0)))
                        .map(relation -> new Statement.Named(
                                value, frame.entityType(), relation, cardinality != Cardinality.MANY))
                : Optional.empty();
        String category = future ? "plan" : over && frame.category().equals("fact") ? "event" : frame.category();
        return Optional.of(new Statement(
                content,
                category,
                frame.confidence(),
                frame.importance(),
                slot,
                conflict,
                allEndings,
                entity,
                false,
                clause.text()));
    }

    private static String many(Clause clause, String family, String value) {
        return family.equals("consumes") ? clause.lemma() + " " + value : value;
    }

    private static Slot.Conflict conflict(Clause clause, Cardinality cardinality, boolean certain) {
        boolean also =
                IntStream.range(clause.begin(), clause.end()).anyMatch(i -> LEXICON.has("also", clause.token(i)));
        boolean now = IntStream.range(clause.begin(), clause.end()).anyMatch(i -> LEXICON.has("now", clause.token(i)));
        if (also && !now) {
            return Slot.Conflict.KEEP;
        }
        if (!certain) {
            return Slot.Conflict.REVIEW;
        }
        return cardinality == Cardinality.DOUBT && !now ? Slot.Conflict.REVIEW : Slot.Conflict.REPLACE;
    }

    static String clean(Span span, String text) {
        String value = text.strip();
        if (span.isEmpty()) {
            return value;
        }
        return value.replaceFirst("^(?i:the|a|an|my|our|some|any|no) (?=\\p{Ll})", "")
                .replaceFirst("[,;: ]+$", "");
    }

    /** Returns the key of an object in the name of a slot: lower case, without articles and marks. */
    static String key(String value) {
        String key = value.toLowerCase(Locale.ROOT)
                .replaceFirst("^(?:the|a|an|my|our|some|any|no|to) ", "")
                .replaceAll("[:@\\s]+", " ")
                .strip();
        return key.length() > 80 ? key.substring(0, 80) : key;
    }

    private Optional<Statement> likes(
            Clause clause, Phrases phrases, Subject subject, Match match, List<Ending> endings, boolean no) {
        Span span = match.span();
        Token first = clause.token(span.begin());
        boolean clausal = first.is(Set.of("how", "when", "that", "what", "where", "why", "if", "all", "whatever"))
                || first.is(PartOfSpeech.SCONJ);
        boolean pointed = clausal
                || (first.is("the")
                        && span.end() - span.begin() <= 3
                        && !LEXICON.has("common-article", clause.token(Phrases.head(clause, span))));
        boolean vague = ClauseTraits.mostlyVague(clause, span)
                || (clause.lower(span.begin()).equals("to") && clause.isPos(span.begin() + 1, PartOfSpeech.AUX));
        boolean wish = clause.modality().contains("would");
        boolean past = clause.tense() == Tense.PAST && !no;
        if (vague || (pointed && subject.kind() == Kind.USER) || (past && !ClauseTraits.isOver(clause))) {
            return Optional.empty();
        }
        if (wish) {
            return Optional.empty();
        }
        String object = new ThirdPersonWriterOf(clause, user, subject.kind() == Kind.USER).words(span);
        String concept = object.replaceFirst("(?i)^(?:to |the |a |an |doing |going |my |their )", "");
        String holder = subject.holder().isEmpty() ? "" : "@" + subject.holder();
        var slot = new Slot("likes:" + key(concept) + holder, no ? "no" : "yes");
        var all = new ArrayList<>(endings);
        if (no) {
            all.add(new Ending(Optional.empty(), Set.of("likes"), subject.holder(), List.of(key(concept))));
        }
        String content = match.frame().family().equals("dislikes")
                        && subject.kind() == Kind.USER
                        && clause.tense() == Tense.PRESENT
                        && clause.modality().isEmpty()
                        && clause.verb() == clause.head()
                ? user + " dislikes " + object + rest(clause, span)
                : content(clause, phrases, subject, match);
        boolean entity = subject.kind() == Kind.USER
                && concept.chars().filter(c -> c == ' ').count() <= 2;
        return Optional.of(new Statement(
                content,
                "preference",
                match.frame().confidence(),
                match.frame().importance(),
                Optional.of(slot),
                Slot.Conflict.REPLACE,
                all,
                entity
                        ? Optional.of(new Statement.Named(
                                EnglishGrammar.lower(concept), "concept", no ? "dislikes" : "likes", false))
                        : Optional.empty(),
                false,
                clause.text()));
    }

    private String rest(Clause clause, Span span) {
        return span.end() >= clause.end()
                ? ""
                : gap(clause, span.end())
                        + new ThirdPersonWriterOf(clause, user, true).words(new Span(span.end(), clause.end()));
    }

    private static String gap(Clause clause, int i) {
        return clause.token(i - 1).end() < clause.token(i).start() ? " " : "";
    }

    /** Writer of a phrase within a note whose subject is already named. */
    private record ThirdPersonWriterOf(Clause clause, String user, boolean mentioned) {
        String words(Span span) {
            var writer = new ThirdPersonWriter(clause, user);
            if (mentioned) {
                writer.subject();
            }
            return writer.words(span.begin(), span.end());
        }
    }

    // ---- content

    /** Returns the note of a clause in the third person. */
    private String content(Clause clause, Phrases phrases, Subject subject, Match match) {
        if (subject.kind() == Kind.USER
                && match.frame().family().equals("lives_in")
                && match.frame().cardinality() == Cardinality.CHANGE
                && clause.tense() != Tense.FUTURE
                && match.value().certain()
                && clause.lemma().matches("move|relocate|emigrate|immigrate")
                && match.span().end() == clause.end()
                && clause.begin() == clause.verb() - (clause.droppedSubject() ? 0 : 1)
                && phrases.after(Set.of("from")).isEmpty()) {
            return user + " lives in " + match.value().text();
        }
        return content(clause, subject);
    }

    private String content(Clause clause, Subject subject) {
        var writer = new ThirdPersonWriter(clause, user);
        var out = new StringBuilder();
        switch (subject.kind()) {
            case USER -> out.append(writer.subject()).append(' ').append(predicate(clause, writer));
            case EXISTENCE ->
                out.append("There ")
                        .append(existence(clause))
                        .append(' ')
                        .append(writer.words(clause.verb() + 1, clause.end()));
            default -> {
                String words = subject.words();
                if (words.isEmpty()) {
                    boolean household = clause.token(clause.subjectBegin()).is("the") && subject.kind() == Kind.RELATED;
                    Token first = clause.token(clause.subjectBegin());
                    boolean bare = subject.kind() == Kind.RELATED && first.isCapitalized() && LEXICON.has("kin", first);
                    words = bare
                            ? writer.owner() + "'s " + first.lower()
                                    + clause.words(clause.subjectBegin(), clause.subjectEnd())
                                            .substring(first.text().length())
                            : household
                                    ? writer.owner() + "'s "
                                            + writer.words(clause.subjectBegin() + 1, clause.subjectEnd())
                                    : capital(writer.words(clause.subjectBegin(), clause.subjectEnd()));
                }
                String predicate = writer.words(clause.verb(), clause.end());
                if (predicate.startsWith("'ll") || predicate.startsWith("’ll")) {
                    predicate = "will" + predicate.substring(3);
                }
                boolean contracted = clause.token(clause.verb()).text().matches("['’]s");
                if (contracted) {
                    predicate = (ofHave(clause) ? "has" : "is") + predicate.substring(2);
                }
                out.append(words).append(' ').append(predicate);
            }
        }
        String lead = lead(clause, writer);
        return lead.isEmpty() ? out.toString() : out + " " + lead;
    }

    /** Returns the predicate of the user with the adverbs before the verb, but without those that only fill. */
    private static String predicate(Clause clause, ThirdPersonWriter writer) {
        boolean conjunct = clause.begin() > clause.subjectBegin();
        int from = clause.droppedSubject() || conjunct ? clause.verb() : clause.subjectEnd();
        var adverbs = new StringBuilder();
        for (int i = from; i < clause.verb(); i++) {
            if (!LEXICON.has("filler", clause.token(i)) && !clause.isPos(i, PartOfSpeech.PUNCT)) {
                adverbs.append(clause.token(i).text()).append(' ');
            }
        }
        boolean been = clause.droppedSubject() && clause.lower(clause.verb()).equals("been");
        return (been ? "has " : "") + adverbs + writer.predicate(clause.verb(), clause.end());
    }

    private static String existence(Clause clause) {
        String lower = clause.lower(clause.verb());
        return lower.equals("'s") ? "is" : lower.equals("'re") ? "are" : lower;
    }

    private static boolean ofHave(Clause clause) {
        return clause.tense() == Tense.PERFECT || Set.of("got", "been").contains(clause.lower(clause.verb() + 1));
    }

    private String capital(String words) {
        return words.startsWith(user) ? words : words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    /** Returns the adverbial before the subject, which follows the predicate in the note. */
    private static String lead(Clause clause, ThirdPersonWriter writer) {
        int from = clause.begin();
        int to = clause.subjectBegin();
        while (from < to
                && (clause.isPos(from, PartOfSpeech.PUNCT)
                        || LEXICON.has("lead", clause.token(from))
                        || clause.isPos(from, PartOfSpeech.CCONJ)
                        || clause.isPos(from, PartOfSpeech.INTJ))) {
            from++;
        }
        while (to > from && clause.isPos(to - 1, PartOfSpeech.PUNCT)) {
            to--;
        }
        boolean adverbial = from < to
                && (clause.isPos(from, PartOfSpeech.ADP)
                        || clause.isPos(from, PartOfSpeech.SCONJ)
                        || Phrases.isTimeStart(clause, from, to)
                        || LEXICON.has("time-adverb", clause.token(from))
                        || LEXICON.has("time-noun", clause.token(to - 1))
                        || clause.lower(to - 1).equals("ago"));
        boolean filler = to - from == 1
                && Set.of(
                                "just", "also", "finally", "now", "still", "even", "already", "again", "soon", "then",
                                "so", "never", "always", "before", "later", "early", "once")
                        .contains(clause.lower(from));
        if (!adverbial || filler || to - from > 12) {
            return "";
        }
        String words = writer.words(from, to);
        Token first = clause.token(from);
        return first.is(PartOfSpeech.PROPN)
                ? words
                : words.substring(0, 1).toLowerCase(Locale.ROOT) + words.substring(1);
    }

    // ---- statements with a form of their own

    private Optional<Statement> special(Clause clause, Phrases phrases, Subject subject) {
        boolean be = clause.lemma().equals("be");
        boolean called = Set.of("call", "name").contains(clause.lemma())
                && clause.lower(clause.verb()).matches("is|are|'s|was|am|'m|'re");
        int begin = clause.subjectBegin();
        int end = clause.subjectEnd();
        boolean possessed = subject.kind() == Kind.RELATED && subject.words().isEmpty();
        String after = clause.words(clause.head() + 1, clause.end());
        boolean name = clause.head() + 1 < clause.end() && Character.isUpperCase(after.codePointAt(0));
        boolean theirName = begin < end
                && clause.token(begin).is(Set.of("his", "her", "its", "their"))
                && clause.lower(end - 1).equals("name")
                && be
                && name;
        if (theirName && !introduced.isEmpty() && introduced.getLast().name().isEmpty()) {
            String noun = introduced.getLast().words().substring(user.length() + 3);
            return Optional.of(named(noun, nameAt(clause, clause.head() + 1), clause));
        }
        if (possessed && be && name && clause.lower(end - 1).equals("name")) {
            String value = nameAt(clause, clause.head() + 1);
            if (end - begin == 2 && clause.token(begin).is("my")) {
                return Optional.of(fact(
                        user + " is called " + value,
                        "fact",
                        0.95,
                        0.9,
                        Optional.of(new Slot("name", value)),
                        Optional.empty(),
                        clause));
            }
            String noun = clause.words(begin + 1, end - 1).replaceFirst("['’]s$", "");
            return Optional.of(named(noun, value, clause));
        }
        if (called && name && possessed) {
            String noun = clause.words(begin + 1, end);
            return clause.token(begin).is(Set.of("my", "our", "the"))
                    ? Optional.of(named(noun, nameAt(clause, clause.head() + 1), clause))
                    : Optional.empty();
        }
        if (called && name && subject.kind() == Kind.USER && clause.tense() != Tense.PAST) {
            String value = nameAt(clause, clause.head() + 1);
            return Optional.of(fact(
                    user + " is called " + value,
                    "fact",
                    0.9,
                    0.9,
                    Optional.of(new Slot("name", value)),
                    Optional.empty(),
                    clause));
        }
        if (be && possessed && !clause.negated()) {
            Optional<Statement> possession = possession(clause, subject);
            if (possession.isPresent()) {
                return possession;
            }
        }
        return subject.kind() == Kind.NONE ? Optional.empty() : home(clause, phrases, subject);
    }

    private String nameAt(Clause clause, int from) {
        int end = from;
        while (end < clause.end()
                && (clause.token(end).isCapitalized()
                        || clause.token(end).is("-")
                        || clause.token(end).is("'s"))) {
            end++;
        }
        return clause.words(from, end);
    }

    private Statement named(String noun, String name, Clause clause) {
        String relation = EnglishGrammar.lower(noun);
        String last = relation.substring(relation.lastIndexOf(' ') + 1);
        boolean kin = LEXICON.has("kin", last);
        boolean pet = LEXICON.has("pet", last);
        introduced.add(new Introduced(last + "/" + EnglishGrammar.lower(name), user + "'s " + noun + " " + name, name));
        return fact(
                user + "'s " + noun + " is called " + name,
                "fact",
                0.9,
                0.8,
                Optional.of(new Slot("name_of:" + relation + " " + EnglishGrammar.lower(name), "yes")),
                kin || pet
                        ? Optional.of(new Statement.Named(
                                name,
                                pet ? "animal" : "person",
                                "has_" + relation.replaceAll("[^\\p{L}\\p{N}]+", "_"),
                                false))
                        : Optional.empty(),
                clause);
    }

    private static Statement fact(
            String content,
            String category,
            double confidence,
            double importance,
            Optional<Slot> slot,
            Optional<Statement.Named> entity,
            Clause clause) {
        return new Statement(
                content,
                category,
                confidence,
                importance,
                slot,
                Slot.Conflict.REPLACE,
                List.of(),
                entity,
                false,
                clause.text());
    }

    /** Reads "my birthday is …", "my favorite … is …", "my job is …". */
    private Optional<Statement> possession(Clause clause, Subject subject) {
        int begin = clause.subjectBegin();
        int end = clause.subjectEnd();
        if (!clause.token(begin).is(Set.of("my", "our"))) {
            return Optional.empty();
        }
        String noun = EnglishGrammar.lower(clause.words(begin + 1, end))
                .replace("favourite", "favorite")
                .replaceFirst("^(?:all-time|absolute|very|all time) ", "");
        Span complement = new Span(clause.head() + 1, clause.end());
        if (complement.isEmpty()) {
            return Optional.empty();
        }
        if (noun.endsWith("birthday") || noun.endsWith("anniversary")) {
            if (!Plausibility.isDate(clause, complement)) {
                return Optional.empty();
            }
            String value =
                    clause.words(complement.begin(), complement.end()).replaceFirst("(?i)^(?:on|in) (?:the )?", "");
            return Optional.of(fact(
                    user + "'s " + clause.words(begin + 1, end) + " is on " + value,
                    "fact",
                    0.9,
                    0.8,
                    Optional.of(new Slot(key(noun).replace(' ', '_'), value)),
                    Optional.empty(),
                    clause));
        }
        if (LEXICON.has("language", noun)) {
            boolean no =
                    clause.words(complement.begin(), complement.end()).matches("(?i).*\\b(?:non-?existent|zero)\\b.*");
            return Optional.of(fact(
                    content(clause, subject),
                    "fact",
                    0.8,
                    0.6,
                    Optional.of(new Slot("speaks:" + noun, no ? "no" : "yes")),
                    Optional.empty(),
                    clause));
        }
        boolean favorite = noun.startsWith("favorite ") || noun.startsWith("dream ");
        boolean phrase = (complement.begin() + 1 == complement.end()
                        && !LEXICON.has("feeling", clause.token(complement.begin())))
                || clause.isPos(complement.begin(), PartOfSpeech.DET)
                || clause.token(complement.begin()).isNoun()
                || (clause.isPos(complement.begin(), PartOfSpeech.ADJ)
                        && Phrases.objectEnd(clause, complement.begin(), clause.end()) > complement.begin() + 1)
                || clause.token(complement.begin()).isCapitalized()
                || (clause.isPos(complement.begin(), PartOfSpeech.VERB)
                        && clause.lower(complement.begin()).endsWith("ing"));
        if (favorite && phrase && clause.head() == clause.verb()) {
            String value = clause.words(
                    complement.begin(),
                    Math.max(complement.begin() + 1, Phrases.objectEnd(clause, complement.begin(), clause.end())));
            return Optional.of(fact(
                    content(clause, subject),
                    "preference",
                    0.9,
                    0.7,
                    Optional.of(new Slot(key(noun).replace(' ', '_'), value)),
                    Optional.empty(),
                    clause));
        }
        return Optional.empty();
    }

    /** Reads "home is …", "my new home is …", "… is home" and "writing from our new home in …". */
    private Optional<Statement> home(Clause clause, Phrases phrases, Subject subject) {
        int begin = clause.subjectBegin();
        int end = clause.subjectEnd();
        Optional<Span> place = Optional.empty();
        boolean isHome = begin < end
                && IntStream.range(begin, end).anyMatch(i -> clause.token(i).is("home"))
                && clause.lower(Phrases.head(clause, new Span(begin, end))).equals("home");
        if (clause.lemma().equals("be") && isHome && !clause.negated()) {
            place = phrases.object().or(() -> phrases.after(Set.of("in", "near", "outside")));
        } else if (clause.lemma().equals("be")
                && !clause.negated()
                && subject.kind() == Kind.NAMED
                && homePredicate(clause)) {
            place = Optional.of(new Span(begin, end));
        } else if (clause.lemma().equals("call")
                && clause.contains("home")
                && subject.kind() == Kind.USER
                && !clause.negated()
                && clause.tense() != Tense.PAST) {
            place = Optional.of(
                    new Span(clause.head() + 1, Phrases.objectEnd(clause, clause.head() + 1, clause.end())));
        } else {
            Optional<Span> own = newHome(clause);
            Optional<Plausibility.Value> value = Plausibility.value("place", clause, own);
            if (value.isPresent() && subject.kind() == Kind.USER) {
                return Optional.of(new Statement(
                        user + "'s home is in " + value.get().text(),
                        "fact",
                        0.85,
                        0.8,
                        Optional.of(new Slot("lives_in", value.get().text())),
                        Slot.Conflict.REPLACE,
                        List.of(),
                        Optional.of(new Statement.Named(value.get().text(), "place", "lives_in", true)),
                        false,
                        clause.text()));
            }
            return Optional.empty();
        }
        Optional<Span> found = place;
        return Plausibility.value("place", clause, place).map(value -> {
            boolean change = clause.contains("new") || clause.contains("now") || clause.contains("move");
            return new Statement(
                    content(clause, subject),
                    "fact",
                    0.85,
                    0.8,
                    clause.tense() == Tense.PAST && !change
                            ? Optional.empty()
                            : Optional.of(new Slot("lives_in", value.text())),
                    value.certain() || change || found.isPresent() ? Slot.Conflict.REPLACE : Slot.Conflict.REVIEW,
                    List.of(),
                    Optional.of(new Statement.Named(value.text(), "place", "lives_in", true)),
                    false,
                    clause.text());
        });
    }

    /** Returns the place in "my home in …", "our new house in …". */
    private static Optional<Span> newHome(Clause clause) {
        for (int i = clause.head() + 1; i + 3 < clause.end(); i++) {
            boolean own = clause.token(i).is(Set.of("my", "our"))
                    && (clause.token(i + 1).is("home")
                            || newDwelling(clause, i + 1)
                            || (clause.token(i + 1).is("new")
                                    && clause.token(i + 2).is("home")));
            int in = clause.token(i + 1).is("home") ? i + 2 : i + 3;
            if (own && in + 1 < clause.end() && clause.lower(in).equals("in")) {
                return Optional.of(new Span(in + 1, Phrases.objectEnd(clause, in + 1, clause.end())));
            }
        }
        return Optional.empty();
    }

    private static boolean newDwelling(Clause clause, int i) {
        return clause.token(i).is("new")
                && (LEXICON.has("dwelling", clause.token(i + 1))
                        || clause.token(i + 1).is("place"));
    }

    private static boolean homePredicate(Clause clause) {
        int i = clause.head() + 1;
        return i < clause.end()
                && (clause.lower(i).equals("home")
                        || (clause.token(i).is(Set.of("my", "our"))
                                && IntStream.range(i, Math.min(clause.end(), i + 4))
                                        .anyMatch(j -> clause.token(j).is("home"))));
    }

    // ---- plain statements

    private Optional<Statement> plain(
            Clause clause, Phrases phrases, Subject subject, List<Ending> endings, boolean corrects) {
        int from = clause.head() + 1;
        boolean dated = ClauseTraits.hasDate(clause, clause.begin(), clause.end());
        boolean specific = dated || ClauseTraits.isSpecific(clause, from);
        boolean planned = ClauseTraits.isPlanned(clause);
        String lemma = clause.lemma();
        switch (subject.kind()) {
            case USER, USER_AND_OTHERS -> {
                if (!endings.isEmpty()) {
                    break;
                }
                boolean wish = clause.modality().contains("would");
                boolean preference = wish && (clause.contains("rather") || clause.contains("over"));
                if (!preference && !Noteworthiness.worthNoting(clause, phrases)) {
                    return Optional.empty();
                }
            }
            case RELATED -> {
                boolean complete = clause.end() > from || !lemma.equals("be");
                int head = Phrases.head(
                        clause,
                        new Span(clause.subjectBegin(), Math.max(clause.subjectBegin() + 1, clause.subjectEnd())));
                boolean abstractNoun = subject.words().isEmpty() && LEXICON.has("abstract", clause.token(head));
                boolean can = clause.modality().contains("can") && !clause.negated();
                boolean empty = Set.of("have", "do", "get", "make", "be").contains(lemma)
                        && ClauseTraits.contentWords(clause, from) == 0
                        && !specific
                        && endings.isEmpty();
                boolean vagueTime = empty || (lemma.equals("come") && !dated);
                if (abstractNoun
                        || can
                        || vagueTime
                        || !complete
                        || Noteworthiness.isEvaluation(clause, phrases)
                        || (LEXICON.has("mental", lemma) && !ClauseTraits.isReported(clause))
                        || (LEXICON.has("quote-verb", lemma) && !ClauseTraits.isReported(clause))) {
                    return Optional.empty();
                }
            }
            case NAMED -> {
                boolean known = ClauseTraits.mentionsUser(clause, from, clause.end())
                        || isIntroduced(clause)
                        || dated
                        || corrects;
                if (!known || Noteworthiness.isEvaluation(clause, phrases) || LEXICON.has("quote-verb", lemma)) {
                    return Optional.empty();
                }
            }
            case THING, EXISTENCE -> {
                boolean definite = subject.kind() == Kind.THING
                        && clause.token(clause.subjectBegin()).is("the");
                boolean event = IntStream.range(
                                subject.kind() == Kind.EXISTENCE ? from : clause.subjectBegin(),
                                subject.kind() == Kind.EXISTENCE ? clause.end() : clause.subjectEnd())
                        .anyMatch(i -> LEXICON.has("event-of-user", clause.token(i)));
                boolean indefinite = subject.kind() == Kind.THING
                        && !clause.droppedSubject()
                        && clause.token(clause.subjectBegin())
                                .is(Set.of(
                                        "a", "an", "each", "every", "some", "any", "all", "so", "no", "another", "life",
                                        "love", "things", "lots"));
                boolean alone = ClauseTraits.containsAny(
                        clause, clause.begin(), clause.end(), Set.of("me", "my", "mine", "myself"));
                boolean can = clause.modality().contains("can") && !clause.negated();
                boolean about =
                        alone && !definite && !indefinite && !can && !Noteworthiness.isEvaluation(clause, phrases);
                if (!(about || (dated && (definite || event)) || (corrects && definite) || !endings.isEmpty())) {
                    return Optional.empty();
                }
            }
            case NONE -> {
                return Optional.empty();
            }
        }
        Optional<Slot> slot = Optional.empty();
        String category = category(clause, planned);
        if (category.equals("behavior")
                && subject.kind() == Kind.USER
                && clause.modality().isEmpty()) {
            slot = Optional.of(new Slot(
                            "does:"
                                    + key(EnglishGrammar.lower(lemma + " "
                                            + phrases.object()
                                                    .map(span -> clause.words(span.begin(), span.end()))
                                                    .orElse(""))),
                            isNegative(clause) ? "no" : "yes"))
                    .filter(_ -> phrases.object().isPresent() && !LEXICON.has("weak-verb", lemma));
        }
        return Optional.of(new Statement(
                content(clause, subject),
                category,
                specific || !endings.isEmpty() ? SPECIFIC_CONFIDENCE : PLAIN_CONFIDENCE,
                subject.kind() == Kind.USER ? 0.5 : 0.6,
                slot,
                Slot.Conflict.KEEP,
                endings,
                Optional.empty(),
                ClauseTraits.isReported(clause),
                clause.text()));
    }

    private boolean isIntroduced(Clause clause) {
        for (int i = clause.subjectBegin(); i < clause.subjectEnd(); i++) {
            String word = clause.token(i).text();
            if (knownNames.contains(word)
                    || introduced.stream().anyMatch(person -> person.name().equals(word))) {
                return true;
            }
        }
        return false;
    }

    private static String category(Clause clause, boolean planned) {
        if (planned || clause.lemma().equals("schedule") || clause.lemma().equals("book")) {
            return "plan";
        }
        return switch (clause.tense()) {
            case PAST, PERFECT -> "event";
            case FUTURE -> "plan";
            case PRESENT, PROGRESSIVE -> clause.lemma().equals("be") ? "fact" : "behavior";
        };
    }
}
