package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Entry;
import io.gatehouse.appliance.config.YamlNode.Mapping;
import io.gatehouse.appliance.config.YamlNode.Position;
import io.gatehouse.appliance.config.YamlNode.Scalar;
import io.gatehouse.appliance.config.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.events.StreamEndEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Builds the nodes of one YAML 1.2 document from the parser's events. The parser keeps its own
 * state on a heap stack, so depth is bounded here, and so is what aliases expand to (the "billion
 * laughs" document). Used once, by one thread.
 */
final class YamlTree {
  /** Deepest nesting; the file's own is 8. */
  static final int MAX_DEPTH = 32;

  /** Most nodes, every alias counted as a copy. */
  static final int MAX_NODES = 200_000;

  private static final String SYNTAX_HINT =
      "see the line above, too: YAML often notices one line late";

  private final SourceText source;
  private final Findings findings;
  private final Iterator<Event> events;
  private final Map<Anchor, YamlNode> anchors = new HashMap<>();
  private int nodes;
  private Position last = Position.START;

  private YamlTree(SourceText source, Findings findings) {
    this.source = source;
    this.findings = findings;
    var settings =
        LoadSettings.builder()
            .setUseMarks(true)
            .setCodePointLimit(SourceText.MAX_FILE_BYTES)
            .build();
    this.events = new Parse(settings).parseString(source.text()).iterator();
  }

  /** Parses the one document; null, after an error has been reported, if there is none. */
  static @Nullable YamlNode parse(SourceText source, Findings findings) {
    return new YamlTree(source, findings).document();
  }

  private @Nullable YamlNode document() {
    try {
      next(); // stream start
      if (next() instanceof StreamEndEvent) {
        findings.error(
            Position.START,
            "empty-file",
            "the file is empty",
            "begin with 'nodes:' and 'listeners:'");
        return null;
      }
      YamlNode root = node(next(), 1);
      next(); // document end
      Event next = next();
      if (!(next instanceof StreamEndEvent)) {
        throw new Refused(
            position(next),
            "many-documents",
            "a second document begins here",
            "keep one; '---' begins another");
      }
      return root;
    } catch (Refused e) {
      findings.error(e.at, e.code, e.message, e.hint);
    } catch (MarkedYamlEngineException e) {
      String context = e.getContext() == null ? "" : " " + e.getContext();
      findings.error(
          position(e.getProblemMark().or(e::getContextMark)),
          "yaml-syntax",
          "not YAML: " + e.getProblem() + context,
          SYNTAX_HINT);
    } catch (ReaderException e) {
      findings.error(
          source.position(e.getPosition()),
          "yaml-syntax",
          "the character U+%04X may not stand in YAML".formatted(e.getCodePoint()),
          "delete it, or write it as an escape in double quotes");
    } catch (YamlEngineException e) {
      findings.error(Position.START, "yaml-syntax", "not YAML: " + e.getMessage(), SYNTAX_HINT);
    }
    return null;
  }

  /** The next event; the parser's slips on text that is no YAML are its way of saying so. */
  private Event next() {
    try {
      Event event = events.next();
      last = position(event);
      return event;
    } catch (YamlEngineException e) {
      throw e;
    } catch (RuntimeException e) { // such as NumberFormatException for an escape without digits
      throw new Refused(last, "yaml-syntax", "not YAML soon after this place", SYNTAX_HINT);
    }
  }

  private YamlNode node(Event event, int depth) {
    Position at = position(event);
    if (depth > MAX_DEPTH) {
      throw new Refused(
          at, "too-deep", "nested more than %d levels deep".formatted(MAX_DEPTH), "unfold it");
    }
    YamlNode node =
        switch (event) {
          case ScalarEvent e -> scalar(e, at);
          case SequenceStartEvent e -> sequence(e, at, depth);
          case MappingStartEvent e -> mapping(e, at, depth);
          case AliasEvent e -> alias(e, at);
          default -> throw new IllegalStateException("unexpected event: " + event);
        };
    if (event instanceof NodeEvent e && !(e instanceof AliasEvent)) {
      e.getAnchor().ifPresent(anchor -> anchors.put(anchor, node));
    }
    return node;
  }

  private Scalar scalar(ScalarEvent event, Position at) {
    refuseTag(event.getTag(), at);
    count(1, at);
    return new Scalar(at, event.getValue(), event.isPlain());
  }

  private Sequence sequence(SequenceStartEvent start, Position at, int depth) {
    refuseTag(start.getTag(), at);
    count(1, at);
    List<YamlNode> items = new ArrayList<>();
    int size = 1;
    for (Event event = next(); !(event instanceof SequenceEndEvent); event = next()) {
      YamlNode item = node(event, depth + 1);
      items.add(item);
      size += item.size();
    }
    return new Sequence(at, items, size);
  }

  private Mapping mapping(MappingStartEvent start, Position at, int depth) {
    refuseTag(start.getTag(), at);
    count(1, at);
    Map<String, Entry> entries = new LinkedHashMap<>();
    int size = 1;
    for (Event event = next(); !(event instanceof MappingEndEvent); event = next()) {
      YamlNode key = node(event, depth + 1);
      YamlNode value = node(next(), depth + 1);
      size += key.size() + value.size();
      if (!(key instanceof Scalar name)) {
        findings.error(
            key.at(),
            "bad-key",
            "a key must be a word, not " + key.noun(),
            "quote it if it is one");
        continue;
      }
      Entry first = entries.putIfAbsent(name.text(), new Entry(name, value));
      if (first != null) {
        findings.error(
            key.at(),
            "duplicate-key",
            "'%s' stands here a second time".formatted(name.text()),
            "it stands first on line %d; keep one of them".formatted(first.key().at().line()));
      }
    }
    return new Mapping(at, entries, size);
  }

  private YamlNode alias(AliasEvent event, Position at) {
    YamlNode target = anchors.get(event.getAlias());
    if (target == null) {
      throw new Refused(
          at,
          "unknown-anchor",
          "there is no complete value '&%s' before this".formatted(event.getAlias()),
          "an alias must come after the whole value that it repeats");
    }
    count(target.size(), at);
    return target;
  }

  private void count(int added, Position at) {
    nodes += added;
    if (nodes > MAX_NODES) {
      throw new Refused(
          at,
          "too-many-values",
          "the file holds more than %d values, aliases expanded".formatted(MAX_NODES),
          "is an alias repeated within what it repeats?");
    }
  }

  private static void refuseTag(Optional<String> tag, Position at) {
    if (tag.isPresent()) {
      throw new Refused(
          at, "yaml-tag", "the tag '%s' has no meaning here".formatted(tag.get()), "leave it out");
    }
  }

  private Position position(Event event) {
    return position(event.getStartMark());
  }

  private Position position(Optional<Mark> mark) {
    return mark.map(m -> new Position(m.getLine() + 1, m.getColumn() + 1)).orElseGet(source::end);
  }

  /** Ends the parse at a place. */
  private static final class Refused extends RuntimeException {
    final transient Position at;
    final String code;
    final String message;
    final String hint;

    Refused(Position at, String code, String message, String hint) {
      super(message, null, false, false);
      this.at = at;
      this.code = code;
      this.message = message;
      this.hint = hint;
    }
  }
}
