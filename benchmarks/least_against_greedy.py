"""How many guns fewer the search for the least set finds than the first version's greedy one, on the same model.

Run ``python benchmarks/least_against_greedy.py deqing-2030 -n 6``: about two minutes of processor time. Both search on
the same random numbers, from the same formulas, for the county's criteria, and both answers are confirmed in SimPy on
the same fresh ones. The greedy one takes piles away where guns have least to do, as version 1.0 did.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from charging.sizing import Search, size_piles
from experiments.scenario.model import Scenario
from experiments.sizing.stations.chargers import NOT_IN_TIME, county_goals, sites_of
from experiments.sizing.stations.occasions import occasions_of
from experiments.sizing.stations.trial import Trial

if TYPE_CHECKING:
    from charging.sizing.pile_sites import Piles, Sites


class Greedy(Search):
    """The first version's search: a size by formulas, from which the least busy guns are taken away."""

    def spare(self, piles: Piles) -> list[int]:
        """Return the rows that can lose a pile, the least busy first; the last gun of a site and current stays."""
        ranked = []
        for key, rows in self.sites.parts.items():
            guns = sum(piles[row] * self.sites.usable[row] for row in rows)
            load = self.sites.load_of.get(key, 0.0)
            ranked += [
                (load / (guns - self.sites.usable[row]), row)
                for row in rows
                if piles[row] and guns - self.sites.usable[row] >= 1
            ]
        return [row for _, row in sorted(ranked)]


def greedy(sites: Sites, trial: Trial) -> Piles:
    """Return the size that the greedy search ends at, confirmed on fresh random numbers.

    Raises
    ------
    SystemExit
        No size meets the county's criteria.
    """
    goals = county_goals(trial.occasions[0].case.county)
    search = Greedy(sites, trial.evaluate, goals, {}, (), trial.screens)
    least = search.least(sites.family())
    if least is None:
        raise SystemExit("no size meets the criteria")
    size, verified = search.verified(search.trim(least)[0])
    if not verified:
        raise SystemExit("no size of the greedy search is confirmed")
    return size


def compared(scenario: Scenario) -> dict[str, tuple[int, int, float]]:
    """Return piles, guns and processor seconds of both searches."""
    weeks = occasions_of(scenario)
    goals = county_goals(weeks[0].case.county)
    found = {}
    for name in ("greedy of version 1.0", "today"):
        trial = Trial(weeks, (*(goal.measure for goal in goals), NOT_IN_TIME), engine="compiled")
        sites = sites_of(trial)
        began = time.process_time()
        if name == "today":
            layout = size_piles(sites, trial.evaluate, goals, screen=trial.screens).answer
        else:
            layout = sites.with_piles(greedy(sites, trial))
        guns = int((layout["piles"] * layout["guns_per_pile"]).sum())
        found[name] = int(layout["piles"].sum()), guns, time.process_time() - began
    return found


def main() -> None:
    """Print both, and end with 1 where today's search does not find fewer guns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="?", default="deqing-2030")
    parser.add_argument("-n", type=int, default=6, help="replications")
    given = parser.parse_args()
    found = compared(Scenario.load(given.scenario).with_(replications=given.n))
    print("| search | piles | guns | CPU, s |")
    print("|---|---:|---:|---:|")
    for name, (piles, guns, seconds) in found.items():
        print(f"| {name} | {piles} | {guns} | {seconds:.0f} |")
    first, today = found.values()
    raise SystemExit(0 if today[1] < first[1] else 1)


if __name__ == "__main__":
    main()
