package dev.stele;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;

/** The order of the house: a package uses only those below it. */
@AnalyzeClasses(packages = "dev.stele", importOptions = ImportOption.DoNotIncludeTests.class)
class HouseTest {

    @ArchTest
    static final ArchRule packagesUseOnlyThoseBelow = Architectures.layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("arena")
            .definedBy("dev.stele.arena")
            .layer("model")
            .definedBy("dev.stele.model")
            .layer("store")
            .definedBy("dev.stele.store..")
            .layer("language")
            .definedBy("dev.stele.language")
            .layer("reflect")
            .definedBy("dev.stele.reflect")
            .layer("index")
            .definedBy("dev.stele.index")
            .layer("recall")
            .definedBy("dev.stele.recall")
            .layer("graph")
            .definedBy("dev.stele.graph..")
            .layer("transfer")
            .definedBy("dev.stele.transfer")
            .layer("task")
            .definedBy("dev.stele.task")
            .layer("document")
            .definedBy("dev.stele.document")
            .layer("profile")
            .definedBy("dev.stele.profile")
            .layer("concurrent")
            .definedBy("dev.stele.concurrent")
            .layer("io")
            .definedBy("dev.stele.io")
            .layer("door")
            .definedBy("dev.stele")
            .layer("chat")
            .definedBy("dev.stele.chat")
            .whereLayer("chat")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("door")
            .mayOnlyBeAccessedByLayers("chat")
            .whereLayer("document")
            .mayOnlyBeAccessedByLayers("door")
            .whereLayer("profile")
            .mayOnlyBeAccessedByLayers("door", "chat")
            .whereLayer("transfer")
            .mayOnlyBeAccessedByLayers("door")
            .whereLayer("reflect")
            .mayOnlyBeAccessedByLayers("door")
            .whereLayer("language")
            .mayOnlyBeAccessedByLayers("recall", "reflect", "door", "chat")
            .whereLayer("recall")
            .mayOnlyBeAccessedByLayers("door", "chat")
            .whereLayer("graph")
            .mayOnlyBeAccessedByLayers("transfer", "door")
            .whereLayer("index")
            .mayOnlyBeAccessedByLayers("recall", "transfer", "door")
            .whereLayer("store")
            .mayOnlyBeAccessedByLayers("index", "recall", "graph", "transfer", "task", "door")
            .whereLayer("task")
            .mayOnlyBeAccessedByLayers("door");

    @ArchTest
    static final ArchRule arenasStandAlone = noClasses()
            .that()
            .resideInAPackage("dev.stele.arena")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.stele", "dev.stele.model..", "dev.stele.store..", "dev.stele.index..", "dev.stele.recall..");

    @ArchTest
    static final ArchRule onlyTheDoorKnowsWhichStoreItOpens = noClasses()
            .that()
            .resideOutsideOfPackages("dev.stele", "dev.stele.store.sql", "dev.stele.store.sqlite")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.stele.store.sql", "dev.stele.store.sqlite");

    @ArchTest
    static final ArchRule noCircles =
            slices().matching("dev.stele.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theLibraryKnowsNoWebAndNoLanguageModel = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.eclipse.jetty..", "dev.langchain4j..", "org.slf4j..", "picocli..");

    @ArchTest
    static final ArchRule sqlStaysInItsStore = noClasses()
            .that()
            .resideOutsideOfPackages("dev.stele.store.sql", "dev.stele.store.sqlite")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "org.sqlite..");
}
