"""Integer programmes by HiGHS: with a start, a time limit, and the bound that it proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import scipy

from charging.siting.answer import SAME
from data.errors import InfeasibleError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from data.arrays import Floats

_WHOLE: Final = 0.5
"""Whole numbers of the solver are whole up to its tolerance."""


@dataclass(frozen=True, slots=True)
class Programme:
    """Least `cost` times columns, with rows of `matrix` between `low` and `high`, columns between 0 and `top`.

    The first `whole` columns are whole numbers.
    """

    cost: Floats
    matrix: csr_array
    low: Floats
    high: Floats
    whole: int
    top: Floats


@dataclass(frozen=True, slots=True)
class Solution:
    """Columns of the best solution found (None: none in time), and what no solution is below."""

    columns: Floats | None
    bound: float

    def chosen(self, size: int) -> NDArray[np.bool_]:
        """Return which of the first columns are 1.

        Raises
        ------
        InfeasibleError
            If time ran out before there was any solution.
        """
        if self.columns is None:
            raise InfeasibleError("siting: no solution within the time limit. Allow more seconds (time_limit_s).")
        return self.columns[:size] > _WHOLE


def solve(
    programme: Programme, *, seconds: float, start: Floats | None = None, nodes: int | None = None
) -> Solution | None:
    """Solve an integer programme; None where it has no solution.

    Parameters
    ----------
    programme : Programme
        What is solved.
    seconds : float
        Time limit; infinite for none.
    start : array, optional
        Columns of a solution that is known.
    nodes : int, optional
        Nodes of the branching after which it stops: a limit that is the same on every machine.
    """
    import highspy  # noqa: PLC0415 - takes a while to load, and siting alone needs it

    class Silent(highspy.Highs):
        def enableCallbacks(self) -> None:  # noqa: N802 - name of highspy
            """Say nothing before the first callback: by itself highspy prints its name here, whatever the options."""
            self.setOptionValue("output_flag", False)  # noqa: FBT003 - highspy takes it by position
            super().enableCallbacks()

    solver = Silent()
    # ties are broken alike on every machine
    options: dict[str, Any] = {"mip_rel_gap": SAME, "mip_abs_gap": 1e-9, "threads": 1, "random_seed": 0}
    if np.isfinite(seconds):
        options["time_limit"] = seconds
    if nodes is not None:
        options["mip_max_nodes"] = nodes
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(_model(programme))
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start
        solver.setSolution(known)
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    info = solver.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    columns = np.asarray(solver.getSolution().col_value, dtype=np.float64) if feasible else None
    # a programme without whole columns has no bound of its own: its optimum is one
    exact = status == highspy.HighsModelStatus.kOptimal and not programme.whole
    return Solution(columns, float(info.objective_function_value if exact else info.mip_dual_bound))


def _model(programme: Programme) -> Any:  # noqa: ANN401 - a type of highspy, which is loaded late
    """Return the programme in the form of HiGHS."""
    import highspy  # noqa: PLC0415 - as above

    matrix = scipy.sparse.csr_array(programme.matrix)
    rows, columns = matrix.shape
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows, columns
    model.col_cost_ = programme.cost
    model.col_lower_ = np.zeros(columns)
    model.col_upper_ = programme.top
    model.row_lower_ = programme.low
    model.row_upper_ = programme.high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_row_, model.a_matrix_.num_col_ = rows, columns
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    kinds = [highspy.HighsVarType.kInteger] * programme.whole
    model.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * (columns - programme.whole)
    return model
