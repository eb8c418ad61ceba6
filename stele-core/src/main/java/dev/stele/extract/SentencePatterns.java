package dev.stele.extract;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Table of the supported sentence patterns, in the order in which they are tried. Stateless. */
final class SentencePatterns {

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

    private static final Set<String> PEOPLE_AND_PETS = EnglishGrammar.words("""
            kid kids child children son sons daughter daughters brother brothers sister sisters husband wife partner
            girlfriend boyfriend fiancé fiancée dog dogs cat cats puppy puppies kitten kittens pup bird birds rabbit
            rabbits horse horses hamster turtle turtles snake snakes fish parrot guinea twins grandson granddaughter nephew
            niece roommate pets pet siblings""");

    private record Form(Pattern pattern, Reading reading) {}

    private interface Reading {
        Optional<Statement> read(Matcher matcher, String subject);
    }

    private static final List<Form> FORMS = List.of(
            // Home.
            form(
                    I + "(?:'ve|’ve| have)? ?" + ADVERB
                            + "(?:moved|relocated|immigrated|emigrated)(?: back| over| away| out)? to " + PLACE
                            + "(?<when>[^,]*)",
                    (m, who) ->
                            StatementInterpreter.place(m, who, m.group("when").isBlank() ? "lives in" : "moved to")),
            form(
                    "(?:" + I + " " + ADVERB + "live|" + AM + " " + ADVERB
                            + "(?:living|based|settled)) (?:right |back |out )?(?:in|near|at) " + PLACE
                            + "(?<when>[^,]*)",
                    (m, who) -> StatementInterpreter.place(m, who, "lives in")),
            form(
                    "i (?:(?:just|recently|now) )?(?:moved to|live in) " + ANY_PLACE
                            + "(?<when>)(?: now| last \\w+| this \\w+| in \\w+)?",
                    (m, who) -> StatementInterpreter.place(m, who, "lives in")),
            form(
                    AM + " (?:originally )?from " + PLACE + "(?<when>)",
                    (m, who) -> StatementInterpreter.slot(
                            who + " is from " + m.group(1), "fact", 0.9, 0.7, "from", m.group(1), "place", true)),
            form(
                    "(?:i come|i came) from " + PLACE + "(?<when>)",
                    (m, who) -> StatementInterpreter.slot(
                            who + " is from " + m.group(1), "fact", 0.85, 0.7, "from", m.group(1), "place", true)),
            form(
                    "i was born (?:and raised )?in " + PLACE + "(?<when>.*)",
                    (m, who) -> StatementInterpreter.slot(
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
                    (m, who) -> StatementInterpreter.slot(
                            who + " is called " + m.group(1), "fact", 0.95, 0.9, "name", m.group(1), "", true)),
            form(
                    AM + " (\\d{1,3})(?: years old| yrs old)",
                    (m, who) -> StatementInterpreter.slot(
                            who + " is " + m.group(1) + " years old", "fact", 0.9, 0.6, "age", m.group(1), "", true)),
            form(
                    "my (birthday|anniversary|wedding anniversary) (?:is|falls) (?:on |in )?(.{3,40})",
                    (m, who) -> StatementInterpreter.slot(
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
                    (m, who) -> StatementInterpreter.work(
                            who, "works " + m.group(1) + " " + m.group(2), m.group(1), m.group(2))),
            form(
                    AM + " " + ADVERB + "working (as an?|for|at) ([^,]{2,50})",
                    (m, who) -> StatementInterpreter.work(
                            who, "works " + m.group(1) + " " + m.group(2), m.group(1), m.group(2))),
            form(
                    AM
                            + " an? ((?:[\\p{L}-]+ ){0,3}(?:[\\p{L}-]*(?:er|or|ist|ian|eer|yst|man|woman|mom|dad|nurse|student|chef|coach|vet|veteran|banker|intern|agent|clerk|mechanic|pilot|attorney|assistant|architect|volunteer)))(?: (?:at|for|by|in|with) [^,]{2,40})?",
                    StatementInterpreter::occupation),
            form(
                    "(?:i|we)(?:'ve|’ve| have)? ?" + ADVERB
                            + "(lost|quit|left) my (job|position)((?: (?:at|as|with) [^,]{2,50})?)",
                    (m, who) -> StatementInterpreter.slot(
                            who + " " + EnglishGrammar.lower(m.group(1)) + " their job" + m.group(3),
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
                    (m, who) -> StatementInterpreter.slot(
                            who + " got a job " + m.group(2) + " " + m.group(3),
                            "event",
                            0.9,
                            0.8,
                            m.group(2).equals("as") ? "occupation" : "works_at",
                            StatementInterpreter.untimed(m.group(3)),
                            "",
                            true)),
            form(
                    AM + " " + ADVERB + "(studying|majoring in|learning) ([^,]{2,60})",
                    (m, who) -> StatementInterpreter.plain(
                            who + " is " + EnglishGrammar.lower(m.group(1)) + " " + m.group(2),
                            "learning",
                            0.85,
                            0.6,
                            m.group(2))),
            // Attributes and abilities.
            form(
                    AM + " " + ADVERB + "(?:an? )?(vegan|vegetarian|pescatarian)",
                    (m, who) -> StatementInterpreter.slot(
                            who + " is " + EnglishGrammar.lower(m.group(1)),
                            "preference",
                            0.9,
                            0.8,
                            "diet",
                            EnglishGrammar.lower(m.group(1)),
                            "",
                            true)),
            form(
                    AM + " " + ADVERB
                            + "((?:single|married|engaged|divorced|widowed)(?: to (?-i:\\p{Lu})[\\p{L}'’-]+)?)((?: (?:since|for) [^,]{2,30})?)",
                    (m, who) -> StatementInterpreter.slot(
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
                    (m, who) -> StatementInterpreter.plain(
                            who + " is " + EnglishGrammar.lower(m.group(1)), "fact", 0.9, 0.8, m.group(1))),
            form(
                    I + " " + ADVERB
                            + "(don't|don’t|do not|never|no longer|can't|can’t|cannot) (eat|drink|smoke)((?: [^,]{2,60})?)",
                    (m, who) -> StatementInterpreter.shuns(who, m.group(1), m.group(2), m.group(3))),
            form(
                    I + " " + ADVERB + "speak ((?-i:\\p{Lu})[^?]{3,60})",
                    (m, who) ->
                            StatementInterpreter.plain(who + " speaks " + m.group(1), "fact", 0.9, 0.7, m.group(1))),
            // People and animals.
            form(
                    HAVE
                            + "(?: got)? ((?:an?|one|two|three|four|five|six|\\d) (?:[\\p{L}-]+ ){0,2}?([\\p{L}é]+)(?:(?: named| called|,) [^.]{2,60})?)",
                    (m, who) -> PEOPLE_AND_PETS.contains(EnglishGrammar.lower(m.group(2)))
                            ? StatementInterpreter.plain(who + " has " + m.group(1), "fact", 0.9, 0.7, m.group(1))
                            : Optional.empty()),
            form(
                    "my ((?:[\\p{L}-]+ ){0,1}(?:dog|cat|puppy|pup|kitten|turtle|rabbit|horse|bird|hamster|husband|wife|partner|girlfriend|boyfriend|son|daughter|brother|sister|mom|mother|dad|father|grandma|grandpa|best friend|cousin))(?:'s name is|’s name is| is called| is named|'s called|’s called) ((?-i:\\p{Lu})[\\p{L}'’-]+)",
                    (m, who) -> StatementInterpreter.relative(who, m.group(1), m.group(2))),
            // Requests to the agent.
            form(
                    "(?:please |always |pls )+((?:call|answer|reply|respond|write|speak|talk|use|keep|avoid|remind|send|explain)\\b.{3,120})",
                    (m, who) -> StatementInterpreter.plain(
                            who + " asks: " + m.group(1), "preference", 0.85, 0.8, m.group(1))),
            form(
                    "(?:please )?(?:don't|do not|never) ((?:call|answer|reply|write|use|mention|send|ask)\\b.{3,120})",
                    (m, who) -> StatementInterpreter.plain(
                            who + " asks never to " + m.group(1), "preference", 0.85, 0.8, m.group(1))),
            // Likes and dislikes.
            form(
                    "(?:" + I + " " + ADVERB
                            + "(can't stand|cannot stand|don't like|do not like|dislike|hate|detest|don't enjoy)) ([^,]{2,80})",
                    (m, who) -> StatementInterpreter.likes(who, "dislikes", m.group(2), false)),
            form(
                    AM + " (?:[\\p{L}]+ )?(allergic to|afraid of|scared of|terrified of) ([^,]{2,80})",
                    (m, who) -> StatementInterpreter.about(
                            who, "is " + EnglishGrammar.lower(m.group(1)), m.group(2), 0.9, 0.9)),
            form(
                    I + " " + ADVERB + "(love|like|enjoy|adore|prefer) ([^,]{2,80})",
                    (m, who) -> StatementInterpreter.likes(
                            who, EnglishGrammar.third(EnglishGrammar.lower(m.group(1))), m.group(2), true)),
            form(
                    AM + " " + ADVERB
                            + "(?:(?:so|very|super|pretty|quite) )?(passionate about|into|interested in|keen on|fond of|obsessed with|(?:a )?(?:big |huge )?fan of|hooked on) ([^,]{2,80})",
                    (m, who) -> StatementInterpreter.likes(
                            who, "is " + EnglishGrammar.lower(m.group(1)), m.group(2), true)),
            form(
                    "my (?:all-time |absolute )?(favou?rite [\\p{L} ]{2,30}?|dream [\\p{L} ]{2,20}?) (?:is|are|was|has to be|would be) ([^,]{2,80})",
                    (m, who) -> StatementInterpreter.favourite(who, m.group(1), m.group(2))),
            // Events.
            form(
                    "(?:(?:last \\p{L}+|yesterday|this (?:morning|week|month|year|weekend)|earlier(?: today)?|(?:two|three|a few|a couple of) (?:days|weeks|months|years) ago|on \\p{Lu}\\p{L}+day), )?"
                            + I + "(?:'ve|’ve| have|'d|’d)? ?" + ADVERB + "(" + PAST + ") ([^?]{8,160})",
                    StatementInterpreter::event),
            // Ongoing activities.
            form(
                    HAVE + " been (\\p{L}+ing) ([^?]{5,100})",
                    (m, who) -> StatementInterpreter.lasting(
                            who, "has been " + EnglishGrammar.lower(m.group(1)), m.group(2))),
            // Plans.
            form(
                    AM + " " + ADVERB
                            + "(?:(?:so )?excited to be )?(planning (?:to|on)|going to|gonna|hoping to|thinking (?:of|about)|looking forward to|getting ready (?:to|for)|training for|saving (?:up )?for|preparing for) ([^?]{5,120})",
                    (m, who) -> StatementInterpreter.plan(
                            who, "is " + EnglishGrammar.lower(m.group(1)).replace("gonna", "going to"), m.group(2))),
            form(
                    I + " " + ADVERB
                            + "(want to|wanna|plan to|hope to|dream of|aim to|intend to|would like to) ([^?]{5,120})",
                    (m, who) -> StatementInterpreter.plan(
                            who,
                            EnglishGrammar.third(
                                    EnglishGrammar.lower(m.group(1)).replace("wanna", "want to")),
                            m.group(2))),
            // Habits.
            form(
                    I + " (usually|always|often|never|rarely|sometimes) ([\\p{L}]+) ([^?]{4,120})",
                    (m, who) -> StatementInterpreter.habit(who, m.group(1), m.group(2), m.group(3))));

    private SentencePatterns() {}

    private static Form form(String regex, Reading reading) {
        return new Form(
                Pattern.compile("^" + regex + "[.!…~ ]*$", Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE), reading);
    }

    /**
     * Returns the statement that a clause makes. The first matching pattern decides, even if its reading yields no
     * statement.
     *
     * @param clause clause without lead-in and trailing clauses
     * @param subject name of the speaker
     */
    static Optional<Statement> read(String clause, String subject) {
        for (Form form : FORMS) {
            Matcher matcher = form.pattern().matcher(clause);
            if (matcher.find()) {
                return form.reading().read(matcher, subject);
            }
        }
        return Optional.empty();
    }
}
