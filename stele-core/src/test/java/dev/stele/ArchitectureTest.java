package dev.stele;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;

/** Layers of the library: a package uses packages of lower layers only. */
@AnalyzeClasses(packages = "dev.stele", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /** Packages below {@code dev.stele} by layer, the lowest first. Those of the lowest layer may use each other. */
    private static final List<List<String>> LAYERS = List.of(
            List.of("model", "arena", "io", "concurrent", "embedding", "document", "syntax", "telemetry"),
            List.of("store", "analysis", "language", "profile", "audit"),
            List.of("vector", "graph", "graph.cypher", "task", "extract", "store.sql"),
            List.of("index", "config", "store.sqlite"),
            List.of("recall", "transfer", "erasure"),
            List.of("engine"),
            List.of("change", "context", "files", "reflect", "segment"),
            List.of("maintenance"),
            List.of(""),
            List.of("chat"));

    private static final Map<String, Integer> LAYER_OF = new HashMap<>();

    static {
        for (int layer = 0; layer < LAYERS.size(); layer++) {
            for (String name : LAYERS.get(layer)) {
                LAYER_OF.put(name.isEmpty() ? "dev.stele" : "dev.stele." + name, layer);
            }
        }
    }

    @ArchTest
    static final ArchRule packagesUseLowerLayersOnly =
            classes().that().resideInAPackage("dev.stele..").should(useLowerLayersOnly());

    private static ArchCondition<JavaClass> useLowerLayersOnly() {
        return new ArchCondition<>("use packages of lower layers only") {
            @Override
            public void check(JavaClass from, ConditionEvents events) {
                for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                    String here = from.getPackageName();
                    String there =
                            dependency.getTargetClass().getBaseComponentType().getPackageName();
                    if (here.equals(there) || !there.startsWith("dev.stele") || isPart(here, there)) {
                        continue;
                    }
                    int own = LAYER_OF.getOrDefault(here, -1);
                    int used = LAYER_OF.getOrDefault(there, Integer.MAX_VALUE);
                    if (used > own || (used == own && own != 0)) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        };
    }

    /** The query language is part of the graph package, and each may use the other. */
    private static boolean isPart(String here, String there) {
        return here.startsWith("dev.stele.graph") && there.startsWith("dev.stele.graph");
    }

    /**
     * Threads are chosen in one place. Virtual threads, which native code and long computations would stop for all, are
     * started only where they do nothing but wait.
     */
    @ArchTest
    static final ArchRule threadsAreStartedByThePackageForThem = noClasses()
            .that()
            .resideOutsideOfPackage("dev.stele.concurrent")
            .and(not(nameMatching("dev\\.stele\\.reflect\\.UserQueues")))
            .should()
            .callMethod(Thread.class, "ofVirtual")
            .orShould()
            .callMethod(Thread.class, "ofPlatform")
            .orShould()
            .callMethod(Thread.class, "startVirtualThread", Runnable.class)
            .orShould()
            .callConstructorWhere(target(owner(assignableTo(Thread.class))))
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(Executors.class, ForkJoinPool.class);

    @ArchTest
    static final ArchRule vectorsAreSearchedThroughTheIndex = classes()
            .that()
            .resideInAPackage("dev.stele.vector")
            .should()
            .onlyBeAccessed()
            .byAnyPackage("dev.stele.vector", "dev.stele.index");

    @ArchTest
    static final ArchRule arenasStandAlone = noClasses()
            .that()
            .resideInAPackage("dev.stele.arena")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.stele", "dev.stele.model..", "dev.stele.store..", "dev.stele.index..");

    @ArchTest
    static final ArchRule onlyTheEngineChoosesAStore = noClasses()
            .that()
            .resideOutsideOfPackages("dev.stele.engine", "dev.stele.store.sql", "dev.stele.store.sqlite")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.stele.store.sql", "dev.stele.store.sqlite");

    @ArchTest
    static final ArchRule theEngineIsUsedBelowThePublicApiOnly = classes()
            .that()
            .resideInAPackage("dev.stele.engine")
            .should()
            .onlyBeAccessed()
            .byAnyPackage(
                    "dev.stele.engine",
                    "dev.stele.change",
                    "dev.stele.context",
                    "dev.stele.files",
                    "dev.stele.reflect",
                    "dev.stele.segment",
                    "dev.stele.maintenance",
                    "dev.stele");

    @ArchTest
    static final ArchRule maintenanceIsStartedByThePublicApiOnly = classes()
            .that()
            .resideInAPackage("dev.stele.maintenance")
            .should()
            .onlyBeAccessed()
            .byAnyPackage("dev.stele.maintenance", "dev.stele");

    /** The root package is the entry to the library; a reader should see all of it at once. */
    @ArchTest
    static void rootPackageHasTwelveTypesAtMost(JavaClasses library) {
        List<String> types = library.stream()
                .filter(type -> type.getPackageName().equals("dev.stele")
                        && type.isTopLevelClass()
                        && !type.getSimpleName().equals("package-info"))
                .map(JavaClass::getSimpleName)
                .sorted()
                .toList();
        assertThat(types).hasSizeLessThanOrEqualTo(12);
    }

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("dev.stele.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theLibraryUsesNoWebServerAndNoModelService = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.eclipse.jetty..", "dev.langchain4j..", "org.slf4j..", "picocli..");

    @ArchTest
    static final ArchRule sqlStaysInTheStores = noClasses()
            .that()
            .resideOutsideOfPackages("dev.stele.store.sql", "dev.stele.store.sqlite")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "org.sqlite..");
}
