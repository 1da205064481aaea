"""Cases that compare how much work a contestant gets done under the same load."""

from case import say, turned
from load import measure
from result import against_better_peer
from stage import Stage

REQUESTS = ("requests_per_second", "/s")
BYTES = ("mib_per_second", "MiB/s")


class RateCase:
    """The same load on each contestant in turn; a ratio to the better peer.

    contestants: what starts each one, by name; "gatehouse" is one of them
    counted: the measure that is compared, with its unit
    """

    def __init__(self, goal, load, contestants, counted=REQUESTS):
        self.goals = [goal]
        self.load = load
        self.contestants = contestants
        self.counted = counted

    def run(self, options):
        """All contestants run throughout; the load goes to one after the other."""
        measure_name, unit = self.counted
        with Stage() as stage:
            addresses = start_all(stage, self.contestants, self.load)
            for name, address in addresses.items():
                measure(self.load, address, options.warmup_of(name))
            rounds = []
            for number in range(options.rounds):
                got = {}
                for name in turned(addresses, number):
                    got[name] = measure(self.load, addresses[name], options.seconds)
                rounds.append({name: got[name] for name in addresses})
                rates = (f"{n} {m[measure_name]:,.0f} {unit}" for n, m in rounds[-1].items())
                say(f"round {number + 1}: {', '.join(rates)}")
        goal = self.goals[0]
        return [against_better_peer(goal.name, rounds, goal.bound, measure_name, unit)]


def start_all(stage, contestants, load):
    """Contestant → its address, once it answers."""
    addresses = {name: start(stage, load) for name, start in contestants.items()}
    for address in addresses.values():
        stage.await_answer(address, load.path, load.tls)
    return addresses
