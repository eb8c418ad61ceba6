package dev.stele.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Checks that the other modules use only the API of the library. All modules are on the class path of this one. */
@AnalyzeClasses(
        packages = "dev.stele",
        importOptions = {ImportOption.DoNotIncludeTests.class, LibraryApiTest.NoTestJars.class})
class LibraryApiTest {

    /** Excludes the classes of tests of other modules, which come in jars. */
    static final class NoTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    private static final String LIBRARY = "stele-core";

    /** Packages of which every public type is part of the API. */
    private static final Set<String> PACKAGES = Set.of(
            "dev.stele",
            "dev.stele.arena",
            "dev.stele.change",
            "dev.stele.chat",
            "dev.stele.config",
            "dev.stele.context",
            "dev.stele.document",
            "dev.stele.embedding",
            "dev.stele.extract",
            "dev.stele.files",
            "dev.stele.language",
            "dev.stele.model",
            "dev.stele.profile",
            "dev.stele.segment",
            "dev.stele.task",
            "dev.stele.telemetry");

    /** Types of the API in packages that are internal otherwise; their nested types are included. */
    private static final Set<String> TYPES = Set.of(
            "dev.stele.analysis.Languages",
            "dev.stele.graph.GraphAnalytics", // what Graph.analyze returns
            "dev.stele.graph.EntityRanking", // what GraphAnalytics.ranking returns
            "dev.stele.graph.GraphPath",
            "dev.stele.graph.GraphWriter", // what Graph.edit hands to its caller
            "dev.stele.graph.McpMemoryGraph",
            "dev.stele.graph.Subgraph",
            "dev.stele.graph.Traversal", // what Graph.walk returns
            "dev.stele.graph.cypher.QueryResult",
            "dev.stele.recall.FoldedItem",
            "dev.stele.recall.Hit",
            "dev.stele.recall.RecallFilter",
            "dev.stele.recall.RecallMode",
            "dev.stele.recall.RecallQuery",
            "dev.stele.recall.RecallResult",
            "dev.stele.reflect.ConsolidationPlanner",
            "dev.stele.reflect.Consolidations",
            "dev.stele.reflect.Operation",
            "dev.stele.store.DatabaseConfig",
            "dev.stele.store.GraphScope", // what Graph.walk and Graph.analyze take
            "dev.stele.store.GraphView", // what Graph.read hands to its caller
            "dev.stele.transfer.ExportFormat",
            "dev.stele.transfer.ExportReport",
            "dev.stele.transfer.ImportFormat",
            "dev.stele.transfer.ImportOptions",
            "dev.stele.transfer.ImportReport",
            "dev.stele.transfer.ImportSource",
            "dev.stele.transfer.VectorTime");

    /** Packages that are internal to this project and shared by its modules. */
    private static final Set<String> SHARED = Set.of("dev.stele.audit", "dev.stele.concurrent", "dev.stele.io");

    /** Internal packages and types that a module may use in addition, with the reason. */
    private static final Map<String, Set<String>> EXCEPTIONS_BY_MODULE = Map.of(
            // implements the store
            "stele-postgres",
            Set.of("dev.stele.store", "dev.stele.store.sql"),
            // measures vector search and analysis without the store
            "stele-bench",
            Set.of(
                    "dev.stele.analysis.Analyzer",
                    "dev.stele.analysis.Language",
                    "dev.stele.index.IndexSnapshot",
                    "dev.stele.index.VectorSearch",
                    "dev.stele.store.ItemRow"));

    @ArchTest
    static final ArchRule otherModulesUseOnlyTheApi = classes().should(useOnlyTheApi());

    private static ArchCondition<JavaClass> useOnlyTheApi() {
        return new ArchCondition<>("use only the API of the library") {
            @Override
            public void check(JavaClass from, ConditionEvents events) {
                if (isOf(LIBRARY, from)) {
                    return;
                }
                for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    if (isOf(LIBRARY, target) && !isAllowed(from, target)) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static boolean isAllowed(JavaClass from, JavaClass target) {
        String type = outermost(target);
        Set<String> exceptions = EXCEPTIONS_BY_MODULE.entrySet().stream()
                .filter(entry -> isOf(entry.getKey(), from))
                .findFirst()
                .map(Map.Entry::getValue)
                .orElse(Set.of());
        return List.of(PACKAGES, SHARED, exceptions).stream().anyMatch(set -> set.contains(target.getPackageName()))
                || TYPES.contains(type)
                || exceptions.contains(type);
    }

    private static String outermost(JavaClass type) {
        Optional<JavaClass> enclosing = type.getEnclosingClass();
        return enclosing.map(LibraryApiTest::outermost).orElse(type.getName());
    }

    /** Returns whether a class was read from the directory or the jar of a module. */
    private static boolean isOf(String module, JavaClass type) {
        return type.getSource()
                .map(source -> source.getUri().toString().contains("/" + module))
                .orElse(false);
    }
}
