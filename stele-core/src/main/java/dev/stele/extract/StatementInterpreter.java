package dev.stele.extract;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Interpreter of matched sentence patterns: returns the statement in the third person, the slot it fills and the entity
 * it names. Stateless.
 */
final class StatementInterpreter {

    /** Matches objects that refer to the context of the conversation and cannot be understood later without it. */
    private static final Pattern CONTEXT_DEPENDENT = Pattern.compile(
            "^(?:it|that|this|these|those|them|him|her|you|your|yours|one|some|something|stuff|there|here|how|what|when|where|why|who|if|to$|to (?:hear|see|say|know|tell|think|be honest)|the (?:same|idea|way|sound|look|vibe|vibes|pic|pics|photo|picture|point|feeling|one|ones|enthusiasm|energy|spirit|passion|dedication|attitude)|so|too|as well|and|all of)\\b.*",
            Pattern.CASE_INSENSITIVE);

    private StatementInterpreter() {}

    static Optional<Statement> place(Matcher m, String who, String verb) {
        String place = m.group(1).strip();
        String when = m.group("when") == null ? "" : m.group("when").stripTrailing();
        if (CONTEXT_DEPENDENT.matcher(place).matches() || place.length() < 3) {
            return Optional.empty();
        }
        String name = Character.isLowerCase(place.charAt(0)) && !place.startsWith("the ")
                ? Character.toUpperCase(place.charAt(0)) + place.substring(1)
                : place;
        return Optional.of(new Statement(
                who + " " + verb + " " + name + Pronouns.third(when),
                "fact",
                0.9,
                0.8,
                Optional.of(new Slot("lives_in", name)),
                Optional.of(new Statement.Named(name, "place", "lives_in", true)),
                ""));
    }

    static Optional<Statement> slot(
            String content,
            String category,
            double confidence,
            double importance,
            String slot,
            String value,
            String type,
            boolean single) {
        String plain = Pronouns.third(value.strip());
        return Optional.of(new Statement(
                content,
                category,
                confidence,
                importance,
                Optional.of(new Slot(slot, plain)),
                type.isEmpty() ? Optional.empty() : Optional.of(new Statement.Named(plain, type, slot, single)),
                ""));
    }

    /** Returns a statement that fills no slot. */
    static Optional<Statement> plain(
            String content, String category, double confidence, double importance, String object) {
        return CONTEXT_DEPENDENT.matcher(object).matches()
                ? Optional.empty()
                : Optional.of(new Statement(
                        keepName(content), category, confidence, importance, Optional.empty(), Optional.empty(), ""));
    }

    /** Converts the content to the third person; the subject, which is its first word, stays unchanged. */
    private static String keepName(String content) {
        int blank = content.indexOf(' ');
        return content.substring(0, blank) + Pronouns.third(content.substring(blank));
    }

    /** Returns an occupation or workplace without the time and place that follow it. */
    static String untimed(String what) {
        return WHEN_AND_WHERE.matcher(what).replaceFirst("");
    }

    static Optional<Statement> work(String who, String phrase, String how, String where) {
        if (CONTEXT_DEPENDENT.matcher(where).matches()) {
            return Optional.empty();
        }
        boolean place = !EnglishGrammar.lower(how).startsWith("as");
        boolean named = place && Character.isUpperCase(where.charAt(0));
        return Optional.of(new Statement(
                who + " " + Pronouns.third(phrase),
                "fact",
                0.85,
                0.7,
                Optional.of(new Slot(place ? "works_at" : "occupation", Pronouns.third(untimed(where)))),
                named
                        ? Optional.of(new Statement.Named(untimed(where), "organization", "works_at", true))
                        : Optional.empty(),
                ""));
    }

    private static final Pattern WHEN_AND_WHERE = Pattern.compile(
            " (?:since|last|this|next|yesterday|today|now|recently|in|on|for|from|with|these days)\\b.*$",
            Pattern.CASE_INSENSITIVE);

    /** Roles that are no occupation and remain when the occupation changes. */
    private static final Set<String> BESIDE_OCCUPATION =
            Set.of("mom", "dad", "mother", "father", "man", "woman", "veteran", "volunteer");

    private static final Set<String> NO_OCCUPATION = EnglishGrammar.words("""
            number winner matter believer bummer starter beginner person lover listener learner thinker fighter survivor
            supporter member sucker bit mess fan man""");

    static Optional<Statement> occupation(Matcher m, String who) {
        String what = m.group(1);
        String last = what.substring(what.lastIndexOf(' ') + 1);
        if (NO_OCCUPATION.contains(EnglishGrammar.lower(last))) {
            return Optional.empty();
        }
        String content = who + " is " + EnglishGrammar.article(what) + " " + Pronouns.third(what);
        return BESIDE_OCCUPATION.contains(EnglishGrammar.lower(last))
                ? plain(content, "fact", 0.8, 0.7, what)
                : slot(content, "fact", 0.8, 0.7, "occupation", what, "", true);
    }

    static Optional<Statement> relative(String who, String relation, String name) {
        return Optional.of(new Statement(
                "%s's %s is called %s".formatted(who, relation, name),
                "fact",
                0.9,
                0.8,
                Optional.of(new Slot("name_of:" + EnglishGrammar.lower(relation), name)),
                Optional.of(new Statement.Named(
                        name,
                        Set.of("dog", "cat", "puppy", "pup", "kitten", "turtle", "rabbit", "horse", "bird", "hamster")
                                        .contains(EnglishGrammar.lower(relation))
                                ? "animal"
                                : "person",
                        "has_" + EnglishGrammar.lower(relation).replace(' ', '_'),
                        false)),
                ""));
    }

    /** Matches things that take "the" without having been mentioned before. */
    private static final Pattern KNOWN_TO_ALL = Pattern.compile(
            "the (?:outdoors|beach|ocean|sea|mountains|snow|rain|sun|forest|woods|city|countryside|piano|guitar|violin|theat(?:er|re)|cold|heat|dark)\\b.*",
            Pattern.CASE_INSENSITIVE);

    static Optional<Statement> likes(String who, String verb, String object, boolean yes) {
        String what = object.strip();
        boolean pointed = EnglishGrammar.lower(what).startsWith("the ")
                && !KNOWN_TO_ALL.matcher(what).matches();
        if (pointed
                || CONTEXT_DEPENDENT.matcher(what).matches()
                || EnglishGrammar.lower(what).startsWith("to be ")) {
            return Optional.empty();
        }
        String thing = Pronouns.third(what);
        String concept = thing.replaceFirst("(?i)^(?:to |the |a |an |doing |going |my |their )", "");
        boolean named = concept.chars().filter(c -> c == ' ').count() <= 2;
        return Optional.of(new Statement(
                who + " " + verb + " " + thing,
                "preference",
                0.85,
                0.6,
                Optional.of(new Slot("likes:" + EnglishGrammar.lower(concept), yes ? "yes" : "no")),
                named
                        ? Optional.of(new Statement.Named(
                                EnglishGrammar.lower(concept), "concept", yes ? "likes" : "dislikes", false))
                        : Optional.empty(),
                ""));
    }

    static Optional<Statement> shuns(String who, String how, String verb, String object) {
        String what = object.strip().replaceFirst("(?i) ?\\b(?:any ?more|at all)$", "");
        String does = EnglishGrammar.lower(how).startsWith("can") ? " cannot " : " does not ";
        return CONTEXT_DEPENDENT.matcher(what).matches()
                ? Optional.empty()
                : slot(
                        (who + does + EnglishGrammar.lower(verb) + " " + Pronouns.third(what)).strip(),
                        "preference",
                        0.9,
                        0.8,
                        EnglishGrammar.lower(verb + "s:" + what),
                        "no",
                        "",
                        true);
    }

    static Optional<Statement> about(String who, String verb, String object, double confidence, double importance) {
        return CONTEXT_DEPENDENT.matcher(object).matches()
                ? Optional.empty()
                : Optional.of(new Statement(
                        who + " " + verb + " " + Pronouns.third(object),
                        "preference",
                        confidence,
                        importance,
                        Optional.empty(),
                        Optional.empty(),
                        ""));
    }

    static Optional<Statement> favourite(String who, String of, String what) {
        return CONTEXT_DEPENDENT.matcher(what).matches()
                ? Optional.empty()
                : slot(
                        who + "'s " + of + " is " + Pronouns.third(what),
                        "preference",
                        0.9,
                        0.7,
                        EnglishGrammar.lower(of)
                                .replace("favourite", "favorite")
                                .replace(' ', '_'),
                        what,
                        "",
                        true);
    }

    private static final Pattern MEANINGLESS_EVENT = Pattern.compile(
            "got to .*|(?:got|made|took|gave|became|started|tried|had|decided|helped) (?:it|that|this|them|a lot|so much|me|us|some|more|the right|lots|a surge|all|really|so|pretty|very|super|me|thinking|feeling|emotional|stuck|lost|busy|used to|into|nervous|scared|excited|tired|better|going|through|back to|worse|a (?:chance|bit|ton|break|kick|feel)|my (?:mind|eye)|the (?:chance|hang|feeling|idea|picture))\\b.*",
            Pattern.CASE_INSENSITIVE);

    static Optional<Statement> event(Matcher m, String who) {
        String verb = EnglishGrammar.lower(m.group(1));
        String rest = m.group(2).strip();
        String before = m.group(0).substring(0, m.start(1) - m.start(0));
        int comma = before.indexOf(',');
        String when = comma > 0 ? " " + before.substring(0, comma).strip() : "";
        if (CONTEXT_DEPENDENT.matcher(rest).matches()
                || MEANINGLESS_EVENT.matcher(verb + " " + rest).matches()
                || rest.indexOf(' ') < 0) {
            return Optional.empty();
        }
        return Optional.of(new Statement(
                who + " " + verb + " " + Pronouns.third(rest) + EnglishGrammar.lowerFirst(when),
                "event",
                0.85,
                0.6,
                Optional.empty(),
                Optional.empty(),
                ""));
    }

    static Optional<Statement> lasting(String who, String verb, String rest) {
        boolean empty = CONTEXT_DEPENDENT.matcher(rest).matches()
                || verb.endsWith(" thinking")
                || verb.endsWith(" feeling")
                || verb.endsWith(" doing")
                || verb.endsWith(" going")
                || verb.endsWith(" having")
                || verb.endsWith(" getting");
        return empty
                ? Optional.empty()
                : Optional.of(new Statement(
                        who + " " + verb + " " + Pronouns.third(rest),
                        "behavior",
                        0.8,
                        0.5,
                        Optional.empty(),
                        Optional.empty(),
                        ""));
    }

    private static final Pattern EMPTY_PLAN = Pattern.compile(
            "^(?:be |see |have |let |keep |try |do |make it|make (?:my|our) dreams|take (?:it|a|some)|get (?:it|to|back|there|some)|give it|need|say|know|check|catch|use|look|remember|love|miss|go for it|share|show|stay|continue|put|pursue it)\\b.*",
            Pattern.CASE_INSENSITIVE);

    static Optional<Statement> plan(String who, String verb, String rest) {
        return CONTEXT_DEPENDENT.matcher(rest).matches()
                        || EMPTY_PLAN.matcher(rest).matches()
                ? Optional.empty()
                : Optional.of(new Statement(
                        who + " " + verb + " " + Pronouns.third(rest.strip()),
                        "plan",
                        0.8,
                        0.6,
                        Optional.empty(),
                        Optional.empty(),
                        ""));
    }

    private static final Set<String> NO_HABIT = EnglishGrammar.words("""
            have be feel think thought had was know knew get wanted felt seem found thank imagined would could forget
            expected loved enjoyed liked say said wish make made look appreciate need remember keep really believe wonder
            been""");

    static Optional<Statement> habit(String who, String adverb, String verb, String rest) {
        return NO_HABIT.contains(EnglishGrammar.lower(verb))
                        || rest.contains(",")
                        || CONTEXT_DEPENDENT.matcher(rest).matches()
                ? Optional.empty()
                : Optional.of(new Statement(
                        who + " " + EnglishGrammar.lower(adverb) + " "
                                + EnglishGrammar.third(EnglishGrammar.lower(verb)) + " " + Pronouns.third(rest),
                        "behavior",
                        0.8,
                        0.5,
                        Optional.empty(),
                        Optional.empty(),
                        ""));
    }
}
