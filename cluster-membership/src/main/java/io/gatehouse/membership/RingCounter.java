package io.gatehouse.membership;

import io.gatehouse.transport.Metric;

/** What the ring counts, with the name and help text of its Prometheus metric. */
public enum RingCounter implements Metric {
  PACKETS_RECEIVED("gatehouse_ring_packets_received_total", "Gossip packets received."),
  PACKETS_SENT("gatehouse_ring_packets_sent_total", "Gossip packets sent."),
  BYTES_RECEIVED("gatehouse_ring_received_bytes_total", "Bytes of gossip packets received."),
  BYTES_SENT("gatehouse_ring_sent_bytes_total", "Bytes of gossip packets sent."),
  SEND_FAILURES("gatehouse_ring_send_failures_total", "Gossip packets the kernel refused."),
  DROPPED_EMPTY("gatehouse_ring_dropped_empty_total", "Empty packets dropped."),
  DROPPED_MALFORMED(
      "gatehouse_ring_dropped_malformed_total", "Messages dropped: they do not decode."),
  DROPPED_TRUNCATED(
      "gatehouse_ring_dropped_truncated_total", "Compound packets with a part cut off."),
  DROPPED_NESTED(
      "gatehouse_ring_dropped_nested_total", "Compound packets dropped: nested too deeply."),
  DROPPED_CHECKSUM(
      "gatehouse_ring_dropped_checksum_total", "Packets dropped: their CRC-32 is wrong."),
  DROPPED_COMPRESSED(
      "gatehouse_ring_dropped_compressed_total",
      "Compressed messages dropped: they do not unpack, or to too much."),
  DROPPED_ENCRYPTED(
      "gatehouse_ring_dropped_encrypted_total",
      "Packets and streams dropped: they are encrypted, and the ring is not."),
  DROPPED_PLAINTEXT(
      "gatehouse_ring_dropped_plaintext_total",
      "Packets and streams dropped: they are not encrypted, and the ring is."),
  DROPPED_KEY(
      "gatehouse_ring_dropped_key_total",
      "Packets and streams dropped: no key of the ring opens them."),
  DROPPED_REPLAYED(
      "gatehouse_ring_dropped_replayed_total",
      "Packets and streams dropped: they were received before."),
  DROPPED_LABEL(
      "gatehouse_ring_dropped_label_total",
      "Packets and streams dropped: their label is not the ring's."),
  DROPPED_UNKNOWN_TYPE(
      "gatehouse_ring_dropped_unknown_type_total", "Messages dropped: their type is not known."),
  DROPPED_MISDIRECTED(
      "gatehouse_ring_dropped_misdirected_total", "Pings dropped: they are for another node."),
  DROPPED_INCOMPATIBLE(
      "gatehouse_ring_dropped_incompatible_total",
      "Alive messages dropped: their protocol versions are not ours."),
  USER_MESSAGES("gatehouse_ring_user_messages_total", "Messages of Serf's layer received."),
  DROPPED_SERF(
      "gatehouse_ring_dropped_serf_total",
      "Messages of Serf's layer dropped: they do not decode, or answer nothing."),
  DROPPED_STRANGER(
      "gatehouse_ring_dropped_stranger_total",
      "Answers not sent and relays not done: the receiver is no member."),
  EVENTS_TOLD("gatehouse_ring_events_told_total", "User events of this node."),
  EVENTS_HEARD("gatehouse_ring_events_heard_total", "User events of others, each counted once."),
  EVENTS_TOO_OLD("gatehouse_ring_events_too_old_total", "User events dropped: they come too late."),
  QUERIES("gatehouse_ring_queries_total", "Queries heard, each counted once."),
  QUERY_RESPONSES("gatehouse_ring_query_responses_total", "Answers and acks sent to queries."),
  RELAYS("gatehouse_ring_relays_total", "Answers of others passed on."),
  SHARED_RECEIVED(
      "gatehouse_ring_shared_received_total", "Shared states received with push/pulls."),
  SHARED_FAILURES(
      "gatehouse_ring_shared_failures_total",
      "Shared states that could not be made or taken in: a defect."),
  NACKS("gatehouse_ring_nacks_total", "Members that could not reach whom we asked them to."),
  STALE_ACKS("gatehouse_ring_stale_acks_total", "Acks that no probe waited for."),
  PROBES("gatehouse_ring_probes_total", "Probes started."),
  PROBE_FAILURES("gatehouse_ring_probe_failures_total", "Probes without any answer."),
  PROBES_INDIRECT(
      "gatehouse_ring_probes_indirect_total", "Probes that other members were asked to repeat."),
  PROBES_TCP_ONLY(
      "gatehouse_ring_probes_tcp_only_total", "Probes answered over TCP but not over UDP."),
  PROBES_SILENT(
      "gatehouse_ring_probes_silent_total",
      "Probes repeated: neither the member nor any helper was heard."),
  SUSPICIONS_HELD(
      "gatehouse_ring_suspicions_held_total",
      "Suspicions held back: too many of this node's own wait for a second opinion."),
  VERDICTS_HELD(
      "gatehouse_ring_verdicts_held_total",
      "Verdicts put off: this node has heard nothing from anybody."),
  LAST_WORDS("gatehouse_ring_last_words_total", "Suspects asked once more before their death."),
  RESUMPTIONS(
      "gatehouse_ring_resumptions_total",
      "Times this node stood still or heard nothing, and gave suspects their time anew."),
  LOCAL_HEALTH(
      "gatehouse_ring_local_health_score",
      "How well this node itself keeps up: 0 is well; a node with score s probes s + 1 times"
          + " slower."),
  SUSPICIONS("gatehouse_ring_suspicions_total", "Members that became suspect."),
  DEATHS("gatehouse_ring_deaths_total", "Members that became dead."),
  REFUTATIONS("gatehouse_ring_refutations_total", "Times this node refuted what was said of it."),
  NAME_CONFLICTS(
      "gatehouse_ring_name_conflicts_total",
      "Alive messages with a taken name at another address."),
  EXCHANGES_STARTED("gatehouse_ring_exchanges_started_total", "Push/pulls started."),
  EXCHANGES_ANSWERED("gatehouse_ring_exchanges_answered_total", "Push/pulls answered."),
  EXCHANGE_FAILURES("gatehouse_ring_exchange_failures_total", "Push/pulls started that failed."),
  SEEDS_UNRESOLVED(
      "gatehouse_ring_seeds_unresolved_total", "Times that a seed's name led to no address."),
  MEMORY_FAILURES(
      "gatehouse_ring_memory_failures_total",
      "Times that what the ring remembers could not be read or written."),
  STREAM_TIMEOUTS("gatehouse_ring_stream_timeouts_total", "TCP exchanges given up: too slow."),
  STREAM_MALFORMED("gatehouse_ring_stream_malformed_total", "TCP exchanges that do not decode."),
  LIMIT_MEMBERS("gatehouse_ring_limit_members_total", "Nodes refused: the ring is full."),
  LIMIT_STATE_BYTES(
      "gatehouse_ring_limit_state_bytes_total", "Push/pull states refused: too large."),
  LIMIT_STREAMS("gatehouse_ring_limit_streams_total", "TCP exchanges refused: too many at once."),
  LIMIT_STREAM_BUFFERS(
      "gatehouse_ring_limit_stream_buffers_total",
      "TCP exchanges refused: too much of others waits to be decrypted or unpacked."),
  LIMIT_BROADCASTS(
      "gatehouse_ring_limit_broadcasts_total", "Gossip messages dropped: the queue is full."),
  LIMIT_INDIRECT_PROBES(
      "gatehouse_ring_limit_indirect_probes_total",
      "Requests to ping another member refused: too many at once."),
  LIMIT_META(
      "gatehouse_ring_limit_meta_total", "Alive messages dropped: their tags are too large."),
  LIMIT_USER_MESSAGES(
      "gatehouse_ring_limit_user_messages_total",
      "Events, intents and queries dropped: their queue is full."),
  LIMIT_USER_MESSAGE_BYTES(
      "gatehouse_ring_limit_user_message_bytes_total",
      "Events and queries not gossiped on: too large for a packet."),
  LIMIT_EVENTS("gatehouse_ring_limit_events_total", "User events dropped: too many to remember."),
  LIMIT_QUERIES("gatehouse_ring_limit_queries_total", "Queries dropped: too many to remember."),
  LIMIT_INTENTS(
      "gatehouse_ring_limit_intents_total",
      "Joins and leaves of unknown nodes forgotten: too many to remember."),
  LIMIT_SHARED_BYTES(
      "gatehouse_ring_limit_shared_bytes_total", "Shared states left out: too large."),
  INTERNAL_ERRORS(
      "gatehouse_ring_internal_errors_total", "Events whose handling failed: a defect.");

  private final String metric;
  private final String help;

  RingCounter(String metric, String help) {
    this.metric = metric;
    this.help = help;
  }

  @Override
  public String metric() {
    return metric;
  }

  @Override
  public String help() {
    return help;
  }
}
