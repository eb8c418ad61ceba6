package dev.stele.extract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Message;
import dev.stele.model.Role;
import java.text.Normalizer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the grammar reads in ordinary sentences, kind by kind. */
class StatementKindsTest {

    private static List<String> read(String text) {
        return StatementParser.of(
                        new Message(
                                1,
                                "m",
                                "s",
                                Optional.of("ana"),
                                Role.USER,
                                text,
                                Instant.parse("2026-11-23T10:00:00Z"),
                                Optional.empty(),
                                false,
                                Map.of()),
                        "ana")
                .stream()
                .map(Statement::content)
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I can't eat gluten since the diagnosis. | ana cannot eat gluten since the diagnosis.",
                "I drive for a courier company now. | ana drives for a courier company now.",
                "My daughter Mia started violin in March. | ana's daughter Mia started violin in March.",
                "In Manchester since 2009. | ana has been in Manchester since 2009.",
                "My uncle Bert keeps bees in Kent. | ana's uncle Bert keeps bees in Kent.",
                "Our neighbor repairs old clocks. | ana's neighbor repairs old clocks.",
                "Grandpa Otto turns 80 in May. | ana's grandpa Otto turns 80 in May.",
                "Sold my old piano to a teacher. | ana sold their old piano to a teacher.",
                "I'm the oldest of three sisters. | ana is the oldest of three sisters.",
                "I've called Ghent home since 2012. | ana has called Ghent home since 2012.",
                "The movers come on 3 April. | The movers come on 3 April.",
                "These days I teach pottery. | ana teaches pottery these days.",
                "My brother-in-law fixes old radios. | ana's brother-in-law fixes old radios.",
                "My flight to Osaka leaves on Friday at 6:40. | ana's flight to Osaka leaves on Friday at 6:40.",
                "They made me head chef. | ana was made head chef.",
                "Tea over coffee, every time. | ana prefers tea over coffee.",
                "My shoe size is 43. | ana's shoe size is 43.",
                "I can touch-type. | ana can touch-type.",
                "I go climbing on Thursdays. | ana goes climbing on Thursdays.",
                "I play tennis. | ana plays tennis.",
                "I play golf. | ana plays golf.",
            })
    void ordinarySentencesAreUnderstood(String sentence, String note) {
        assertThat(read(sentence)).containsExactly(note);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "My sister Wanda studies law in Graz. | ana's sister Wanda studies law in Graz.",
                "My best friend Ole runs a bakery. | ana's best friend Ole runs a bakery.",
                "My parents moved to Crete in 2019. | ana's parents moved to Crete in 2019.",
                "My grandmother speaks Welsh. | ana's grandmother speaks Welsh.",
                "My husband coaches a rugby team. | ana's husband coaches a rugby team.",
                "My twins start school in September. | ana's twins start school in September.",
                "My mother-in-law can't eat nuts. | ana's mother-in-law can't eat nuts.",
                "My colleague Ines is getting married in June. | ana's colleague Ines is getting married in June.",
                "Our daughter wants to become a pilot. | ana's daughter wants to become a pilot.",
                "My son Joel started karate in January. | ana's son Joel started karate in January.",
            })
    void whatFamilyAndFriendsDoIsUnderstood(String sentence, String note) {
        assertThat(read(sentence)).containsExactly(note);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I love jazz and hate getting up early. | ana loves jazz. ; ana dislikes getting up early.",
                "I sing in a choir and play the organ. | ana sings in a choir and plays the organ.",
                "I teach chess and coach a team. | ana teaches chess and coaches a team.",
                "I study law and work at a bar. | ana studies law and works at a bar.",
                "I have a garden and grow tomatoes. | ana has a garden and grows tomatoes.",
                "I go to bed early and get up at five. | ana goes to bed early and gets up at five.",
                "I don't eat meat and don't drink alcohol. | ana does not eat meat and does not drink alcohol.",
                "I was a nurse but am a teacher now. | ana was a nurse but is a teacher now.",
                "I've got two kids and am expecting a third. | ana has got two kids and is expecting a third.",
                "I own a farm and breed sheep. | ana owns a farm and breeds sheep.",
                "I like bread and butter. | ana likes bread and butter.",
            })
    void eachVerbAgreesWithTheSubjectOfTheNote(String sentence, String notes) {
        assertThat(String.join(" ; ", read(sentence))).isEqualTo(notes);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I like US history. | ana likes US history.",
                "World War I fascinates me. | World War I fascinates ana.",
                "I love USA Today. | ana loves USA Today.",
                "I met José in Coruña. | ana met José in Coruña.",
                "I love ผัดไทย. | ana loves ผัดไทย.",
                "I keep my fridge at 4°C. | ana keeps their fridge at 4°C.",
                "My aunt May runs a hotel. | ana's aunt May runs a hotel.",
                "My husband Will plays the harp. | ana's husband Will plays the harp.",
                "I weigh 72.5 kg. | ana weighs 72.5 kg.",
                "I work at Siemens as an electrician. | ana works at Siemens as an electrician.",
                "I bank with Me & You Credit Union. | ana banks with Me & You Credit Union.",
                "I'm reading Never Let Me Go. | ana is reading Never Let Me Go.",
                "My street is Rue de l'Été. | ana's street is Rue de l'Été.",
                "My favorite podcast is 99% Invisible. | ana's favorite podcast is 99% Invisible.",
                "I work at We Work. | ana works at We Work.",
                "I like AC/DC. | ana likes AC/DC.",
                "My password is p@ss_W0rd! | ana's password is p@ss_W0rd.",
                "My car does 6.5 l/100 km. | ana's car does 6.5 l/100 km.",
                "I love Łódź. | ana loves Łódź.",
                "I saw Rocky III twice with my dad. | ana saw Rocky III twice with their dad.",
            })
    void namesNumbersAndSignsStayAsTheyWereSaid(String sentence, String note) {
        assertThat(read(sentence)).containsExactly(note);
    }

    /** Letters and their accents are two characters here, or one, as the speaker wrote them. */
    @ParameterizedTest
    @ValueSource(strings = {"José", "Łódź", "Zoë", "Ångström", "Nguyễn", "Dvořák", "Đorđe", "Çelik"})
    void accentsStayAsTheyWereWritten(String name) {
        for (Normalizer.Form form : Normalizer.Form.values()) {
            String written = Normalizer.normalize(name, form);
            assertThat(read("I met " + written + " in Rome.")).containsExactly("ana met " + written + " in Rome.");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Do people in Oslo speak Swedish?",
                "Should I get a tattoo",
                "If I lived in Rome, I would have a scooter.",
                "Imagine I live in a castle.",
                "As my gran said, \"I have buried three husbands.\"",
                "This song goes: 'I'm a trucker from Texas, I got a wife in Tulsa.'",
                "Write me a letter for a nurse in Dublin.",
                "People who work at night sleep badly.",
                "I wish I had a dog.",
                "I might move to Spain.",
                "In my dream I was a pilot in Peru.",
                "Cats are nocturnal.",
                "I would never eat snails if I had a choice.",
                "I wish I had a garden.",
                "Translate this: I have lost my passport.",
                "Oh sure, because I just love being on hold.",
                "I'm just popping out for milk.",
                "I have a feeling it will snow.",
                "I'm off to bake a cake.",
                "Why would I own a gun?",
                "Only by practicing can I satisfy my teacher.",
            })
    void whatIsNoFactIsLeftOut(String sentence) {
        assertThat(read(sentence)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I don't have any pets. | ana does not have any pets.",
                "I'm not a morning person. | ana is not a morning person.",
                "I don't eat pork. | ana does not eat pork.",
                "I can't swim. | ana cannot swim.",
                "I've never been to Asia. | ana has never been to Asia.",
                "None of my cousins have children. | None of ana's cousins have children.",
                "I haven't owned a car in ten years. | ana has not owned a car in ten years.",
                "I don't drink coffee. | ana does not drink coffee.",
                "Neither my wife nor I drink alcohol. | Neither ana's wife nor ana drink alcohol.",
                "Nor do I eat shellfish. | ana does not eat shellfish.",
                "Nobody in my family smokes. | Nobody in ana's family smokes.",
                "My brother barely speaks any English. | ana's brother barely speaks any English.",
                "I nearly moved to Chile in 2010. | ana nearly moved to Chile in 2010.",
                "My wife and I don't have children. | ana's wife and ana don't have children.",
                "I can't swim, never learned. | ana cannot swim.",
            })
    void negativeStatementsAreNotesOfTheirOwn(String sentence, String note) {
        assertThat(read(sentence)).containsExactly(note);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I lent Bo my tent. | ana lent Bo their tent.",
                "My manager recommended me for the post. | ana's manager recommended ana for the post.",
                "My aunt taught me to knit. | ana's aunt taught ana to knit.",
                "Bo invited us to his cabin. | Bo invited ana to his cabin.",
                "I borrowed a drill from my neighbor. | ana borrowed a drill from their neighbor.",
                "My brother lent me his bike. | ana's brother lent ana his bike.",
                "I taught my sister to drive. | ana taught their sister to drive.",
                "My boss gave me a raise of 5 %. | ana's boss gave ana a raise of 5 %.",
            })
    void whoDidWhatToWhomIsKept(String sentence, String note) {
        assertThat(read(sentence)).containsExactly(note);
    }

    @Test
    void severalFactsOfOneSentenceAreSeveralNotes() {
        assertThat(read("I'm a vet, I've got a beagle named Bo, and I do pottery on Thursdays."))
                .containsExactly("ana is a vet.", "ana has got a beagle named Bo.", "ana does pottery on Thursdays.");
        assertThat(read("My flatmate Ines is from Peru, studies law and plays in a band."))
                .containsExactly("ana's flatmate Ines is from Peru, studies law and plays in a band.");
    }

    /** A message of a megabyte costs no more than its first part. */
    @Test
    void aHugeMessageIsBounded() {
        assertThat(read("I live in Lisbon and I love tea. ".repeat(30_000))).hasSizeLessThan(1_000);
        assertThat(read("(".repeat(500_000) + "I ".repeat(200_000))).isEmpty();
    }

    /** Sentences that say how it goes, promise, or leave open what is meant. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "I'm doing alright.",
                "I'm doing my best.",
                "I'm over the moon about it.",
                "I'm on cloud nine.",
                "It's been a busy month.",
                "I had a few plans.",
                "I've got different skills and talents.",
                "We need better schools.",
                "We're both on different roads.",
                "We have each other.",
                "Our students are our hope.",
                "I'll do my best to find some help.",
                "I will never give up.",
                "I worked with the baker to make it happen.",
                "I raised a ton.",
                "I have the power to make a difference.",
                "I stopped because.",
            })
    void whatSaysTooLittleIsNoNote(String sentence) {
        assertThat(read(sentence)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I'm not a morning person. | ana is not a morning person.",
                "I've painted a barn too, take a look! | ana has painted a barn too.",
                "I repair old ovens, Bert. | ana repairs old ovens.",
                "I have a sister, Magda. | ana has a sister, Magda.",
                "I'll visit Ghent in May 2027. | ana will visit Ghent in May 2027.",
                "We have a garden. | ana has a garden.",
                "We need a bigger boat for the lake. | ana needs a bigger boat for the lake.",
                "I've been into chess since I was a kid. | ana has been into chess since they were a kid.",
                "I'm doing a course in first aid. | ana is doing a course in first aid.",
                "Our cat is our alarm. | ",
            })
    void addressesAreCutAndWhatSaysSomethingIsKept(String sentence, String note) {
        assertThat(read(sentence)).containsExactlyElementsOf(note == null ? List.of() : List.of(note));
    }
}
