"""How many replications common random numbers save: the difference of mean wait of two layouts on the Deqing case.

Run: python benchmarks/common_random_numbers.py [replications]
Prints, for each pair of layouts, the variance of the difference with independent seeds over that on common random
numbers, and the replications that +-10 % of the difference takes either way (Student's t, 95 %).
"""

import sys

import numpy as np
from scipy import stats

from experiments import Scenario, run
from experiments.statistics.measures import MEASURES

SCENARIO, OVERRIDES = "deqing-2030-spring-festival", ("days=2", "shipping.enabled=false")
LAYOUTS = ("plan-2025", "population")
PRECISION = 0.1


def waits(layout: str, replications: int, seed: int) -> np.ndarray:
    """Return the mean wait of each replication."""
    scenario = Scenario.load(SCENARIO, sets=[*OVERRIDES, f"charging.layout={layout}"])
    result = run(scenario, replications=replications, seed=seed, jobs=0)
    return np.array(MEASURES["wait_mean_min"].values(result.tables, replications), dtype=float)


def needed(variance: float, difference: float) -> int:
    """Return the replications for a half width of 10 % of the difference."""
    count = 2
    while stats.t.ppf(0.975, count - 1) * np.sqrt(variance / count) > PRECISION * abs(difference):
        count += 1
    return count


def main() -> None:
    """Measure and print."""
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    first, second = (waits(layout, replications, 1) for layout in LAYOUTS)
    apart = waits(LAYOUTS[1], replications, 2)
    difference = float((second - first).mean())
    common = float((second - first).var(ddof=1))
    independent = float((apart - first).var(ddof=1))
    print(f"{SCENARIO}, {LAYOUTS[1]} against {LAYOUTS[0]}, {replications} replications")
    print(f"mean wait {first.mean():.3f} and {second.mean():.3f} min; difference {difference:+.3f} min")
    print(f"variance of the difference: independent {independent:.4g}, common {common:.4g}")
    print(f"variance ratio: {independent / common:.1f}")
    print(
        f"replications for +-10 %: independent {needed(independent, difference)}, common {needed(common, difference)}"
    )


if __name__ == "__main__":
    main()
