package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds each key that the binder knows to what all of them promise. */
class EveryKeyTest {

  static List<String> paths() {
    return List.copyOf(keys().keySet());
  }

  private static Map<String, Key<?>> keys() {
    Map<String, Key<?>> found = new LinkedHashMap<>();
    collect("", FrontDoorSection.TYPE, found);
    return found;
  }

  private static void collect(String path, Type<?> type, Map<String, Key<?>> found) {
    switch (type) {
      case ScalarType<?> scalar -> {}
      case ListType<?> list -> collect(path + "[]", list.item(), found);
      case NamesType<?> names -> collect(path + ".NAME", names.item(), found);
      case OffType<?> off -> collect(path, off.on(), found);
      case ObjectType<?> object -> {
        for (Key<?> key : object.keys()) {
          found.put(path + "/" + key.name(), key);
          collect(path + "/" + key.name(), key.type(), found);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("paths")
  void refusesValuesOfAnotherType(String path) {
    Key<?> key = key(path);
    for (String wrong : List.of("[[[]]]", "{ '?!': [] }", "\"\\0\"", "~")) {
      List<Diagnostic> found = bind(key, wrong);
      assertThat(found).as("%s: %s", path, wrong).isNotEmpty();
      assertThat(found)
          .allSatisfy(
              d -> {
                assertThat(d.line()).isOne();
                assertThat(d.column()).isBetween(1, wrong.length());
                assertThat(d.hint()).isNotBlank();
              });
    }
  }

  @ParameterizedTest
  @MethodSource("paths")
  void takesItsOwnExample(String path) {
    Key<?> key = key(path);
    assertThat(bind(key, key.type().example())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("paths")
  void takesItsOwnDefault(String path) {
    Key<?> key = key(path);
    if (key.fallback() != null && !key.absence().isEmpty()) {
      assertThat(bind(key, key.absence())).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("paths")
  void saysWhatItMeansInASentence(String path) {
    assertThat(key(path).doc()).matches("(?s)[`A-Z].*\\.");
  }

  private static Key<?> key(String path) {
    Key<?> key = keys().get(path);
    assertThat(key).isNotNull();
    return key;
  }

  private static List<Diagnostic> bind(Key<?> key, String value) {
    SourceText source = SourceText.of("test.yaml", value);
    var findings = new Findings(source);
    YamlNode node = YamlTree.parse(source, findings);
    assertThat(node).as(value).isNotNull();
    var scope = Scope.of(findings, new Origins()).at(key.name());
    Object bound = key.type().bind(node, scope);
    List<Diagnostic> found = new ArrayList<>(findings.inOrder());
    assertThat(bound != null || !found.isEmpty()).as("nothing bound, nothing said").isTrue();
    return found;
  }
}
