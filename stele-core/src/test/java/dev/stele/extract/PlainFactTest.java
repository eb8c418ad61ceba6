package dev.stele.extract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.model.Message;
import dev.stele.model.Role;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the grammars of German and Spanish read, and what they leave out. Notes are separated by ";". */
class PlainFactTest {

    private static List<Statement> statements(String text) {
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
                "ana");
    }

    private static String read(String text) {
        return String.join(
                " ; ", statements(text).stream().map(Statement::content).toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                Ich wohne in Bremen. | ana wohnt in Bremen.
                Seit 2019 wohne ich in München. | ana wohnt seit 2019 in München.
                Ich lebe jetzt in Frankfurt am Main. | ana wohnt in Frankfurt am Main.
                Wir sind nach Köln gezogen. | ana ist nach Köln gezogen.
                Ich bin letztes Jahr von Hamburg nach Leipzig gezogen. | ana ist 2025 von Hamburg nach Leipzig gezogen.
                Ich wohne nicht mehr in Bremen. | ana wohnt nicht mehr in Bremen.
                Ich komme ursprünglich aus der Schweiz. | ana kommt ursprünglich aus der Schweiz.
                Ich bin in Graz geboren und in Linz aufgewachsen. | ana ist in Graz geboren.
                Ich arbeite bei Siemens. | ana arbeitet bei Siemens.
                Ich arbeite als Krankenpflegerin bei der Caritas. | ana arbeitet als Krankenpflegerin bei der Caritas.
                Ich bin Tierärztin von Beruf. | ana ist Tierärztin.
                Ich arbeite nicht mehr bei Bosch. | ana arbeitet nicht mehr bei Bosch.
                Ich habe bei Bosch gekündigt. | ana hat bei Bosch aufgehört.
                Ich bin von Bosch zu Siemens gewechselt. | ana ist von Bosch zu Siemens gewechselt.
                Hallo, ich heiße Jörg Müller-Weiß. | ana heißt Jörg Müller-Weiß.
                Mein Name ist Lena. | ana heißt Lena.
                Ich bin 34 Jahre alt. | ana ist 34 Jahre alt.
                Ich habe am 3. Mai Geburtstag. | ana hat am 3. Mai Geburtstag.
                Mein Geburtstag ist der 12. Dezember. | ana hat am 12. Dezember Geburtstag.
                Ich bin verheiratet. | ana ist verheiratet.
                Meine Schwester heißt Ruth. | Die Schwester von ana heißt Ruth.
                Mein Bruder Tim wohnt in Wien. | Der Bruder von ana (Tim) wohnt in Wien.
                Ich habe eine Katze namens Mieze. | ana hat eine Katze namens Mieze.
                Ich habe zwei Kinder. | ana hat zwei Kinder.
                Mein Hund Bello ist letzte Woche gestorben. | Der Hund von ana (Bello) ist in der Woche vom 16. November 2026 gestorben.
                Ich habe keinen Hund mehr. | ana hat keinen Hund mehr.
                Ich habe mein Motorrad verkauft. | ana hat verkauft: Motorrad.
                Ich spreche fließend Polnisch und ein bisschen Tschechisch. | ana spricht fließend Polnisch.
                Ich lerne gerade Japanisch. | ana lernt Japanisch.
                Ich spiele Klavier. | ana spielt Klavier.
                Ich spiele kein Tennis mehr. | ana spielt kein Tennis mehr.
                Ich mag Kaffee. | ana mag Kaffee.
                Ich liebe das Meer. | ana liebt das Meer.
                Ich mag Katzen und Hunde. | ana mag Katzen. ; ana mag Hunde.
                Ich mag Kaffee nicht mehr. | ana mag Kaffee nicht mehr.
                Ich mag keinen Spinat. | ana mag keinen Spinat.
                Ich hasse Montage. | ana hasst Montage.
                Ich koche gern. | ana kocht gern.
                Ich trinke gerne grünen Tee. | ana trinkt gern grünen Tee.
                Mein Lieblingsessen ist Kartoffelsalat. | Als Lieblingsessen nennt ana Kartoffelsalat.
                Ich bin Vegetarierin. | ana ist Vegetarierin.
                Ich bin keine Vegetarierin mehr. | ana ist keine Vegetarierin mehr.
                Ich bin allergisch gegen Nüsse. | ana ist allergisch gegen Nüsse.
                Ich bin leider gegen Penicillin allergisch. | ana ist leider gegen Penicillin allergisch.
                Ich esse kein Fleisch mehr. | ana isst kein Fleisch mehr.
                Ich vertrage keine Milch. | ana verträgt keine Milch.
                Ich rauche nicht mehr. | ana raucht nicht mehr.
                Ich habe Asthma. | ana hat Asthma.
                Ich heiße Ute, wohne in Kiel und arbeite als Bäckerin. | ana heißt Ute. ; ana wohnt in Kiel. ; ana arbeitet als Bäckerin.
                """)
    void plainFactsInGermanAreUnderstood(String sentence, String notes) {
        assertThat(read(sentence)).isEqualTo(notes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Ich trinke am liebsten Tee.",
                "Wohnst du in Bremen?",
                "Wenn ich in Rom wohne, esse ich Pizza.",
                "Ich würde gern in Rom wohnen.",
                "Vielleicht wohne ich bald in Rom.",
                "Mein Bruder sagt, ich wohne in Rom.",
                "„Ich wohne in Rom“, sang der Clown.",
                "Ich mag es, wenn es regnet.",
                "Ich mag dich.",
                "Ich bin müde.",
                "Ich habe eine Frage.",
                "Ich habe heute Kopfschmerzen.",
                "Ich liebe es zu kochen.",
                "Ich glaube, ich mag Jazz.",
                "Ich spiele mit dem Gedanken zu kündigen.",
                "Ich wohne in ständiger Angst.",
                "Ich esse heute kein Fleisch.",
                "Stell dir vor, ich wohne in einem Schloss.",
                "Übersetze bitte: Ich wohne in Rom.",
                "Ich arbeite an einem Buch.",
            })
    void whatIsNoFactInGermanIsLeftOut(String sentence) {
        assertThat(read(sentence)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                Vivo en Sevilla. | ana vive en Sevilla.
                Yo vivo en Madrid desde 2015. | ana vive desde 2015 en Madrid.
                Ahora vivo en Nueva York. | ana vive en Nueva York.
                Me mudé a Valencia el año pasado. | ana se mudó en 2025 a Valencia.
                Me mudé de Madrid a Bilbao. | ana se mudó de Madrid a Bilbao.
                Ya no vivo en Sevilla. | ana ya no vive en Sevilla.
                Soy de México. | ana es de México.
                Nací en Lima y crecí en Quito. | ana nació en Lima. ; ana creció en Quito.
                Trabajo en Telefónica. | ana trabaja en Telefónica.
                Trabajo como enfermera en el Hospital Clínico. | ana trabaja como enfermera en el Hospital Clínico.
                Soy profesora. | ana es profesora.
                Ya no trabajo en Iberia. | ana ya no trabaja en Iberia.
                Dejé mi trabajo en Iberia. | ana dejó su trabajo en Iberia.
                Me llamo José Núñez. | ana se llama José Núñez.
                Tengo 41 años. | ana tiene 41 años.
                Mi cumpleaños es el 7 de junio. | ana cumple años el 7 de junio.
                Nací el 2 de marzo de 1988. | ana nació el 2 de marzo de 1988.
                Estoy casada. | ana está casada.
                Mi hija se llama Inés. | La hija de ana se llama Inés.
                Mi hermano Luis vive en Londres. | El hermano de ana (Luis) vive en Londres.
                Tengo dos hijos. | ana tiene dos hijos.
                Tengo un perro llamado Toby. | ana tiene un perro que se llama Toby.
                Mi gata Luna murió ayer. | La gata de ana (Luna) murió el 22 de noviembre de 2026.
                Ya no tengo perro. | ana ya no tiene perro.
                Vendí mi moto. | ana vendió su moto.
                Hablo francés y portugués. | ana habla francés.
                Estoy aprendiendo euskera. | ana está aprendiendo euskera.
                Toco la guitarra. | ana toca la guitarra.
                Ya no juego al tenis. | ana ya no juega al tenis.
                Me gusta el café. | A ana le gusta el café.
                Me gusta mucho cocinar. | A ana le gusta mucho cocinar.
                Me gustan los gatos y los perros. | A ana le gustan los gatos. ; A ana le gustan los perros.
                Me encanta la música clásica. | A ana le encanta la música clásica.
                Ya no me gusta el café. | A ana ya no le gusta el café.
                No me gustan las aceitunas. | A ana no le gustan las aceitunas.
                Odio los lunes. | ana odia los lunes.
                Soy vegetariana. | ana es vegetariana.
                Ya no soy vegetariana. | ana ya no es vegetariana.
                Soy alérgico a los cacahuetes. | ana es alérgico a los cacahuetes.
                No como carne. | ana no come carne.
                Ya no bebo alcohol. | ana ya no bebe alcohol.
                Dejé de fumar hace dos años. | ana dejó de fumar hacia 2024.
                Tengo asma. | ana tiene asma.
                Hola, me llamo Eva, vivo en Vigo y soy arquitecta. | ana se llama Eva. ; ana vive en Vigo. ; ana es arquitecta.
                """)
    void plainFactsInSpanishAreUnderstood(String sentence, String notes) {
        assertThat(read(sentence)).isEqualTo(notes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "¿Vives en Madrid?",
                "Si vivo en Roma, como pizza.",
                "Me gustaría vivir en Roma.",
                "Quizás vivo en Roma el año que viene.",
                "Mi hermano dice que vivo en Roma.",
                "«Vivo en Roma», cantó el payaso.",
                "Me gusta cuando llueve.",
                "Me gustas tú.",
                "Estoy cansada.",
                "Tengo una pregunta.",
                "Tengo hambre.",
                "Vivo en paz.",
                "Trabajo en casa.",
                "Creo que me gusta el jazz.",
                "Traduce esto: vivo en Roma.",
                "No vivo para trabajar.",
                "Me gusta tu idea.",
            })
    void whatIsNoFactInSpanishIsLeftOut(String sentence) {
        assertThat(read(sentence)).isEmpty();
    }

    /** The message is of Monday, 23 November 2026. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                Ich wohne seit letztem Jahr in Bremen. | ana wohnt seit 2025 in Bremen.
                Seit zwei Jahren wohne ich in Graz. | ana wohnt seit etwa 2024 in Graz.
                Ich bin gestern nach Köln gezogen. | ana ist am 22. November 2026 nach Köln gezogen.
                Letztes Jahr bin ich nach Köln gezogen. | ana ist 2025 nach Köln gezogen.
                Vor zwei Jahren bin ich von Hamburg nach Leipzig gezogen. | ana ist etwa 2024 von Hamburg nach Leipzig gezogen.
                Ich bin vor 3 Monaten nach Wien gezogen. | ana ist etwa im August 2026 nach Wien gezogen.
                Ich bin letzten Freitag nach Kiel gezogen. | ana ist am 20. November 2026 nach Kiel gezogen.
                Vorgestern habe ich bei Bosch gekündigt. | ana hat am 21. November 2026 bei Bosch aufgehört.
                Ich habe letzten Monat mein Motorrad verkauft. | ana hat im Oktober 2026 verkauft: Motorrad.
                Vor drei Wochen habe ich aufgehört zu rauchen. | ana hat um den 2. November 2026 aufgehört zu rauchen.
                Ich arbeite seit diesem Monat bei Siemens. | ana arbeitet seit November 2026 bei Siemens.
                Ich wohne jetzt in Bremen. | ana wohnt in Bremen.
                Vivo en Sevilla desde el año pasado. | ana vive desde 2025 en Sevilla.
                Vivo en Sevilla desde hace dos años. | ana vive más o menos desde 2024 en Sevilla.
                Me mudé ayer a Valencia. | ana se mudó el 22 de noviembre de 2026 a Valencia.
                Hace dos años me mudé a Valencia. | ana se mudó hacia 2024 a Valencia.
                El mes pasado me mudé de Madrid a Bilbao. | ana se mudó en octubre de 2026 de Madrid a Bilbao.
                Me mudé a Lima el viernes pasado. | ana se mudó el 20 de noviembre de 2026 a Lima.
                Mi perro Toby murió anteayer. | El perro de ana (Toby) murió el 21 de noviembre de 2026.
                Vendí mi moto la semana pasada. | ana vendió su moto en la semana del 16 de noviembre de 2026.
                Dejé de fumar hace 3 meses. | ana dejó de fumar hacia agosto de 2026.
                Trabajo en Telefónica desde este mes. | ana trabaja desde noviembre de 2026 en Telefónica.
                Ahora vivo en Sevilla. | ana vive en Sevilla.
                """)
    void relativeDatesBecomeAbsolute(String sentence, String note) {
        assertThat(read(sentence)).isEqualTo(note);
    }

    /** The accent is a character of its own here. */
    @Test
    void relativeDatesWithDecomposedLettersBecomeAbsolute() {
        assertThat(read("Me mude\u0301 a Ma\u0301laga el an\u0303o pasado."))
                .isEqualTo("ana se mudó en 2025 a Ma\u0301laga.");
        assertThat(read("Ich bin vor fu\u0308nf Jahren nach Graz gezogen."))
                .isEqualTo("ana ist etwa 2021 nach Graz gezogen.");
    }

    /** The same slots as in English, so that a fact ends whatever the language of the note is. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                Ich wohne in Bremen. | lives_in | Bremen
                Ich bin von Hamburg nach Leipzig gezogen. | lives_in | Leipzig
                Ich arbeite bei Siemens. | works_at | Siemens
                Ich mag keinen Kaffee mehr. | likes:kaffee | no
                Ich spreche Polnisch. | speaks:polnisch | yes
                Vivo en Sevilla. | lives_in | Sevilla
                Me mudé de Madrid a Bilbao. | lives_in | Bilbao
                Me gusta el café. | likes:café | yes
                Ya no me gusta el café. | likes:café | no
                Mi cumpleaños es el 7 de junio. | birthday | 7 de junio
                """)
    void aPlausibleValueFillsTheSlotOfItsFamily(String sentence, String slot, String value) {
        assertThat(statements(sentence))
                .singleElement()
                .extracting(Statement::slot)
                .isEqualTo(Optional.of(new Slot(slot, value)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Ich wohne in Untermiete.",
                "Ich lebe in Scheidung.",
                "Ich arbeite bei Berlin.",
                "Ich arbeite in Köln.",
                "Me mudé a Linux.",
                "Trabajo en Madrid.",
                "Vivo en Babia.",
                "Mi hijo se llama Max.",
                "Mein Sohn heißt Max.",
            })
    void anImplausibleValueFillsNoSlot(String sentence) {
        assertThat(statements(sentence))
                .isNotEmpty()
                .allSatisfy(statement -> assertThat(statement.slot()).isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                I live in Las Palmas de Gran Canaria. | ana lives in Las Palmas de Gran Canaria.
                I like La La Land. | ana likes La La Land.
                I work at Mein Auto. | ana works at Mein Auto.
                I speak German and Spanish. | ana speaks German and Spanish.
                """)
    void namesInAnotherLanguageLeaveAMessageEnglish(String sentence, String note) {
        assertThat(read(sentence)).isEqualTo(note);
    }

    /** The letters and their accents are two characters here, in the words of the grammar and in the name. */
    @Test
    void decomposedLettersAreUnderstoodAndKept() {
        assertThat(read("Ich heiße Zoe\u0308.")).isEqualTo("ana heißt Zoe\u0308.");
        assertThat(read("Me mude\u0301 a Ma\u0301laga.")).isEqualTo("ana se mudó a Ma\u0301laga.");
    }

    @Test
    void aHugeMessageIsBounded() {
        assertThat(statements("Ich wohne in Bremen und ich mag Tee. ".repeat(30_000)))
                .hasSizeLessThan(1_000);
        assertThat(statements("ich mag " + "a ".repeat(200_000))).isEmpty();
    }
}
