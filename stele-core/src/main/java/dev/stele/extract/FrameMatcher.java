package dev.stele.extract;

import dev.stele.extract.Phrases.Span;
import java.util.Optional;
import java.util.Set;

/** Matcher that finds the frame of a clause in the table of frames. Stateless. */
final class FrameMatcher {

    private FrameMatcher() {}

    record Match(Frame frame, Plausibility.Value value, Span span) {}

    static Optional<Match> match(Clause clause, Phrases phrases) {
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
}
