package dev.stele.reflect;

import dev.stele.language.RelativeDates;
import dev.stele.model.Message;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds what people say of themselves in English: where they live and work, whom and what they have, like and fear, what they did and
 * mean to do. Knows few forms and knows them well: what it does not understand it leaves alone. Stateless.
 */
final class Statements {

    /** Clauses end where another thought begins. */
    private static final Pattern SENTENCES =
            Pattern.compile("(?<=[.!?…])[\"”']?\\s+|\\n+|\\s+[–—]\\s+|\\s+-\\s+|;\\s+");

    private static final Pattern CLAUSE_ENDS = Pattern.compile(
            ",? (?:but|though|although|so (?:that )?(?:i|it|we)\\b|because|'cause|since (?:i|it|we)\\b|which|and (?:it|i|i'm|that|they|this|now|we|he|she)\\b|it was|it's|it really|and then)\\b.*$",
            Pattern.CASE_INSENSITIVE);
    /** What can be understood without the statement before it; what one plans or learns mostly cannot. */
    private static final Set<String> BY_ITSELF = Set.of("fact", "preference", "event");
    /** These too, if a statement stands before in the sentence. */
    private static final Pattern LEANS_IN_A_SENTENCE = Pattern.compile(
            "\\b(?:it|this|that|there|one|ones|other|others|everything|together|myself|themselves)\\b",
            Pattern.CASE_INSENSITIVE);
    /** Where another statement may begin in a sentence: with a subject of its own, or with a verb that shares the former one's. */
    private static final Pattern NEXT = Pattern.compile(
            ",? (?:and|but|because|so) (?=(?:i|i'm|i’m|i've|i’ve|we|we're|we’re|we've|we’ve|my) )|,? (?:and|but) (?=(?<verb>(?:love|like|enjoy|hate|dislike|prefer|adore|live|work|have|want|plan|hope|moved|got|started|bought|adopted)) )",
            Pattern.CASE_INSENSITIVE);
    /** After these a verb that follows an "and" can be no noun of theirs, as it might be in "peace and love". */
    private static final Pattern SAYS_WHERE = Pattern.compile(
            "^(?:i|we)(?:'m|’m|'re|’re| am| are|'ve|’ve| have)? (?:[\\p{L}]+ly |just |now |also )?(?:live|living|moved|work|working|from|come|came|was born|were born|based|study|studying|single|married|divorced|widowed|retired|vegan|vegetarian)\\b",
            Pattern.CASE_INSENSITIVE);
    /** What people say before they come to the point. */
    private static final Pattern LEAD = Pattern.compile(
            "^(?:(?:oh|wow|yeah|yes|yep|no|nope|hey|hi|hello|well|so|and|but|also|actually|anyway|btw|by the way|thanks|thank you|sure|absolutely|definitely|totally|haha|lol|aw|awesome|cool|nice|great|sounds great|sounds good|ok|okay|right|true|same here|me too|honestly|luckily|unfortunately|recently|lately|as for me|guess what|you know|not much|remember when|fun fact)"
                    + "(?: [A-Z][\\w'’]+)?[,!.:]* +)+",
            Pattern.CASE_INSENSITIVE);

    private static final String I = "(?:i|we)";
    private static final String AM = "(?:i(?:'m|’m| am)|we(?:'re|’re| are))";
    private static final String HAVE = "(?:i(?:'ve|’ve| have)|we(?:'ve|’ve| have))";
    private static final String ADVERB =
            "(?:(?:just|recently|finally|also|even|actually|really|already|still|currently|now|both|all|kinda|sort of|definitely|totally|absolutely|always|lately|usually|often|sometimes|probably) )*";
    private static final String PLACE = "((?-i:(?:the )?\\p{Lu}[\\p{L}'’-]+(?:,? (?:of |and )?\\p{Lu}[\\p{L}'’-]+)*))";
    private static final String ANY_PLACE = "((?:the |a |an )?[\\p{L}'’-]+(?:,? (?-i:\\p{Lu})[\\p{L}'’-]+)*)";

    private static final String PAST =
            "went|visited|bought|got|started|joined|finished|completed|painted|made|wrote|read|watched|ran|adopted|won|signed up|attended|took|launched|opened"
                    + "|met|planted|passed|graduated|applied|lost|hosted|organized|organised|participated|volunteered|performed|received|broke|learned|learnt|moved|quit"
                    + "|became|created|published|donated|camped|hiked|hurt|sold|built|cooked|baked|grew up|studied|taught|travelled|traveled|flew|drove|celebrated|designed"
                    + "|decided|enrolled|hired|recorded|ran into|came across|tried|earned|gave|helped|set up|booked|fixed|redid|remodeled|renovated|retired|proposed|married|got engaged|got married";

    /** What nobody can understand later: it points to what was at hand when it was said. */
    private static final Pattern POINTS = Pattern.compile(
            "^(?:it|that|this|these|those|them|him|her|you|your|yours|one|some|something|stuff|there|here|how|what|when|where|why|who|if|to$|to (?:hear|see|say|know|tell|think|be honest)|the (?:same|idea|way|sound|look|vibe|vibes|pic|pics|photo|picture|point|feeling|one|ones|enthusiasm|energy|spirit|passion|dedication|attitude)|so|too|as well|and|all of)\\b.*",
            Pattern.CASE_INSENSITIVE);
    /** Somewhere in what was found, this means that it leans on what was said before. */
    private static final Pattern LEANS = Pattern.compile(
            "\\b(?:you|your|yours|you're|you've|u|ya|y'all|these guys|that one|this one|these|those|the (?:pic|photo|picture|one|ones) (?:above|below)|like (?:this|that|these|those)|(?:of|for|with|about|to|on|from) (?:it|this|that|these|those)|(?:to|of|with|about) them$|here|(?:this|that) (?:one|guy|stuff|thing|piece|pic|photo|picture|painting|show|dress|place|book|song|movie|class|event|photo|trophy|sign|sculpture))\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Set<String> PEOPLE_AND_PETS = Set.of(
            "kid",
            "kids",
            "child",
            "children",
            "son",
            "sons",
            "daughter",
            "daughters",
            "brother",
            "brothers",
            "sister",
            "sisters",
            "husband",
            "wife",
            "partner",
            "girlfriend",
            "boyfriend",
            "fiancé",
            "fiancée",
            "dog",
            "dogs",
            "cat",
            "cats",
            "puppy",
            "puppies",
            "kitten",
            "kittens",
            "pup",
            "bird",
            "birds",
            "rabbit",
            "rabbits",
            "horse",
            "horses",
            "hamster",
            "turtle",
            "turtles",
            "snake",
            "snakes",
            "fish",
            "parrot",
            "guinea",
            "twins",
            "grandson",
            "granddaughter",
            "nephew",
            "niece",
            "roommate",
            "pets",
            "pet",
            "siblings");

    private record Form(Pattern pattern, Reading reading) {}

    private interface Reading {
        Optional<Found> read(Matcher matcher, String subject);
    }

    /**
     * A statement about the one who made it.
     *
     * @param content in the third person, with the dates it was said with
     * @param entity for the graph: name, type, relation; or none
     */
    record Found(
            String content,
            String category,
            double confidence,
            double importance,
            Optional<Slot> slot,
            Optional<Named> entity,
            String sentence) {

        private Found said(String words) {
            return new Found(content, category, confidence, importance, slot, entity, words);
        }

        private Found dated(String text) {
            return new Found(text, category, confidence, importance, slot, entity, sentence);
        }
    }

    /** Something named, and how the speaker stands to it. */
    record Named(String name, String type, String relation, boolean single) {}

    private static final List<Form> FORMS = List.of(
            // Home.
            form(
                    I + "(?:'ve|’ve| have)? ?" + ADVERB
                            + "(?:moved|relocated|immigrated|emigrated)(?: back| over| away| out)? to " + PLACE
                            + "(?<when>[^,]*)",
                    (m, who) -> place(m, who, m.group("when").isBlank() ? "lives in" : "moved to")),
            form(
                    "(?:" + I + " " + ADVERB + "live|" + AM + " " + ADVERB
                            + "(?:living|based|settled)) (?:right |back |out )?(?:in|near|at) " + PLACE
                            + "(?<when>[^,]*)",
                    (m, who) -> place(m, who, "lives in")),
            form(
                    "i (?:(?:just|recently|now) )?(?:moved to|live in) " + ANY_PLACE
                            + "(?<when>)(?: now| last \\w+| this \\w+| in \\w+)?",
                    (m, who) -> place(m, who, "lives in")),
            form(
                    AM + " (?:originally )?from " + PLACE + "(?<when>)",
                    (m, who) ->
                            slot(who + " is from " + m.group(1), "fact", 0.9, 0.7, "from", m.group(1), "place", true)),
            form(
                    "(?:i come|i came) from " + PLACE + "(?<when>)",
                    (m, who) ->
                            slot(who + " is from " + m.group(1), "fact", 0.85, 0.7, "from", m.group(1), "place", true)),
            form(
                    "i was born (?:and raised )?in " + PLACE + "(?<when>.*)",
                    (m, who) -> slot(
                            who + " was born in " + m.group(1) + m.group("when"),
                            "fact",
                            0.9,
                            0.7,
                            "born_in",
                            m.group(1),
                            "place",
                            true)),
            // Name, age, birthday.
            form(
                    "(?:my name is|my name's|you can call me|call me) ((?-i:\\p{Lu})[\\p{L}'’-]+)",
                    (m, who) ->
                            slot(who + " is called " + m.group(1), "fact", 0.95, 0.9, "name", m.group(1), "", true)),
            form(
                    AM + " (\\d{1,3})(?: years old| yrs old)",
                    (m, who) -> slot(
                            who + " is " + m.group(1) + " years old", "fact", 0.9, 0.6, "age", m.group(1), "", true)),
            form(
                    "my (birthday|anniversary|wedding anniversary) (?:is|falls) (?:on |in )?(.{3,40})",
                    (m, who) -> slot(
                            who + "'s " + m.group(1) + " is on " + m.group(2),
                            "fact",
                            0.9,
                            0.8,
                            m.group(1).replace(' ', '_'),
                            m.group(2),
                            "",
                            true)),
            // Work and study.
            form(
                    I + " " + ADVERB + "work (as an?|for|at|in) ([^,]{2,50})",
                    (m, who) -> work(who, "works " + m.group(1) + " " + m.group(2), m.group(1), m.group(2))),
            form(
                    AM + " " + ADVERB + "working (as an?|for|at) ([^,]{2,50})",
                    (m, who) -> work(who, "works " + m.group(1) + " " + m.group(2), m.group(1), m.group(2))),
            form(
                    AM
                            + " an? ((?:[\\p{L}-]+ ){0,3}(?:[\\p{L}-]+(?:er|or|ist|ian|eer|yst|man|woman|mom|dad|nurse|student|chef|coach|vet|veteran|banker|intern|agent|clerk|mechanic|pilot|attorney|assistant|architect|volunteer)))(?: (?:at|for|by|in|with) [^,]{2,40})?",
                    Statements::occupation),
            form(
                    "(?:i|we)(?:'ve|’ve| have)? ?" + ADVERB
                            + "(lost|quit|left) my (job|position)((?: (?:at|as|with) [^,]{2,50})?)",
                    (m, who) -> slot(
                            who + " " + lower(m.group(1)) + " their job" + m.group(3),
                            "event",
                            0.9,
                            0.8,
                            "works_at",
                            "none",
                            "",
                            true)),
            form(
                    I + " " + ADVERB
                            + "(?:got|landed|started|accepted|took) (?:a|an|my|the) ((?:[\\p{L}-]+ ){0,3}job|position|internship) (as|at|with) ([^,]{2,50})",
                    (m, who) -> slot(
                            who + " got a job " + m.group(2) + " " + m.group(3),
                            "event",
                            0.9,
                            0.8,
                            m.group(2).equals("as") ? "occupation" : "works_at",
                            untimed(m.group(3)),
                            "",
                            true)),
            form(
                    AM + " " + ADVERB + "(studying|majoring in|learning) ([^,]{2,60})",
                    (m, who) -> plain(
                            who + " is " + lower(m.group(1)) + " " + m.group(2), "learning", 0.85, 0.6, m.group(2))),
            // What one is and can do.
            form(
                    AM + " " + ADVERB + "(?:an? )?(vegan|vegetarian|pescatarian)",
                    (m, who) -> slot(
                            who + " is " + lower(m.group(1)),
                            "preference",
                            0.9,
                            0.8,
                            "diet",
                            lower(m.group(1)),
                            "",
                            true)),
            form(
                    AM + " " + ADVERB
                            + "((?:single|married|engaged|divorced|widowed)(?: to (?-i:\\p{Lu})[\\p{L}'’-]+)?)((?: (?:since|for) [^,]{2,30})?)",
                    (m, who) -> slot(
                            who + " is " + m.group(1) + m.group(2),
                            "fact",
                            0.85,
                            0.7,
                            "married",
                            m.group(1),
                            "",
                            true)),
            form(
                    AM + " " + ADVERB
                            + "(left-handed|colou?r[ -]?blind|diabetic|c(?:o)?eliac|lactose[ -]intolerant|gluten[ -]intolerant|asthmatic|dyslexic|retired|unemployed)",
                    (m, who) -> plain(who + " is " + lower(m.group(1)), "fact", 0.9, 0.8, m.group(1))),
            form(
                    I + " " + ADVERB
                            + "(don't|don’t|do not|never|no longer|can't|can’t|cannot) (eat|drink|smoke)((?: [^,]{2,60})?)",
                    (m, who) -> shuns(who, m.group(1), m.group(2), m.group(3))),
            form(
                    I + " " + ADVERB + "speak ((?-i:\\p{Lu})[^?]{3,60})",
                    (m, who) -> plain(who + " speaks " + m.group(1), "fact", 0.9, 0.7, m.group(1))),
            // People and animals.
            form(
                    HAVE
                            + "(?: got)? ((?:an?|one|two|three|four|five|six|\\d) (?:[\\p{L}-]+ ){0,2}([\\p{L}é]+)(?:(?: named| called|,) [^.]{2,60})?)",
                    (m, who) -> PEOPLE_AND_PETS.contains(lower(m.group(2)))
                            ? plain(who + " has " + m.group(1), "fact", 0.9, 0.7, m.group(1))
                            : Optional.empty()),
            form(
                    "my ((?:[\\p{L}-]+ ){0,1}(?:dog|cat|puppy|pup|kitten|turtle|rabbit|horse|bird|hamster|husband|wife|partner|girlfriend|boyfriend|son|daughter|brother|sister|mom|mother|dad|father|grandma|grandpa|best friend|cousin))(?:'s name is|’s name is| is called| is named|'s called|’s called) ((?-i:\\p{Lu})[\\p{L}'’-]+)",
                    (m, who) -> relative(who, m.group(1), m.group(2))),
            // Wants of the agent.
            form(
                    "(?:please |always |pls )+((?:call|answer|reply|respond|write|speak|talk|use|keep|avoid|remind|send|explain)\\b.{3,120})",
                    (m, who) -> plain(who + " asks: " + m.group(1), "preference", 0.85, 0.8, m.group(1))),
            form(
                    "(?:please )?(?:don't|do not|never) ((?:call|answer|reply|write|use|mention|send|ask)\\b.{3,120})",
                    (m, who) -> plain(who + " asks never to " + m.group(1), "preference", 0.85, 0.8, m.group(1))),
            // Likes and dislikes.
            form(
                    "(?:" + I + " " + ADVERB
                            + "(can't stand|cannot stand|don't like|do not like|dislike|hate|detest|don't enjoy)) ([^,]{2,80})",
                    (m, who) -> likes(who, "dislikes", m.group(2), false)),
            form(
                    AM + " (?:[\\p{L}]+ )?(allergic to|afraid of|scared of|terrified of) ([^,]{2,80})",
                    (m, who) -> about(who, "is " + lower(m.group(1)), m.group(2), 0.9, 0.9)),
            form(
                    I + " " + ADVERB + "(love|like|enjoy|adore|prefer) ([^,]{2,80})",
                    (m, who) -> likes(who, third(lower(m.group(1))), m.group(2), true)),
            form(
                    AM + " " + ADVERB
                            + "(?:(?:so|very|super|pretty|quite) )?(passionate about|into|interested in|keen on|fond of|obsessed with|(?:a )?(?:big |huge )?fan of|hooked on) ([^,]{2,80})",
                    (m, who) -> likes(who, "is " + lower(m.group(1)), m.group(2), true)),
            form(
                    "my (?:all-time |absolute )?(favou?rite [\\p{L} ]{2,30}?|dream [\\p{L} ]{2,20}?) (?:is|are|was|has to be|would be) ([^,]{2,80})",
                    (m, who) -> favourite(who, m.group(1), m.group(2))),
            // What happened.
            form(
                    "(?:(?:last \\p{L}+|yesterday|this (?:morning|week|month|year|weekend)|earlier(?: today)?|(?:two|three|a few|a couple of) (?:days|weeks|months|years) ago|on \\p{Lu}\\p{L}+day), )?"
                            + I + "(?:'ve|’ve| have|'d|’d)? ?" + ADVERB + "(" + PAST + ") ([^?]{8,160})",
                    Statements::event),
            // Goes on for a while.
            form(
                    HAVE + " been (\\p{L}+ing) ([^?]{5,100})",
                    (m, who) -> lasting(who, "has been " + lower(m.group(1)), m.group(2))),
            // Plans.
            form(
                    AM + " " + ADVERB
                            + "(?:(?:so )?excited to be )?(planning (?:to|on)|going to|gonna|hoping to|thinking (?:of|about)|looking forward to|getting ready (?:to|for)|training for|saving (?:up )?for|preparing for) ([^?]{5,120})",
                    (m, who) -> plan(who, "is " + lower(m.group(1)).replace("gonna", "going to"), m.group(2))),
            form(
                    I + " " + ADVERB
                            + "(want to|wanna|plan to|hope to|dream of|aim to|intend to|would like to) ([^?]{5,120})",
                    (m, who) -> plan(who, third(lower(m.group(1)).replace("wanna", "want to")), m.group(2))),
            // Habits.
            form(
                    I + " (usually|always|often|never|rarely|sometimes) ([\\p{L}]+) ([^?]{4,120})",
                    (m, who) -> habit(who, m.group(1), m.group(2), m.group(3))));

    private Statements() {}

    private static Form form(String regex, Reading reading) {
        return new Form(
                Pattern.compile("^" + regex + "[.!…~ ]*$", Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE), reading);
    }

    /** What a message says of its speaker. */
    static List<Found> of(Message message, String subject) {
        return Stream.of(SENTENCES.split(message.content(), -1))
                .map(String::strip)
                .filter(sentence -> sentence.length() >= 6 && sentence.length() <= 400 && !sentence.endsWith("?"))
                .flatMap(sentence -> read(sentence, subject).stream()
                        .map(one ->
                                one.said(sentence).dated(RelativeDates.absolute(one.content(), message.at()) + ".")))
                .toList();
    }

    /** What a sentence says, and what it says after an "and" if that is a statement by itself. */
    private static List<Found> read(String sentence, String subject) {
        Matcher next = NEXT.matcher(sentence);
        while (next.find()) {
            String head = sentence.substring(0, next.start());
            String tail = sentence.substring(next.end());
            boolean shared = next.group("verb") != null;
            if (!shared
                    || SAYS_WHERE.matcher(LEAD.matcher(head).replaceFirst("")).find()) {
                List<Found> then = read(shared ? "I " + tail : tail, subject).stream()
                        .filter(one -> BY_ITSELF.contains(one.category())
                                && !LEANS_IN_A_SENTENCE.matcher(one.content()).find())
                        .toList();
                if (!then.isEmpty()) {
                    return Stream.concat(first(head, subject).stream(), then.stream())
                            .toList();
                }
            }
        }
        return first(sentence, subject).stream().toList();
    }

    private static Optional<Found> first(String sentence, String subject) {
        String clause = clause(sentence);
        for (Form form : FORMS) {
            Matcher matcher = form.pattern().matcher(clause);
            if (matcher.find()) {
                return form.reading()
                        .read(matcher, subject)
                        .filter(one -> !LEANS.matcher(one.content()).find());
            }
        }
        return Optional.empty();
    }

    /** The sentence without what leads to its first thought and without what follows it. */
    private static String clause(String sentence) {
        String rest = LEAD.matcher(sentence).replaceFirst("");
        rest = CLAUSE_ENDS.matcher(rest).replaceFirst("");
        return rest.replaceAll("[\\s.!…~-]+$", "")
                .replaceAll("- here.*$", "")
                .replaceAll("[^\\p{L}\\p{N}\\p{P}\\p{Z}$€£+]+", "")
                .strip();
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    private static Optional<Found> place(Matcher m, String who, String verb) {
        String place = m.group(1).strip();
        String when = m.group("when") == null ? "" : m.group("when").stripTrailing();
        if (POINTS.matcher(place).matches() || place.length() < 3) {
            return Optional.empty();
        }
        String name = Character.isLowerCase(place.charAt(0)) && !place.startsWith("the ")
                ? Character.toUpperCase(place.charAt(0)) + place.substring(1)
                : place;
        return Optional.of(new Found(
                who + " " + verb + " " + name + Pronouns.third(when),
                "fact",
                0.9,
                0.8,
                Optional.of(new Slot("lives_in", name)),
                Optional.of(new Named(name, "place", "lives_in", true)),
                ""));
    }

    private static Optional<Found> slot(
            String content,
            String category,
            double confidence,
            double importance,
            String slot,
            String value,
            String type,
            boolean single) {
        String plain = Pronouns.third(value.strip());
        return Optional.of(new Found(
                content,
                category,
                confidence,
                importance,
                Optional.of(new Slot(slot, plain)),
                type.isEmpty() ? Optional.empty() : Optional.of(new Named(plain, type, slot, single)),
                ""));
    }

    /** A statement without a question that has one answer. */
    private static Optional<Found> plain(
            String content, String category, double confidence, double importance, String object) {
        return POINTS.matcher(object).matches()
                ? Optional.empty()
                : Optional.of(new Found(
                        keepName(content), category, confidence, importance, Optional.empty(), Optional.empty(), ""));
    }

    /** The statement in the third person; its subject stays. */
    private static String keepName(String content) {
        int blank = content.indexOf(' ');
        return content.substring(0, blank) + Pronouns.third(content.substring(blank));
    }

    /** What somebody works at or as, without since when and where that is. */
    private static String untimed(String what) {
        return WHEN_AND_WHERE.matcher(what).replaceFirst("");
    }

    private static Optional<Found> work(String who, String phrase, String how, String where) {
        if (POINTS.matcher(where).matches()) {
            return Optional.empty();
        }
        boolean place = !lower(how).startsWith("as");
        boolean named = place && Character.isUpperCase(where.charAt(0));
        return Optional.of(new Found(
                who + " " + Pronouns.third(phrase),
                "fact",
                0.85,
                0.7,
                Optional.of(new Slot(place ? "works_at" : "occupation", Pronouns.third(untimed(where)))),
                named ? Optional.of(new Named(untimed(where), "organization", "works_at", true)) : Optional.empty(),
                ""));
    }

    private static final Pattern WHEN_AND_WHERE = Pattern.compile(
            " (?:since|last|this|next|yesterday|today|now|recently|in|on|for|from|with|these days)\\b.*$",
            Pattern.CASE_INSENSITIVE);

    /** What one is besides, and stays when the occupation changes. */
    private static final Set<String> BESIDE_OCCUPATION =
            Set.of("mom", "dad", "mother", "father", "man", "woman", "veteran", "volunteer");

    private static final Set<String> NO_OCCUPATION = Set.of(
            "number",
            "winner",
            "matter",
            "believer",
            "bummer",
            "starter",
            "beginner",
            "person",
            "lover",
            "listener",
            "learner",
            "thinker",
            "fighter",
            "survivor",
            "supporter",
            "member",
            "sucker",
            "bit",
            "mess",
            "fan",
            "man");

    private static Optional<Found> occupation(Matcher m, String who) {
        String what = m.group(1);
        String last = what.substring(what.lastIndexOf(' ') + 1);
        if (NO_OCCUPATION.contains(lower(last))) {
            return Optional.empty();
        }
        String content = who + " is " + article(what) + " " + Pronouns.third(what);
        return BESIDE_OCCUPATION.contains(lower(last))
                ? plain(content, "fact", 0.8, 0.7, what)
                : slot(content, "fact", 0.8, 0.7, "occupation", what, "", true);
    }

    private static String article(String noun) {
        return "aeiou".indexOf(Character.toLowerCase(noun.charAt(0))) >= 0 ? "an" : "a";
    }

    private static Optional<Found> relative(String who, String relation, String name) {
        return Optional.of(new Found(
                "%s's %s is called %s".formatted(who, relation, name),
                "fact",
                0.9,
                0.8,
                Optional.of(new Slot("name_of:" + lower(relation), name)),
                Optional.of(new Named(
                        name,
                        Set.of("dog", "cat", "puppy", "pup", "kitten", "turtle", "rabbit", "horse", "bird", "hamster")
                                        .contains(lower(relation))
                                ? "animal"
                                : "person",
                        "has_" + lower(relation).replace(' ', '_'),
                        false)),
                ""));
    }

    /** What one may call "the" without having spoken of it. */
    private static final Pattern KNOWN_TO_ALL = Pattern.compile(
            "the (?:outdoors|beach|ocean|sea|mountains|snow|rain|sun|forest|woods|city|countryside|piano|guitar|violin|theat(?:er|re)|cold|heat|dark)\\b.*",
            Pattern.CASE_INSENSITIVE);

    private static Optional<Found> likes(String who, String verb, String object, boolean yes) {
        String what = object.strip();
        boolean pointed =
                lower(what).startsWith("the ") && !KNOWN_TO_ALL.matcher(what).matches();
        if (pointed || POINTS.matcher(what).matches() || lower(what).startsWith("to be ")) {
            return Optional.empty();
        }
        String thing = Pronouns.third(what);
        String concept = thing.replaceFirst("(?i)^(?:to |the |a |an |doing |going |my |their )", "");
        boolean named = concept.chars().filter(c -> c == ' ').count() <= 2;
        return Optional.of(new Found(
                who + " " + verb + " " + thing,
                "preference",
                0.85,
                0.6,
                Optional.of(new Slot("likes:" + lower(concept), yes ? "yes" : "no")),
                named
                        ? Optional.of(new Named(lower(concept), "concept", yes ? "likes" : "dislikes", false))
                        : Optional.empty(),
                ""));
    }

    private static Optional<Found> shuns(String who, String how, String verb, String object) {
        String what = object.strip().replaceFirst("(?i) ?\\b(?:any ?more|at all)$", "");
        String does = lower(how).startsWith("can") ? " cannot " : " does not ";
        return POINTS.matcher(what).matches()
                ? Optional.empty()
                : slot(
                        (who + does + lower(verb) + " " + Pronouns.third(what)).strip(),
                        "preference",
                        0.9,
                        0.8,
                        lower(verb + "s:" + what),
                        "no",
                        "",
                        true);
    }

    private static Optional<Found> about(String who, String verb, String object, double confidence, double importance) {
        return POINTS.matcher(object).matches()
                ? Optional.empty()
                : Optional.of(new Found(
                        who + " " + verb + " " + Pronouns.third(object),
                        "preference",
                        confidence,
                        importance,
                        Optional.empty(),
                        Optional.empty(),
                        ""));
    }

    private static Optional<Found> favourite(String who, String of, String what) {
        return POINTS.matcher(what).matches()
                ? Optional.empty()
                : slot(
                        who + "'s " + of + " is " + Pronouns.third(what),
                        "preference",
                        0.9,
                        0.7,
                        lower(of).replace("favourite", "favorite").replace(' ', '_'),
                        what,
                        "",
                        true);
    }

    private static final Pattern EMPTY_EVENT = Pattern.compile(
            "got to .*|(?:got|made|took|gave|became|started|tried|had|decided|helped) (?:it|that|this|them|a lot|so much|me|us|some|more|the right|lots|a surge|all|really|so|pretty|very|super|me|thinking|feeling|emotional|stuck|lost|busy|used to|into|nervous|scared|excited|tired|better|going|through|back to|worse|a (?:chance|bit|ton|break|kick|feel)|my (?:mind|eye)|the (?:chance|hang|feeling|idea|picture))\\b.*",
            Pattern.CASE_INSENSITIVE);

    private static Optional<Found> event(Matcher m, String who) {
        String verb = lower(m.group(1));
        String rest = m.group(2).strip();
        String before = m.group(0).substring(0, m.start(1) - m.start(0));
        int comma = before.indexOf(',');
        String when = comma > 0 ? " " + before.substring(0, comma).strip() : "";
        if (POINTS.matcher(rest).matches()
                || EMPTY_EVENT.matcher(verb + " " + rest).matches()
                || rest.indexOf(' ') < 0) {
            return Optional.empty();
        }
        return Optional.of(new Found(
                who + " " + verb + " " + Pronouns.third(rest) + lowerFirst(when),
                "event",
                0.85,
                0.6,
                Optional.empty(),
                Optional.empty(),
                ""));
    }

    private static String lowerFirst(String text) {
        return text.length() < 2 ? text : text.charAt(0) + lower(text.substring(1, 2)) + text.substring(2);
    }

    private static Optional<Found> lasting(String who, String verb, String rest) {
        boolean empty = POINTS.matcher(rest).matches()
                || verb.endsWith(" thinking")
                || verb.endsWith(" feeling")
                || verb.endsWith(" doing")
                || verb.endsWith(" going")
                || verb.endsWith(" having")
                || verb.endsWith(" getting");
        return empty
                ? Optional.empty()
                : Optional.of(new Found(
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

    private static Optional<Found> plan(String who, String verb, String rest) {
        return POINTS.matcher(rest).matches() || EMPTY_PLAN.matcher(rest).matches()
                ? Optional.empty()
                : Optional.of(new Found(
                        who + " " + verb + " " + Pronouns.third(rest.strip()),
                        "plan",
                        0.8,
                        0.6,
                        Optional.empty(),
                        Optional.empty(),
                        ""));
    }

    private static final Set<String> NO_HABIT = Set.of(
            "have",
            "be",
            "feel",
            "think",
            "thought",
            "had",
            "was",
            "know",
            "knew",
            "get",
            "wanted",
            "felt",
            "seem",
            "found",
            "thank",
            "imagined",
            "would",
            "could",
            "forget",
            "expected",
            "loved",
            "enjoyed",
            "liked",
            "say",
            "said",
            "wish",
            "make",
            "made",
            "look",
            "appreciate",
            "need",
            "remember",
            "keep",
            "really",
            "believe",
            "wonder",
            "been");

    private static Optional<Found> habit(String who, String adverb, String verb, String rest) {
        return NO_HABIT.contains(lower(verb))
                        || rest.contains(",")
                        || POINTS.matcher(rest).matches()
                ? Optional.empty()
                : Optional.of(new Found(
                        who + " " + lower(adverb) + " " + third(lower(verb)) + " " + Pronouns.third(rest),
                        "behavior",
                        0.8,
                        0.5,
                        Optional.empty(),
                        Optional.empty(),
                        ""));
    }

    /** The form of a verb that goes with a name; what follows its first word stays. */
    static String third(String verb) {
        int blank = verb.indexOf(' ');
        String first = blank < 0 ? verb : verb.substring(0, blank);
        String rest = blank < 0 ? "" : verb.substring(blank);
        String changed = switch (first) {
            case "am" -> "is";
            case "have" -> "has";
            case "do" -> "does";
            case "go" -> "goes";
            default -> {
                if (first.matches(".*(?:s|x|z|ch|sh)") && !first.endsWith("ss")) {
                    yield first.endsWith("s") ? first : first + "es";
                }
                if (first.endsWith("ss")) {
                    yield first + "es";
                }
                if (first.matches(".*[^aeiou]y")) {
                    yield first.substring(0, first.length() - 1) + "ies";
                }
                yield first.matches(".*(?:ed|ing)") || first.equals("would") ? first : first + "s";
            }
        };
        return changed + rest;
    }

    /** Names of what is written in capitals inside a sentence: people, titles, organisations; at most so many. */
    static List<String> names(String text, Set<String> without, int most) {
        Pattern name = NAME;
        return name.matcher(text)
                .results()
                .map(found -> found.group(1).strip())
                .filter(found ->
                        found.length() > 2 && !without.contains(lower(found)) && !NO_NAMES.contains(lower(found)))
                .distinct()
                .limit(most)
                .collect(Collectors.toList());
    }

    private static final Pattern NAME = Pattern.compile(
            "(?<=[\\p{Ll}\\p{N},\"“] ?[\"“]?)(?<![.!?] )\\b(\\p{Lu}[\\p{L}'’]+(?: (?:of |the |and )?\\p{Lu}[\\p{L}'’]+)*)");
    private static final Set<String> NO_NAMES = Set.of(
            "i",
            "i'm",
            "i've",
            "i'd",
            "i'll",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
            "english",
            "ok",
            "okay",
            "mom",
            "dad",
            "lol",
            "omg",
            "btw",
            "fri",
            "sat",
            "sun");
}
