"""How long a start takes, from the command to the first answer."""

import time

from case import CaseFailed, say, turned
from result import figure
from stage import READY_SECONDS, Stage

POLL_SECONDS = 0.005


class StartUpCase:
    """Each is started afresh in each round; a client asks until it is answered.

    Gatehouse is asked for alone: the peers, which load nothing, are only shown.
    """

    def __init__(self, goal, load, contestants):
        self.goals = [goal]
        self.load = load
        self.contestants = contestants

    def run(self, options):
        rounds = []
        for number in range(options.rounds):
            got = {n: self.start(self.contestants[n]) for n in turned(self.contestants, number)}
            rounds.append({name: got[name] for name in self.contestants})
            each = (f"{n} {m['seconds']:.2f} s" for n, m in rounds[-1].items())
            say(f"round {number + 1}: {', '.join(each)}")
        goal = self.goals[0]
        return [figure(goal.name, rounds, goal.bound, "seconds", "s")]

    def start(self, start):
        with Stage() as stage:
            begun = time.monotonic()
            address = start(stage, self.load)
            while not stage.answers(address, self.load.path, self.load.tls):
                if time.monotonic() - begun > READY_SECONDS:
                    raise CaseFailed(f"{address} does not answer:\n{stage.all_output()}")
                time.sleep(POLL_SECONDS)
            return {"seconds": time.monotonic() - begun}
