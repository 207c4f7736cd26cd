"""The p-median in spopt with its default solver, in an environment of its own: seconds of the processor, objective.

Standard input: JSON with ``minutes`` (places x sites), ``weights`` and ``count``. The solver is a program of its own:
what it took counts too.
"""

import json
import resource
import sys
import time
from importlib.metadata import version

import numpy as np
import pulp
from spopt.locate import PMedian


def spent() -> float:
    """Return the seconds of the processor of this process and of programs that it started and that ended."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + others.ru_utime + others.ru_stime


def main() -> None:
    """Solve and print."""
    asked = json.load(sys.stdin)
    minutes, weights = np.array(asked["minutes"]), np.array(asked["weights"])
    began = spent()
    model = PMedian.from_cost_matrix(minutes, weights, p_facilities=asked["count"])
    model.solve(pulp.PULP_CBC_CMD(msg=False))
    print(
        json.dumps(
            {
                "seconds": spent() - began,
                "objective": float(pulp.value(model.problem.objective)),
                "version": version("spopt"),
            }
        )
    )


if __name__ == "__main__":
    main()
