package dev.stele.bench;

import java.util.List;
import java.util.Random;

/** Sentences as people write them in chats, by chance. The same ones for the same seed. Not thread-safe. */
final class SyntheticSentences {

    private static final List<String> WHO = words("""
            I we my_brother my_sister my_neighbour our_teacher the_children my_boss Anna Peter Maria Tom Lena Yusuf Priya Kofi Mei Diego
            my_doctor the_landlord my_cousin our_team grandmother a_colleague my_friend the_plumber""");
    private static final List<String> DID = words("""
            found lost bought sold repaired painted visited cooked planned cancelled forgot remembered started finished borrowed returned
            wrote read described photographed cleaned moved built broke ordered tried loved missed recommended watched""");
    private static final List<String> HOW = words("""
            small old new red green expensive cheap broken strange wonderful quiet loud heavy light wooden Italian Turkish famous forgotten
            second favourite empty crowded early late warm cold sour sweet spare""");
    private static final List<String> WHAT = words("""
            bicycle piano garden kitchen novel letter concert museum recipe soup violin camera ticket umbrella lamp carpet puzzle poem boat
            tent course exam interview report budget invoice laptop keyboard phone charger doctor's_appointment passport suitcase train
            flight hotel bridge river mountain lake beach forest market bakery library theatre stadium bread cheese tea coffee medicine
            dog cat horse parrot aquarium painting sculpture drum guitar choir dance film series podcast newspaper map compass rope ladder
            hammer roof window door fence wall chimney oven fridge sink""");
    private static final List<String> WHERE = words("""
            at_home at_work in_the_city by_the_river near_the_station behind_the_school in_Lisbon in_Oslo in_Kyoto in_Accra in_Lima
            on_the_island at_the_fair in_the_cellar upstairs online at_the_airport in_the_park""");
    private static final List<String> WHEN = words("""
            yesterday today last_week last_month on_Monday on_Friday this_morning in_March in_August two_days_ago at_night before_lunch
            after_the_holidays tomorrow_perhaps again finally""");

    private final Random random;

    SyntheticSentences(long seed) {
        this.random = new Random(seed);
    }

    String next() {
        return "%s %s the %s %s %s %s."
                .formatted(one(WHO), one(DID), one(HOW), one(WHAT), one(WHERE), one(WHEN))
                .replace('_', ' ');
    }

    private String one(List<String> words) {
        return words.get(random.nextInt(words.size()));
    }

    private static List<String> words(String text) {
        return List.of(text.split("\\s+"));
    }
}
