package io.gatehouse.l7.http;

/** What a step over a message head came to: {@link Progress} or the rule that it breaks. */
public sealed interface HeadResult permits HeadResult.Progress, HttpViolation {

  /** The head breaks no rule so far. */
  enum Progress implements HeadResult {
    /** The head isn't whole: call again with the same buffer when more has arrived. */
    NEED_MORE,
    /** The head is whole and valid. */
    DONE
  }
}
