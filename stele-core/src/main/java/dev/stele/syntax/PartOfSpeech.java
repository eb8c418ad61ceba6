package dev.stele.syntax;

/** Part of speech of a token: the universal tags of Universal Dependencies, version 2. */
public enum PartOfSpeech {
    /** Adjective. */
    ADJ,
    /** Preposition or postposition. */
    ADP,
    /** Adverb. */
    ADV,
    /** Auxiliary verb, modal verb or copula. */
    AUX,
    /** Coordinating conjunction. */
    CCONJ,
    /** Determiner. */
    DET,
    /** Interjection. */
    INTJ,
    /** Common noun. */
    NOUN,
    /** Numeral. */
    NUM,
    /** Particle, such as "not" and the "to" of an infinitive. */
    PART,
    /** Pronoun, also a possessive one. */
    PRON,
    /** Proper noun. */
    PROPN,
    /** Punctuation. */
    PUNCT,
    /** Subordinating conjunction. */
    SCONJ,
    /** Symbol. */
    SYM,
    /** Main verb. */
    VERB,
    /** Anything else. */
    X
}
