package dev.stele.extract;

import dev.stele.extract.Clause.Tense;
import dev.stele.extract.Phrases.Span;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import dev.stele.syntax.VerbForms;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Reader of the endings that a clause states: which earlier facts hold no longer. */
final class EndingReader {

    private static final VerbForms FORMS = VerbForms.english();
    private static final Lexicon LEXICON = Lexicon.english();

    private EndingReader() {}

    /** Returns the endings that a clause states. */
    static List<Ending> endings(Clause clause, Phrases phrases, Subject subject) {
        var endings = new ArrayList<Ending>();
        boolean ofUser = subject.kind() == Subject.Kind.USER || subject.kind() == Subject.Kind.USER_AND_OTHERS;
        String holder = ofUser ? "" : subject.holder();
        Polarity polarity = Polarity.of(clause);
        boolean forced = clause.modality().equals("have to")
                && (clause.tense() == Tense.PAST || clause.tense() == Tense.PERFECT);
        boolean happened = clause.tense() != Tense.FUTURE
                && polarity == Polarity.AFFIRMED
                && (clause.modality().isEmpty() || forced)
                && !revoked(clause);
        if (happened && ofUser && !unfinished(clause) && isSeparation(clause, phrases)) {
            separation(endings);
        } else if (happened) {
            rows(clause, phrases, subject, holder, endings);
            if (!unfinished(clause)) {
                fromTo(clause, phrases, subject, endings);
            }
        }
        if (polarity == Polarity.DENIED && isApart(clause)) {
            separation(endings);
        }
        if (happened && clause.lemma().equals("leave") && !endings.isEmpty() && ofUser) {
            phrases.after(Set.of("for"))
                    .filter(span -> clause.token(span.begin()).isCapitalized())
                    .ifPresent(span -> endings.set(
                            endings.size() - 1,
                            endings.getLast().withSuccessor(clause.words(span.begin(), span.end()))));
        }
        boolean over = ClauseTraits.isOver(clause);
        if (over
                && (subject.kind() == Subject.Kind.NAMED || subject.kind() == Subject.Kind.THING)
                && ClauseTraits.mentionsUser(clause, clause.head() + 1, clause.end())) {
            endings.add(ending(clause, new Span(clause.subjectBegin(), clause.subjectEnd()), Set.of(Ending.ANY), ""));
        } else if (over && (ofUser || !subject.holder().isEmpty())) {
            endings.add(over(clause, phrases, holder));
        }
        if (ofUser || subject.kind() == Subject.Kind.RELATED) {
            abstention(clause, phrases, holder, endings);
            decision(clause, endings);
        }
        if (subject.kind() == Subject.Kind.USER && clause.lemma().equals("be")) {
            nonUser(clause, endings);
        }
        lastDay(clause, endings);
        noMore(clause, endings);
        endings.removeIf(ending -> ending.families().isEmpty());
        return endings;
    }

    /** Returns the ending of "used to …" and "not … anymore"; without an object the verb is part of what ended. */
    private static Ending over(Clause clause, Phrases phrases, String holder) {
        Span object = object(clause, phrases);
        int head = Phrases.head(clause, object);
        boolean adjunct = phrases.object().isEmpty()
                && !phrases.prepositional().isEmpty()
                && !clause.token(head).isCapitalized()
                && !clause.lemma().equals("be");
        return adjunct
                ? new Ending(
                        Optional.empty(),
                        Set.of(Ending.ANY),
                        holder,
                        List.of(clause.lemma() + " " + clause.lower(head)))
                : ending(clause, object, Set.of(Ending.ANY), holder);
    }

    /** Returns whether a clause in the progressive says that something is about to end, or may end. */
    private static boolean unfinished(Clause clause) {
        return clause.tense() == Tense.PROGRESSIVE && !clause.lemma().equals("be");
    }

    /** Returns whether the sentence says that a loss or a departure was of short duration. */
    private static boolean revoked(Clause clause) {
        if (!LEXICON.has("revocable", clause.lemma())) {
            return false;
        }
        for (int i = clause.head() + 1; i < clause.tokens().size(); i++) {
            Token token = clause.token(i);
            boolean regained = token.is(PartOfSpeech.VERB)
                    && Set.of("find", "recover", "return", "catch").contains(FORMS.lemma(token.lower()));
            boolean brief = token.is(Set.of("minute", "minutes", "hour", "hours", "moment", "while"))
                    && i > 1
                    && (clause.token(i - 1).is(PartOfSpeech.NUM)
                            || clause.token(i - 1).is(Set.of("a", "an", "few", "several")));
            if (regained || brief) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSeparation(Clause clause, Phrases phrases) {
        return (Set.of("break", "split").contains(clause.lemma())
                        && phrases.particles().contains("up"))
                || Set.of("separate", "divorce").contains(clause.lemma())
                || (Set.of("call", "break", "end", "dissolve").contains(clause.lemma())
                        && ClauseTraits.containsAnyWord(
                                clause,
                                clause.head() + 1,
                                clause.end(),
                                Set.of("engagement", "marriage", "relationship", "wedding")));
    }

    /** Returns whether a clause says that a couple is not together. */
    private static boolean isApart(Clause clause) {
        return clause.lemma().equals("be") && clause.contains("together") && ClauseTraits.isOver(clause);
    }

    private static void separation(List<Ending> endings) {
        endings.add(new Ending(Optional.empty(), Set.of("married", "dates"), "", List.of()));
        endings.add(new Ending(
                Optional.empty(),
                Set.of(Ending.ANY),
                "",
                List.of(
                        "boyfriend",
                        "girlfriend",
                        "partner",
                        "husband",
                        "wife",
                        "fiancé",
                        "fiancée",
                        "dating",
                        "seeing someone")));
    }

    private static Span object(Clause clause, Phrases phrases) {
        return phrases.object()
                .orElseGet(() -> phrases.prepositional().isEmpty()
                        ? new Span(clause.head(), clause.head() + 1)
                        : phrases.prepositional().getFirst().object());
    }

    /** Adds the endings of the table that the clause states. */
    private static void rows(Clause clause, Phrases phrases, Subject subject, String holder, List<Ending> endings) {
        String lemma = passiveLemma(clause);
        boolean passive = ClauseTraits.isPassive(clause) || !lemma.equals(clause.lemma());
        boolean ofUser = subject.kind() == Subject.Kind.USER || subject.kind() == Subject.Kind.USER_AND_OTHERS;
        for (Frame.EndingRow row : Frame.endingsOf(lemma)) {
            boolean particle = !row.particleRequired() || hasParticle(clause, phrases, row);
            boolean habitual = clause.tense() == Tense.PRESENT
                    && ofUser
                    && !Set.of("quit", "be").contains(lemma)
                    && !row.role().equals("state");
            boolean unfinished = unfinished(clause) && !row.role().equals("state");
            if (!particle || habitual || unfinished || isOfTheMoment(clause, phrases, lemma)) {
                continue;
            }
            if (row.role().equals("state")) {
                boolean courting = !lemma.equals("see") || clause.tense() == Tense.PROGRESSIVE;
                boolean verbal = phrases.object()
                        .map(span -> clause.isPos(span.begin(), PartOfSpeech.VERB))
                        .orElse(false);
                if (!passive && courting && !verbal) {
                    endings.add(new Ending(Optional.empty(), row.families(), holder, row.words()));
                }
                continue;
            }
            boolean receiver = row.role().equals("prep-of-me");
            if (receiver
                    && (ofUser
                            || !ClauseTraits.containsAnyWord(
                                    clause,
                                    clause.head() + 1,
                                    Math.min(clause.end(), clause.head() + 3),
                                    Set.of("me", "us")))) {
                continue;
            }
            boolean ofSubject =
                    row.role().equals("subject") || (passive && row.role().equals("object"));
            Optional<Span> span = ofSubject
                    ? clause.droppedSubject()
                            ? Optional.<Span>empty()
                            : Optional.of(new Span(clause.subjectBegin(), clause.subjectEnd()))
                    : switch (row.role()) {
                        case "nothing", "dismissed" -> Optional.empty();
                        case "prep", "prep-of-me" ->
                            phrases.after(row.prepositions()).or(() -> afterParticle(clause, row));
                        default ->
                            passive
                                    ? Optional.empty()
                                    : phrases.object()
                                            .filter(object ->
                                                    !Phrases.isTimeStart(clause, object.begin(), clause.end()))
                                            .or(() -> phrases.prepositional().stream()
                                                    .filter(p -> row.particles().contains(p.preposition()))
                                                    .map(Phrases.Prepositional::object)
                                                    .findFirst());
                    };
            boolean dismissed = row.role().equals("dismissed")
                    && ((ofUser && passive) || subject.words().equals("They"));
            if (dismissed || (row.role().equals("nothing") && ofUser)) {
                endings.add(new Ending(Optional.empty(), row.families(), "", List.of()));
                return;
            }
            if (span.isEmpty() || span.get().isEmpty()) {
                continue;
            }
            boolean related = subject.kind() == Subject.Kind.RELATED;
            boolean stranger = !ofSubject && !ofUser && !related && !receiver;
            if (clause.lower(span.get().begin()).equals("to")
                    || (stranger && !belongsToSpeaker(clause, span.get()))
                    || (lemma.equals("end") && phrases.particles().contains("up"))) {
                continue;
            }
            if (!ofSubject || !ofUser) {
                boolean kin =
                        ofSubject && related && row.families().contains("household") && isRelative(clause, span.get());
                Set<String> families = kin ? Set.of("household") : row.families();
                boolean own = ofSubject || ofUser || receiver || !related;
                endings.add(ending(clause, span.get(), families, own ? "" : subject.holder()));
                return;
            }
        }
    }

    /**
     * Returns whether the particle of a row stands after the verb, in the object or after the object. That of a state
     * is the object itself.
     */
    private static boolean hasParticle(Clause clause, Phrases phrases, Frame.EndingRow row) {
        Span object = phrases.object().orElse(new Span(clause.head() + 1, clause.head() + 1));
        if (row.role().equals("state")) {
            return ClauseTraits.containsAnyWord(
                    clause,
                    clause.head() + 1,
                    Math.min(clause.end(), Math.max(object.end(), clause.head() + 2)),
                    row.particles());
        }
        return phrases.particles().stream().anyMatch(row.particles()::contains)
                || row.particles().contains(clause.lower(clause.head() + 1))
                || row.particles().contains(clause.lower(object.end()))
                || IntStream.range(object.begin(), object.end())
                        .anyMatch(i -> !clause.isPos(i, PartOfSpeech.ADP)
                                && row.particles().contains(clause.lower(i)));
    }

    /** Returns whether a thing or a stranger does something to what belongs to the speaker. */
    private static boolean belongsToSpeaker(Clause clause, Span span) {
        return clause.token(span.begin()).is(Set.of("my", "our"));
    }

    private static boolean isRelative(Clause clause, Span span) {
        Token head = clause.token(Phrases.head(clause, span));
        return LEXICON.has("kin", head) && !head.is(Set.of("flatmate", "housemate", "roommate", "nanny", "babysitter"));
    }

    /** Returns the phrase after a preposition that the parser took for a particle, as in "got my braces off". */
    private static Optional<Span> afterParticle(Clause clause, Frame.EndingRow row) {
        for (int i = clause.head() + 1; i + 1 < clause.end(); i++) {
            boolean phrase = row.prepositions().contains(clause.lower(i))
                    && !clause.isPos(i + 1, PartOfSpeech.ADV)
                    && !LEXICON.has("time-adverb", clause.token(i + 1))
                    && !Phrases.isTimeStart(clause, i + 1, clause.end());
            if (phrase) {
                Span span = new Span(i + 1, Phrases.objectEnd(clause, i + 1, clause.end()));
                return span.isEmpty() ? Optional.empty() : Optional.of(span);
            }
        }
        return Optional.empty();
    }

    /** Returns the lemma of the participle after "get", as in "got stolen", else the lemma of the clause. */
    private static String passiveLemma(Clause clause) {
        String next = clause.lower(clause.head() + 1);
        boolean participle = clause.lemma().equals("get")
                && FORMS.isParticiple(next)
                && !FORMS.isKnownLemma(next)
                && !clause.isPos(clause.head() + 1, PartOfSpeech.NOUN);
        return participle ? FORMS.lemma(next) : clause.lemma();
    }

    /** Returns whether a departure is one of the day, such as "left work early" or "left Ghent at seven". */
    private static boolean isOfTheMoment(Clause clause, Phrases phrases, String lemma) {
        if (!lemma.equals("leave") && !lemma.equals("quit") && !lemma.equals("stop")) {
            return false;
        }
        boolean clock = phrases.prepositional().stream()
                .anyMatch(phrase -> Set.of("at", "by", "around", "before", "after")
                                .contains(phrase.preposition())
                        && (clause.isPos(phrase.object().begin(), PartOfSpeech.NUM)
                                || LEXICON.has(
                                        "clock", clause.token(phrase.object().begin())))
                        && !clause.contains("age"));
        boolean daily = phrases.object()
                .map(span -> span.end() - span.begin() <= 2
                        && LEXICON.has("place-of-day", clause.token(Phrases.head(clause, span))))
                .orElse(false);
        boolean early = ClauseTraits.containsAnyWord(
                clause, clause.head() + 1, clause.end(), Set.of("early", "tonight", "midnight", "noon"));
        return lemma.equals("leave") ? daily || clock || early : clock;
    }

    /** Reads "I haven't touched alcohol since May": whatever was done with the object is over. */
    private static void abstention(Clause clause, Phrases phrases, String holder, List<Ending> endings) {
        boolean lasting = clause.tense() == Tense.PERFECT
                && clause.negated()
                && (clause.contains("since")
                        || clause.contains("for")
                        || ClauseTraits.containsPair(clause, "in", "years")
                        || ClauseTraits.containsPair(clause, "in", "months")
                        || clause.contains("ages"))
                && LEXICON.has("abstained", clause.lemma());
        if (lasting && phrases.object().isPresent()) {
            endings.add(ending(
                    clause,
                    phrases.object().get(),
                    Set.of("consumes", "does", "plays", "uses", "takes", "likes"),
                    holder));
        } else if (lasting && phrases.object().isEmpty()) {
            endings.add(
                    new Ending(Optional.empty(), Set.of("consumes", "does", "plays"), holder, List.of(clause.lemma())));
        }
    }

    /** Reads "we decided not to buy the boat": the plan ends. */
    private static void decision(Clause clause, List<Ending> endings) {
        if (!Set.of("decide", "choose", "agree", "end").contains(clause.lemma())
                || clause.negated()
                || clause.tense() == Tense.FUTURE) {
            return;
        }
        for (int i = clause.head() + 1; i + 2 < clause.end(); i++) {
            boolean against = clause.lower(i).equals("against");
            boolean notTo = clause.lower(i).equals("not") && clause.lower(i + 1).equals("to");
            if (against || notTo) {
                Span span = new Span(against ? i + 1 : i + 2, clause.end());
                endings.add(ending(clause, span, Set.of("plan"), ""));
                return;
            }
        }
    }

    /** Reads "no more glasses for me". */
    private static void noMore(Clause clause, List<Ending> endings) {
        for (int i = clause.begin(); i + 3 < clause.tokens().size(); i++) {
            if (clause.token(i).is("no") && clause.token(i + 1).is("more") && i > clause.head()) {
                for (int j = i + 3; j + 1 < Math.min(clause.tokens().size(), i + 7); j++) {
                    if (clause.token(j).is("for") && clause.token(j + 1).is(Set.of("me", "us"))) {
                        endings.add(ending(clause, new Span(i + 2, j), Set.of(Ending.ANY), ""));
                        return;
                    }
                }
            }
        }
    }

    /** Reads "switched from A to B" and "moved from A to B": whatever had the value A ends. */
    private static void fromTo(Clause clause, Phrases phrases, Subject subject, List<Ending> endings) {
        boolean change = Set.of(
                        "move",
                        "switch",
                        "change",
                        "go",
                        "transfer",
                        "relocate",
                        "migrate",
                        "upgrade",
                        "downgrade",
                        "swap",
                        "convert",
                        "graduate",
                        "shift")
                .contains(clause.lemma());
        Optional<Span> from = phrases.after(Set.of("from"));
        if (change && from.isPresent() && phrases.after(Set.of("to", "into")).isPresent()) {
            boolean travel = clause.lemma().equals("go");
            if (!travel) {
                String holder = subject.kind() == Subject.Kind.USER ? "" : subject.holder();
                Span to = phrases.after(Set.of("to", "into")).orElseThrow();
                endings.add(ending(clause, from.get(), Set.of(Ending.ANY), holder)
                        .withSuccessor(SlotKeys.clean(to, clause.words(to.begin(), to.end()))));
            }
        }
    }

    /** Reads "my last day at …": the work, study or membership there ends. */
    private static void lastDay(Clause clause, List<Ending> endings) {
        for (int i = clause.begin(); i + 3 < clause.end(); i++) {
            boolean own = i > 0 && clause.token(i - 1).is(Set.of("my", "our"));
            boolean day = own
                    && clause.token(i).is(Set.of("last", "final"))
                    && clause.token(i + 1).is(Set.of("day", "shift", "week", "lesson", "class", "payment"))
                    && clause.token(i + 2).is(Set.of("at", "of", "with", "as", "in", "for"));
            if (day && clause.tense() == Tense.PAST) {
                Span where = new Span(i + 3, Phrases.objectEnd(clause, i + 3, clause.end()));
                if (!where.isEmpty()) {
                    endings.add(ending(
                            clause,
                            where,
                            Set.of("works_at", "occupation", "studies", "studies_at", "teaches", "member", "does"),
                            ""));
                }
            }
        }
    }

    /** Reads "I'm a non-smoker": smoking ends. */
    private static void nonUser(Clause clause, List<Ending> endings) {
        for (int i = clause.head() + 1; i < clause.end(); i++) {
            String lower = clause.lower(i);
            String of = lower.startsWith("non-")
                    ? lower.substring(4)
                    : lower.equals("non") && i + 2 < clause.end() ? clause.lower(i + 2) : "";
            if (!of.isEmpty()) {
                String stem = of.endsWith("er") ? of.substring(0, of.length() - 2) : of;
                endings.add(new Ending(Optional.empty(), Set.of(Ending.ANY), "", List.of(of, stem, stem + "e")));
            } else if (lower.equals("sober")) {
                endings.add(new Ending(
                        Optional.empty(), Set.of("consumes"), "", List.of("drink", "alcohol", "wine", "beer")));
            }
        }
    }

    /** Returns the head noun with the nouns and gerunds that modify it, such as "rowing club". */
    private static String compound(Clause clause, Span span, int head) {
        int begin = head;
        while (begin > span.begin()
                && (clause.token(begin - 1).isNoun()
                        || (clause.isPos(begin - 1, PartOfSpeech.VERB)
                                && clause.lower(begin - 1).endsWith("ing")))) {
            begin--;
        }
        return EnglishGrammar.lower(clause.words(begin, head + 1));
    }

    private static Ending ending(Clause clause, Span phrase, Set<String> families, String holder) {
        Span span = carried(clause, phrase);
        Optional<String> possessor = possessor(clause, span);
        if (possessor.isPresent()) {
            return new Ending(Optional.empty(), families, holder, List.of(possessor.get()));
        }
        var names = new ArrayList<String>();
        for (int i = span.begin(); i < span.end(); i++) {
            Token token = clause.token(i);
            if (token.is(PartOfSpeech.ADP) && i > span.begin()) {
                break; // "the photos from Florence" are photos
            }
            if (token.isCapitalized()
                    && token.isNoun()
                    && !LEXICON.has("month", token)
                    && !LEXICON.has("weekday", token)) {
                names.add(token.lower());
            }
        }
        var words = new ArrayList<String>();
        if (!names.isEmpty()) {
            words.add(String.join(" ", names));
        } else {
            int head = Phrases.head(clause, span);
            String noun = clause.lower(head);
            boolean vague = LEXICON.has("vague", noun) || noun.equals("job");
            if (noun.equals("job") || noun.equals("position")) {
                return new Ending(Optional.empty(), Set.of("works_at", "occupation"), holder, List.of());
            }
            boolean verbal = clause.isPos(span.begin(), PartOfSpeech.VERB);
            String verb = verbal ? FORMS.lemma(clause.lower(span.begin())) : "";
            var all = new ArrayList<String>();
            for (int i = span.begin(); i < span.end(); i++) {
                Token token = clause.token(i);
                if (verbal && token.is(PartOfSpeech.ADP) && (i > span.begin() + 1 || !all.isEmpty())) {
                    break; // "quit climbing after the accident"
                }
                if ((token.isNoun() || token.is(PartOfSpeech.X))
                        && !LEXICON.has("vague", token)
                        && !LEXICON.has("time-noun", token)) {
                    all.add(token.lower());
                }
            }
            if (verbal && all.isEmpty()) {
                words.add(verb);
            } else if (verbal) {
                words.add(all.getLast());
            } else if (!vague) {
                String compound = compound(clause, span, head);
                words.add(compound);
                if (compound.endsWith(" " + noun) && LEXICON.has("carrier", noun)) {
                    words.add(compound.substring(0, compound.length() - noun.length() - 1));
                }
            }
            boolean meaningless =
                    words.isEmpty() && (vague || LEXICON.has("time-noun", noun) || LEXICON.has("pronoun", noun));
            if (meaningless) {
                return new Ending(Optional.empty(), Set.of(), holder, List.of());
            }
            if (words.isEmpty()) {
                words.add(noun);
            }
        }
        boolean collection = clause.lower(Phrases.head(clause, span)).equals("collection");
        return new Ending(Optional.empty(), collection ? union(families, Set.of("does")) : families, holder, words);
    }

    private static Set<String> union(Set<String> families, Set<String> more) {
        var all = new HashSet<>(families);
        all.addAll(more);
        return all;
    }

    /** Returns the phrase after a noun that only carries it: "flying" of "my fear of flying". */
    private static Span carried(Clause clause, Span span) {
        int head = Phrases.head(clause, span);
        boolean carrier = LEXICON.has("carrier", clause.token(head))
                && head + 2 < clause.end() + 1
                && Set.of("of", "to", "for", "in", "with").contains(clause.lower(head + 1))
                && head + 2 < clause.end();
        if (!carrier) {
            return span;
        }
        Span inner = new Span(head + 2, Phrases.objectEnd(clause, head + 2, clause.end()));
        return inner.isEmpty() ? span : inner;
    }

    /** Returns the nouns of a phrase with another possessor, such as "aunt dog" of "my aunt's dog". */
    private static Optional<String> possessor(Clause clause, Span span) {
        for (int i = span.begin() + 1; i + 1 < span.end(); i++) {
            boolean genitive = clause.token(i).text().matches("['’]s?")
                    && clause.token(i - 1).isNoun();
            if (genitive) {
                int head = Phrases.head(clause, new Span(i + 1, span.end()));
                return Optional.of(clause.lower(i - 1) + " " + clause.lower(head));
            }
        }
        return Optional.empty();
    }
}
