package dev.stele.bench;

import java.util.List;
import java.util.Random;

/**
 * Generator of random sentences in the style of chats. The sentences are the same for the same seed. Not thread-safe.
 */
final class SyntheticSentences {

    private static final List<String> SUBJECTS = words("""
            I we my_brother my_sister my_neighbour our_teacher the_children my_boss Anna Peter Maria Tom Lena Yusuf Priya Kofi Mei Diego
            my_doctor the_landlord my_cousin our_team grandmother a_colleague my_friend the_plumber""");
    private static final List<String> VERBS = words("""
            found lost bought sold repaired painted visited cooked planned cancelled forgot remembered started finished borrowed returned
            wrote read described photographed cleaned moved built broke ordered tried loved missed recommended watched""");
    private static final List<String> ADJECTIVES = words("""
            small old new red green expensive cheap broken strange wonderful quiet loud heavy light wooden Italian Turkish famous forgotten
            second favourite empty crowded early late warm cold sour sweet spare""");
    private static final List<String> NOUNS = words("""
            bicycle piano garden kitchen novel letter concert museum recipe soup violin camera ticket umbrella lamp carpet puzzle poem boat
            tent course exam interview report budget invoice laptop keyboard phone charger doctor's_appointment passport suitcase train
            flight hotel bridge river mountain lake beach forest market bakery library theatre stadium bread cheese tea coffee medicine
            dog cat horse parrot aquarium painting sculpture drum guitar choir dance film series podcast newspaper map compass rope ladder
            hammer roof window door fence wall chimney oven fridge sink""");
    private static final List<String> PLACES = words("""
            at_home at_work in_the_city by_the_river near_the_station behind_the_school in_Lisbon in_Oslo in_Kyoto in_Accra in_Lima
            on_the_island at_the_fair in_the_cellar upstairs online at_the_airport in_the_park""");
    private static final List<String> TIMES = words("""
            yesterday today last_week last_month on_Monday on_Friday this_morning in_March in_August two_days_ago at_night before_lunch
            after_the_holidays tomorrow_perhaps again finally""");

    private final Random random;

    SyntheticSentences(long seed) {
        this.random = new Random(seed);
    }

    /** Returns the next sentence. */
    String next() {
        return "%s %s the %s %s %s %s."
                .formatted(pick(SUBJECTS), pick(VERBS), pick(ADJECTIVES), pick(NOUNS), pick(PLACES), pick(TIMES))
                .replace('_', ' ');
    }

    private String pick(List<String> words) {
        return words.get(random.nextInt(words.size()));
    }

    private static List<String> words(String text) {
        return List.of(text.split("\\s+"));
    }
}
