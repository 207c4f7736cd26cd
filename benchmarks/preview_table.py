"""Preview against simulation over the shipped scenarios, as the table in docs/models.md.

Run: python benchmarks/preview_table.py [replications] [days] [scenario ...]
"""

import sys
from collections import defaultdict

import polars as pl

import charging
from experiments import Scenario
from experiments.runs.plan import prepare
from experiments.runs.replicate import child_seed, demand, simulate_charging
from experiments.scenario.files import shipped

FIRST = pl.col("try") == 1
SHORT_MIN = 0.5


def first_waits(result: charging.ChargingResult) -> pl.DataFrame:
    """Return by station the mean wait of the drivers who charged at the first station that they tried."""
    plugged = result.visits.filter(FIRST & (pl.col("outcome") == "plugged"))
    wait = pl.col("leave_queue_min") - pl.col("arrive_min")
    return plugged.group_by("station_id").agg(simulated_min=wait.mean(), served=pl.len())


def measure(name: str, replications: int, days: int) -> tuple[str, bool]:
    """Return the row of a scenario, and whether its stations are all said to keep up and its longest waits agree.

    They agree where neither is ten times the other, or both are under half a minute.
    """
    case = prepare(Scenario.load(name).model_copy(update={"days": days})).case
    parts, left, lost = [], [], []
    for number in range(replications):
        seed = child_seed(case.scenario.seed, number)
        requests = demand(case, seed=seed)
        theory = charging.preview(case.layout, requests, case.travel, behaviour=case.behaviour, vehicles=case.vehicles)
        result = simulate_charging(case, requests, seed=seed)
        parts.append(theory.join(first_waits(result), on="station_id", how="left"))
        left.append((theory["left_share"] * theory["requests"]).sum() / requests.height)
        lost.append((result.sessions["outcome"] != "served").mean())
    table = pl.concat(parts)
    unstable = table.filter(~pl.col("stable"))["station_id"].n_unique()
    served = table.filter(pl.col("served") > 0)
    stations = served.group_by("station_id").agg(pl.col("wait_mean_min", "simulated_min").mean())
    means = [
        float((table[column] * table[weight]).sum() / table[weight].sum())
        for column, weight in (("wait_mean_min", "requests"), ("simulated_min", "served"))
    ]
    longest = [float(stations[column].max()) for column in ("wait_mean_min", "simulated_min")]
    percent = [100.0 * sum(values) / replications for values in (left, lost)]
    cells = [f"{value:.2g} min" for value in (means[0], means[1], longest[0], longest[1])]
    cells += [f"{value:.2f} %" for value in percent]
    alike = max(longest) < SHORT_MIN or max(longest) < 10.0 * min(longest)
    return f"| `{name}` | {' | '.join(cells)} | {unstable} |", alike and unstable == 0


def main() -> None:
    """Measure and print."""
    replications, days = int(sys.argv[1]) if len(sys.argv) > 1 else 8, int(sys.argv[2]) if len(sys.argv) > 2 else 2
    names = sys.argv[3:] or list(shipped())
    print(
        "| scenario | mean wait, preview | simulated | longest of a station, preview | simulated | leave or drive on, "
        "preview | simulated, not served | said not to keep up |\n|---|---|---|---|---|---|---|---|"
    )
    verdicts = defaultdict(list)
    for name in names:
        row, fine = measure(name, replications, days)
        print(row, flush=True)
        verdicts[fine].append(name)
    if verdicts[False]:
        sys.exit(f"waits of another order, or stations said to be unable to keep up: {', '.join(verdicts[False])}")


if __name__ == "__main__":
    main()
