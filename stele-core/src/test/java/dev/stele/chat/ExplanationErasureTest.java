package dev.stele.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.config.SteleModels;
import dev.stele.document.Section;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.AgentName;
import dev.stele.model.NoteDraft;
import dev.stele.support.Stores;
import dev.stele.support.Traces;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sources that are erased while their explanation streams: it ends, and nothing of it is stored. */
class ExplanationErasureTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private final AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});

    /** Quotes all sources in two pieces, between which something happens. */
    private final LanguageModel quoting = new LanguageModel() {
        @Override
        public String name() {
            return "quoting";
        }

        @Override
        public Reply ask(Prompt prompt, Consumer<String> delta) {
            var text = new StringBuilder();
            prompt.sources().forEach(source -> text.append(source.text()).append(' '));
            delta.accept(text.substring(0, text.length() / 2));
            meanwhile.get().run();
            delta.accept(text.substring(text.length() / 2));
            return new Reply(text.toString(), name(), 1, 1);
        }
    };

    private static void add(AgentMemory memory) {
        memory.documents()
                .add(Documents.Draft.of(
                        "sea",
                        Optional.of("lighthouse"),
                        "Lighthouse",
                        List.of(new Section("Keeper", "The keeper of the lighthouse is called zorbaxel."))));
    }

    private TextExplainer.Explained explain(Stele stele) {
        var explainer = new TextExplainer(stele, ChatSettings.DEFAULT);
        var request = new TextExplainer.Request(
                "the keeper",
                "Who is the keeper of the lighthouse?",
                "sea",
                "Lighthouse",
                Optional.empty(),
                Optional.of("ana"));
        TextExplainer.Prepared prepared = explainer.prepare(KIRA, request);
        assertThat(prepared.prompt().sources()).anyMatch(source -> source.text().contains("zorbaxel"));
        var streamed = new StringBuilder();
        TextExplainer.Explained explained = explainer.explain(prepared, new ChatListener() {
            @Override
            public void delta(String piece) {
                streamed.append(piece);
            }
        });
        assertThat(explained.cut()).isFalse();
        assertThat(explained.text()).isEqualTo(streamed.toString()).contains("zorbaxel");
        return explained;
    }

    @Test
    void nothingOfAnExplanationIsStoredWhoseSourceIsErasedMeanwhile() throws Exception {
        try (Stele stele = Stele.open(
                Stores.at(data),
                SteleModels.offline(Optional.of(new WordEmbedder())).withLanguage(quoting))) {
            AgentMemory memory = stele.agent(KIRA);
            List<Consumer<AgentMemory>> ways = List.of(
                    erased -> erased.documents().delete("sea", "lighthouse"),
                    erased -> erased.documents().deleteCollection("sea", false),
                    erased -> erased.users().forget("ana"),
                    _ -> stele.forget(KIRA));
            for (Consumer<AgentMemory> way : ways) {
                add(memory);
                memory.notes()
                        .create(NoteDraft.of("fact", "Ana wants to know who the zorbaxel keeper of the lighthouse is")
                                .withUser("ana"));
                meanwhile.set(() -> way.accept(memory));
                assertThat(explain(stele).interaction()).isEmpty();
                if (stele.exists(KIRA)) {
                    memory.reflect();
                    memory.notes()
                            .list(dev.stele.model.NoteFilter.ALL, 100, Optional.empty())
                            .items()
                            .forEach(note -> memory.notes().delete(note.id()));
                    memory.documents()
                            .list(Optional.empty(), 10, Optional.empty())
                            .items()
                            .forEach(document -> memory.documents().delete(document.collection(), document.id()));
                    memory.runMaintenance();
                }
                assertThat(Traces.of(data, "zorbaxel")).isEmpty();
            }
            // The same instance records an explanation whose sources stay, and erases it with them.
            add(memory);
            meanwhile.set(() -> {});
            assertThat(explain(stele).interaction()).isPresent();
            assertThat(Traces.of(data, "zorbaxel")).isNotEmpty();
            memory.documents().delete("sea", "lighthouse");
            memory.runMaintenance();
            assertThat(Traces.of(data, "zorbaxel")).isEmpty();
        }
    }
}
