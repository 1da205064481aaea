package io.gatehouse.tests.l7;

import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code docs/conformance.md}: each case of each corpus, and what Gatehouse makes of it. It says
 * what the tests beside it check against a running node.
 */
final class ConformancePage {
  /**
   * @param title in words
   * @param about where the cases are from, and what the columns say
   * @param source heading of the column with the corpus's verdict
   * @param vectors its cases
   */
  private record Corpus(String title, String about, String source, List<Vector> vectors) {
    long agreeing() {
      return vectors.stream().filter(Vector::agrees).count();
    }
  }

  private static final List<Corpus> CORPORA =
      List.of(
          new Corpus(
              "HTTP/1.1 requests: llhttp",
              """
              The request corpus of [llhttp](https://github.com/nodejs/llhttp), the parser of Node.js (test/request, commit 01e105a), \
              written anew with a Host. `lenient` is what llhttp takes only with a flag set.\
              """,
              "llhttp",
              RequestVectorsTest.LLHTTP),
          new Corpus(
              "HTTP/1.1 responses: llhttp",
              """
              Its response corpus (test/response), sent by a backend. `cut` is an answer that breaks off at the client, with the \
              connection, so that it cannot be taken for whole.\
              """,
              "llhttp",
              ResponseVectorsTest.LLHTTP),
          new Corpus(
              "Request smuggling",
              """
              Permutations of PortSwigger's [HTTP Request Smuggler](https://github.com/PortSwigger/http-request-smuggler), findings \
              of the [HTTP Garden](https://github.com/narfindustries/http-garden) by their numbers (S servers, T hops between), \
              advisories, and RFC 9112 section 11. Where a case is accepted, the backend got what is shown, framed anew, and \
              nothing else.\
              """,
              "a safe hop",
              RequestVectorsTest.SMUGGLING));

  private static final List<Http2Case> HTTP2 = Http2Case.all();
  private static final List<WebSocketCase> WEB_SOCKETS = WebSocketCases.ALL;

  private static final int SHOWN_FRAMES = 5;

  private ConformancePage() {}

  static String text() {
    return """
    # Conformance

    Public corpora, replayed over sockets against the running program with a strict recorder behind it. The tests
    `RequestVectorsTest`, `ResponseVectorsTest`, `Http2CasesTest` and `WebSocketCasesTest` hold every line of these tables; the page is made
    from their cases:
    `./gatehouse verify -pl tests/suite -am -Dtest=ConformancePageTest -Dsurefire.failIfNoSpecifiedTests=false -Dgatehouse.rewrite=true`.

    In the column Gatehouse, a request that goes on is shown with its answer's status, its method, its target and its body as the
    backend has read them; a refusal with its status and the reason that `gatehouse_l7_http_violations_total` and the access log
    give. `closed` says that nothing more is read from the connection.

    | corpus | cases | as the corpus says | otherwise, for the reason given |
    |---|---|---|---|
    """
        + CORPORA.stream().map(ConformancePage::sum).collect(Collectors.joining())
        + http2Sum()
        + webSocketSum()
        + CORPORA.stream().map(ConformancePage::table).collect(Collectors.joining())
        + http2Table()
        + webSocketTable();
  }

  private static String http2Sum() {
    long otherwise = HTTP2.stream().filter(each -> !each.why().isEmpty()).count();
    return "| HTTP/2: h2spec | %d | %d | %d |%n"
        .formatted(HTTP2.size(), HTTP2.size() - otherwise, otherwise);
  }

  private static String webSocketSum() {
    return "| WebSockets: Autobahn | %1$d | %1$d | 0 |%n".formatted(WEB_SOCKETS.size());
  }

  private static String webSocketTable() {
    return """

    ## WebSockets: Autobahn

    Cases of [Autobahn|Testsuite](https://github.com/crossbario/autobahn-testsuite) for servers, by its sections, written anew in
    `WebSocketCasesTest`. Gatehouse passes frames on as they are, so each case goes to a real server (websockets for Python) without
    Gatehouse, through it over HTTP/1.1, over HTTP/2, and over HTTP/2 on both sides, and the same must come back each time.

    | case | the client sends | what comes back |
    |---|---|---|
    """
        + WEB_SOCKETS.stream()
            .map(
                each ->
                    "| %s | %s | %s |%n"
                        .formatted(each.section(), each.sends(), String.join(", ", brief(each))))
            .collect(Collectors.joining());
  }

  /** Several of the same, one after the other, are said once. */
  private static List<String> brief(WebSocketCase each) {
    var texts = each.expected().stream().map(ConformancePage::code).toList();
    return texts.size() <= SHOWN_FRAMES
        ? texts
        : List.of(texts.getFirst(), "…", texts.get(texts.size() - 2), texts.getLast());
  }

  private static String http2Table() {
    return """

    ## HTTP/2: h2spec

    The cases of [h2spec](https://github.com/summerwind/h2spec) 2.6 for servers, by its sections (which follow RFC 7540), written
    anew in `Http2CasesTest`, which sends the frames. An error counts here only with its code: an end of the connection without
    GOAWAY, which h2spec takes for a connection error, does not.

    | case | the client sends | required | otherwise |
    |---|---|---|---|
    """
        + HTTP2.stream()
            .map(
                each ->
                    "| %s | %s | %s | %s |%n"
                        .formatted(each.section(), each.sends(), each.required(), each.why()))
            .collect(Collectors.joining());
  }

  private static String sum(Corpus corpus) {
    int cases = corpus.vectors.size();
    return "| %s | %d | %d | %d |%n"
        .formatted(corpus.title, cases, corpus.agreeing(), cases - corpus.agreeing());
  }

  private static String table(Corpus corpus) {
    return "%n## %s%n%n%s%n%n| case | %s | Gatehouse | why otherwise |%n|---|---|---|---|%n"
            .formatted(corpus.title, corpus.about, corpus.source)
        + corpus.vectors.stream().map(ConformancePage::row).collect(Collectors.joining());
  }

  private static String row(Vector vector) {
    var outcome =
        vector.expected().stream().map(ConformancePage::code).collect(Collectors.joining(", "));
    return "| %s | %s | %s | %s |%n"
        .formatted(escaped(vector.name()), vector.verdict(), outcome, escaped(vector.why()));
  }

  private static String code(String text) {
    var shown = text.length() <= 80 ? text : text.substring(0, 77) + "...";
    return "`" + shown.replace("|", "\\|") + "`";
  }

  private static String escaped(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;");
  }
}
