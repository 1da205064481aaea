package io.gatehouse.tests.architecture;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds every class of the product to {@link Module}'s table and to the house rules. */
class ArchitectureTest {
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .importPackages(Stream.of(Module.values()).map(Module::facade).toArray(String[]::new));

  /** Names that say nothing of what a thing is. */
  private static final String VAGUE_CLASS = ".*(Utils?|Helpers?|Managers?|Impl)";

  private static final String VAGUE_PACKAGE = "(.*\\.)?(utils?|misc|common|helpers?|impl)\\..*";

  @ParameterizedTest
  @EnumSource
  void everyModuleIsThere(Module module) {
    assertThat(PRODUCT.containPackage(module.facade())).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void usesOnlyWhatTheTableAllows(Module module) {
    usesOnly(module, module.allowed()).check(PRODUCT);
  }

  @ParameterizedTest
  @EnumSource
  void isSeenByOthersThroughItsFacadeAlone(Module module) {
    noClasses()
        .that()
        .resideOutsideOfPackage(module.packages())
        .should()
        .dependOnClassesThat()
        .resideInAPackage(module.inner())
        .check(PRODUCT);
  }

  @TestFactory
  Stream<DynamicTest> houseRules() {
    return Stream.of(
        rule(
            "the tiers never see each other",
            slices().matching("io.gatehouse.(l4|l7)..").should().notDependOnEachOther()),
        rule(
            "only the transport knows what I/O mechanism it is",
            noClasses()
                .that()
                .resideOutsideOfPackage("io.gatehouse.transport..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty.channel.epoll..", "io.netty.channel.uring..")),
        rule(
            "only linux reaches native code",
            noClasses()
                .that()
                .resideOutsideOfPackage("io.gatehouse.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jnr..", "java.lang.foreign..")),
        rule("no class has a vague name", noClasses().should().haveNameMatching(VAGUE_CLASS)),
        rule("no package has a vague name", noClasses().should().haveNameMatching(VAGUE_PACKAGE)),
        rule(
            "only the command line writes to standard output",
            noClasses()
                .that()
                .resideOutsideOfPackages("io.gatehouse.appliance", "io.gatehouse.appliance.demo")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")),
        rule(
            "only the command line ends the process",
            noClasses()
                .that()
                .resideOutsideOfPackages("io.gatehouse.appliance", "io.gatehouse.appliance.demo")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)),
        rule(
            "nothing waits by sleeping",
            noClasses()
                .should()
                .callMethodWhere(target(owner(type(Thread.class))).and(target(name("sleep"))))),
        // logback makes its encoders itself, before the node's name is known
        rule(
            "no static field changes",
            fields()
                .that()
                .areStatic()
                .and()
                .areDeclaredInClassesThat()
                .doNotHaveFullyQualifiedName("io.gatehouse.appliance.log.JsonLineEncoder")
                .should()
                .beFinal()));
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(PRODUCT.stream().map(JavaClass::getPackage).distinct())
        .filteredOn(owner -> !owner.isAnnotatedWith(NullMarked.class))
        .extracting(JavaPackage::getName)
        .isEmpty();
  }

  @Test
  void aBreachOfTheTableIsFound() {
    assertThatThrownBy(() -> usesOnly(Module.L7, "java..").check(PRODUCT))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("io.netty");
  }

  private static ArchRule usesOnly(Module module, String... packages) {
    return classes()
        .that()
        .resideInAPackage(module.packages())
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(packages);
  }

  private static DynamicTest rule(String name, ArchRule rule) {
    return DynamicTest.dynamicTest(name, () -> rule.as(name).check(PRODUCT));
  }
}
