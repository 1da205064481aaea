"""What is read from the clients' reports, and what is made of it."""

import os
import pathlib
import socket
import subprocess
import threading
import unittest
import unittest.mock

import allocation
import h2load
import maglev
import memory
import sessions
import takeover
from case import CaseFailed, turned
from load import parse
from memory import IDLE, MIB, READERS, Memory

WRK = """Running 5s test @ http://127.64.1.1:8080/
  2 threads and 100 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.17ms    2.05ms  54.59ms   95.52%
  Latency Distribution
     50%  812.00us
     99%    8.98ms
  32465 requests in 1.01s, 4.71MB read
  Socket errors: connect 1, read 2, write 0, timeout 4
  Non-2xx or 3xx responses: 10
Requests/sec:  32218.14
Transfer/sec:      1.50GB
"""


class WrkTest(unittest.TestCase):
    def test_reads_rates_latency_and_every_kind_of_error(self):
        measures = parse(WRK)
        self.assertEqual(32218.14, measures["requests_per_second"])
        self.assertEqual(1536, measures["mib_per_second"])
        self.assertEqual(8.98, measures["p99_millis"])
        self.assertEqual((32465, 17), (measures["requests"], measures["errors"]))

    def test_without_errors_there_are_none(self):
        lines = [line for line in WRK.splitlines() if "rrors" not in line and "Non-" not in line]
        self.assertEqual(0, parse("\n".join(lines))["errors"])


H2LOAD = """starting benchmark...
Application protocol: h2
finished in 2.00s, 11640.00 req/s, 751.94KB/s
requests: 23281 total, 23920 started, 23280 done, 23279 succeeded, 1 failed, 0 errored, 0 timeout
status codes: 23279 2xx, 0 3xx, 1 4xx, 0 5xx
"""

S_TIME = """Collecting connection statistics for 2 seconds
*

Now timing with session id reuse.
starting
{}

5 connections in 0.29s; 17.24 connections/user sec, bytes read 975
5 connections in 2 real seconds, 195 bytes read per connection
"""

THREADS = """"Reference Handler" #9 daemon cpu=0.19ms elapsed=1.00s allocated=0B defined_classes=0
"loop-1-1" #31 [29] prio=10 cpu=7.05ms elapsed=1.00s allocated=512K defined_classes=9 tid=0x0
"loop-1-2" #32 [30] prio=10 cpu=7.05ms elapsed=1.00s allocated=1.5M defined_classes=9 tid=0x0
"VM Thread" os_prio=0 cpu=2.32ms elapsed=1.00s tid=0x0 nid=1 runnable
"""


class OtherReportsTest(unittest.TestCase):
    def test_h2load_counts_what_succeeded(self):
        got = h2load.parse(H2LOAD)
        self.assertEqual(11640, got["requests_per_second"])
        self.assertEqual((23279, 1), (got["requests"], got["errors"]))
        self.assertAlmostEqual(0.734, got["mib_per_second"], 3)

    def test_resumed_handshakes_are_told_from_full_ones(self):
        report = sessions.parse(S_TIME.format("rrrrr"))
        self.assertEqual({"requests": 5, "resumed": 5, "seconds": 2}, report)
        self.assertEqual(5.0, sessions.add([report, report])["requests_per_second"])

    def test_a_server_that_does_not_resume_is_no_result(self):
        with self.assertRaises(CaseFailed):
            sessions.add([sessions.parse(S_TIME.format("rr***"))])

    def test_every_java_thread_says_what_it_allocated(self):
        got = allocation.parse(THREADS)
        loops = {"loop-1-1 #31": 512 << 10, "loop-1-2 #32": 1.5 * MIB}
        self.assertEqual({"Reference Handler #9": 0} | loops, got)


class IdleMemoryTest(unittest.TestCase):
    def test_half_of_the_kernels_share_is_the_clients(self):
        got = memory.per_connection(Memory(process=IDLE * 1024, sockets=0, kernel=4 * IDLE * 1024))
        self.assertEqual((1, 2, 3), (got["process_kib"], got["kernel_kib"], got["kib"]))

    def test_a_closed_connection_is_told_from_an_idle_one(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.assertFalse(memory.closed(ours))
            theirs.shutdown(socket.SHUT_WR)
            self.assertTrue(memory.closed(ours))


class OrderTest(unittest.TestCase):
    def test_everyone_is_first_in_turn(self):
        orders = [turned(["a", "b", "c"], number) for number in range(4)]
        self.assertEqual(["abc", "bca", "cab", "abc"], ["".join(order) for order in orders])


class MemoryTest(unittest.TestCase):
    def test_what_client_and_backend_hold_is_taken_off(self):
        direct = Memory(process=0, sockets=1 * READERS * MIB, kernel=2 * READERS * MIB)
        each = READERS * MIB
        growth = Memory(process=each // 2, sockets=3 * each, kernel=3 * each)
        got = memory.per_reader(growth, direct)
        self.assertEqual((0.5, 2, 1), (got["process_mib"], got["sockets_mib"], got["kernel_mib"]))
        self.assertEqual(2.5, got["mib"])

    def test_memory_given_back_meanwhile_hides_nothing(self):
        got = memory.per_reader(Memory(-50 * MIB, READERS * MIB, -MIB), Memory(0, 0, 0))
        self.assertEqual(1, got["mib"])

    @unittest.skipUnless(pathlib.Path("/proc/self/smaps_rollup").exists(), "no /proc")
    def test_samples_this_process(self):
        got = memory.sample([os.getpid()])
        self.assertGreater(got.process, MIB)
        self.assertGreater(got.kernel, MIB)


    def test_a_process_tree_has_the_children_of_every_thread(self):
        children = []

        def start():
            children.append(subprocess.Popen(["sleep", "60"]))
            started.set()
            ended.wait(60)

        started, ended = threading.Event(), threading.Event()
        thread = threading.Thread(target=start)
        thread.start()
        try:
            self.assertTrue(started.wait(60))
            self.assertIn(children[0].pid, memory.tree(os.getpid()))
        finally:
            ended.set()
            thread.join()
            children[0].kill()
            children[0].wait()


class TakeoverTest(unittest.TestCase):
    def connection(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        connection = takeover.Connection(listener.getsockname(), "/")
        self.addCleanup(connection.socket.close)
        server, _ = listener.accept()
        self.addCleanup(server.close)
        connection.socket.setblocking(True)
        return connection, server

    def test_an_answer_counts_when_its_last_byte_is_there(self):
        connection, server = self.connection()
        server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
        connection.read()
        self.assertEqual(0, connection.answers)
        server.sendall(b"lo")
        connection.read()
        self.assertEqual(1, connection.answers)

    def test_an_early_end_and_bytes_too_many_are_errors(self):
        connection, server = self.connection()
        server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nhello")
        with self.assertRaises(ValueError):
            connection.read()
        connection, server = self.connection()
        server.close()
        with self.assertRaises(OSError):
            connection.read()

    @unittest.mock.patch("takeover.CONNECTIONS", 3)
    def test_a_connection_without_an_answer_is_broken_and_replaced(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            with takeover.BusyConnections(silent.getsockname()) as busy:
                for _ in range(2):
                    busy.renew()
                    self.assertEqual(0, busy.broken())
                    busy.require_another_answer(seconds=0)
                    self.assertEqual(3, busy.broken())

    def test_finds_who_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            owner = takeover.owner_of(listener.getsockname(), [os.getpid()])
            self.assertEqual(os.getpid(), owner)


class MaglevTest(unittest.TestCase):
    FIGURES = [
        {
            "hashing": "maglev",
            "round": "1",
            "failed": str(failed),
            "moved_percent": str(2 * percent),
            "most_over_mean": "1.0071",
            "least_over_mean": "0.9918",
        }
        for failed, percent in {0: 0.0, **maglev.PUBLISHED[65537]}.items()
    ]

    def test_disruption_is_judged_by_its_worst(self):
        rounds = maglev.hashing_rounds(self.FIGURES)
        rounds[0]["gatehouse"]["moved_percent_10"] = 3 * 2.32
        self.assertAlmostEqual(3.0, maglev.worst_ratio(rounds[0]["gatehouse"], 65537))

    def test_balance_is_counted_in_entries(self):
        rounds = maglev.balance_rounds(self.FIGURES, 65537)
        self.assertEqual([{"gatehouse": {"entries_apart": 1}}], rounds)

    def test_a_fork_is_a_round(self):
        report = [{"primaryMetric": {"rawData": [[1.0, 3.0], [4.0]]}}]
        rounds = maglev.build_rounds(report)
        self.assertEqual([2.0, 4.0], [r["gatehouse"]["millis"] for r in rounds])


if __name__ == "__main__":
    unittest.main()
