"""The table of sessions of a finished simulation, from what was written down."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.engine.columns import counts_to_write, numbers, numbers_to_write, view
from charging.engine.demand import SHOWN
from charging.engine.ends.reasons import FINE, HAD_TO_LEAVE, REASONS
from charging.engine.log import OUTCOMES, SERVED, UNFINISHED
from charging.power.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from charging.engine.ledger import Run
    from data.arrays import Floats, Ints


_SESSION_COLUMNS: Final = (
    "request_id",
    "origin",
    "vehicle_class",
    "current",
    "request_min",
    "asked_kwh",
    "station_id",
    "group_id",
    "pile",
    "gun",
    "arrive_min",
    "plug_min",
    "full_min",
    "leave_min",
    "wait_min",
    "energy_kwh",
    "meter_kwh",
    "peak_kw",
    "tries",
    "outcome",
    "travel_min",
    "travel_km",
    "mean_kw",
    "cost_cny",
    "unmet_kwh",
    "reason",
)


_NO_SHARE: Final = 1e-9
"""This share of the energy asked for is lost in rounding, not to the vehicle."""
_SHOWN_AS: Final = ("request_id", "origin", "vehicle_class", "current", "request_min", "asked_kwh")
_TIMES: Final = {"arrive_min": "arrive", "plug_min": "plug", "full_min": "end", "leave_min": "overstay_min"}
"""Times that may lack, and the columns of a run that they take the place of."""
_AMOUNTS: Final = {
    "request_min": "begin",
    "wait_min": "lost_min",
    "energy_kwh": "energy_kwh",
    "meter_kwh": "meter_kwh",
    "peak_kw": "peak_kw",
    "travel_min": "travel_min",
    "travel_km": "travel_km",
    "cost_cny": "cost_cny",
}
"""The same of what is always there."""


def sessions_of(layout: pl.DataFrame, run: Run) -> pl.DataFrame:
    """Return one row per request.

    Parameters
    ----------
    layout
        The checked layout, one row per pile group.
    run
        What happened. ``run.columns`` are taken out one by one and written to: a year of them beside its table would
        double the memory.
    """
    columns = {column.name: column for column in _columns(layout["group_id"].to_list(), run)}
    sessions = pl.DataFrame([columns[name] for name in _SESSION_COLUMNS])
    if not sessions["request_id"].is_sorted():
        sessions = sessions.sort("request_id")
    return sessions


def _columns(groups: Sequence[str], run: Run) -> Iterator[pl.Series]:
    """Yield the columns of the sessions, one at a time: what leads to one is let go of before the next is made."""
    columns, size = run.columns, len(run.columns["plug"])
    for name, shown in zip(SHOWN, _SHOWN_AS, strict=True):
        if shown != "request_min":
            yield run.requests[name].alias(shown)
    # memory of their own for large columns: of what numpy and polars let go of, the system gets nothing back
    group, pile, gun = view(counts_to_write(size)), *(view(numbers_to_write(size)).view(np.int64) for _ in range(2))
    _tell_places(run, len(groups), group, pile, gun)
    del columns["gun"]
    yield _numbers("pile", pile)
    yield _numbers("gun", gun)
    del pile, gun
    mean_kw, unmet_kwh = view(numbers_to_write(size)), view(numbers(size))
    _tell_stays(run, mean_kw, unmet_kwh)
    yield pl.Series("mean_kw", mean_kw, nan_to_null=True)
    yield pl.Series("unmet_kwh", unmet_kwh)
    for name, column in _TIMES.items():
        yield pl.Series(name, columns.pop(column), nan_to_null=True)
    for name, column in _AMOUNTS.items():
        yield pl.Series(name, columns.pop(column))
    yield pl.Series("tries", columns.pop("tries")).cast(pl.Int64)
    yield _named("reason", REASONS, columns.pop("reason"))
    yield _named("outcome", OUTCOMES, columns.pop("outcome"))
    yield _named("group_id", groups, group)
    yield _named("station_id", run.names, columns.pop("station"))


def _tell_places(run: Run, groups: int, group: Ints, pile: Ints, gun: Ints) -> None:
    """Write the numbers of groups, piles and guns; in the run the last stations give way to stations."""
    guns = run.guns
    tell_places(
        run.columns["gun"],
        run.columns["station"],
        np.array([guns.group, guns.station, guns.pile, guns.gun]),
        groups,
        len(run.names),
        group,
        pile,
        gun,
    )


@compiled
def tell_places(
    place: Ints, station: Ints, guns: Ints, groups: int, stations: int, group: Ints, pile: Ints, gun: Ints
) -> None:
    """Write by request the numbers of group, pile and gun, and of the station in place of the last one.

    ``place`` is the number of its gun in the layout, of which ``guns`` has the group, station, pile and gun in the
    pile. Of none pile and gun are -1, and group and station their count.
    """
    for request in range(len(place)):
        here = place[request]
        pile[request], gun[request] = guns[2, here], guns[3, here]
        group[request] = guns[0, here] if here > 0 else groups
        at = guns[1, here] if here > 0 else station[request]
        station[request] = at if at >= 0 else stations


def _tell_stays(run: Run, mean_kw: Floats, unmet_kwh: Floats) -> None:
    """Write mean powers and what was not delivered; in the run the columns of `_TIMES` and waits give way to them."""
    columns = run.columns
    tell_stays(
        columns["station"],
        len(run.names),
        run.requests["energy_kwh"].to_numpy(),
        columns["energy_kwh"],
        # one number stands for all where nobody has to leave
        columns.pop("leave_by_min", np.array([math.inf])),
        columns["arrive"],
        columns["plug"],
        columns["end"],
        columns["overstay_min"],
        columns["lost_min"],
        columns["outcome"],
        columns["reason"],
        mean_kw,
        unmet_kwh,
    )


@compiled
def tell_stays(
    station: Ints,
    stations: int,
    asked_kwh: Floats,
    energy_kwh: Floats,
    leave_by: Floats,
    arrive: Floats,
    plug: Floats,
    end: Floats,
    leave: Floats,
    wait: Floats,
    outcome: Ints,
    reason: Ints,
    mean_kw: Floats,
    unmet_kwh: Floats,
) -> None:
    """Turn what was written down of requests into what sessions show, in place; NaN is null.

    ``leave`` holds overstays, ``wait`` the waits in vain, ``end`` also when drivers gave up; outcome and reason are
    those of who did not plug in. Columns that hold nothing are not written to, because that would take memory.
    """
    at_leave = min(1, len(leave_by) - 1)
    for request in range(len(plug)):
        unmet = asked_kwh[request] - energy_kwh[request]
        short = unmet > _NO_SHARE * asked_kwh[request] and unmet > 0.0
        if short:
            unmet_kwh[request] = unmet
        mean_kw[request] = math.nan
        if math.isnan(plug[request]):
            # when a driver gave up is no end of a charge
            leave[request], end[request] = end[request], math.nan
        else:
            charged_min = end[request] - plug[request]
            waited_min = plug[request] - arrive[request]
            if waited_min != 0.0:
                wait[request] += waited_min
            # who plugged in was served, if the charge ended, and had to leave, if energy is missing
            outcome[request] = UNFINISHED if math.isnan(end[request]) else SERVED
            if short or reason[request] != FINE:
                reason[request] = HAD_TO_LEAVE if short else FINE
            # of a charge that never ended nobody knows: numpy's minimum keeps that
            leave[request] = np.minimum(end[request] + leave[request], leave_by[request * at_leave])
            # a charge of no length has no mean power
            if charged_min > 0.0:
                mean_kw[request] = 60.0 * energy_kwh[request] / charged_min
        if station[request] == stations:
            arrive[request] = math.nan


def _numbers(column: str, values: Ints) -> pl.Series:
    """Return whole numbers as a column; -1 is null."""
    numbers = pl.Series(column, values)
    return numbers.set(numbers < 0, None) if values.min(initial=0) < 0 else numbers


def _named(column: str, names: Sequence[str | None], numbers: NDArray[Any]) -> pl.Series:
    """Return the names behind numbers as a column; the number after the last is null."""
    known = pl.Series(column, [*names, None], dtype=pl.String)
    if len(numbers) and (numbers == numbers[0]).all():
        # one name for all needs no look-up; of none nothing is written, and memory that is not written to is free
        return known.new_from_index(int(numbers[0]), len(numbers))
    return known.gather(pl.Series(numbers.view(np.uint32)))
