"""When piles fail: up and down times drawn before the simulation, so that all layouts see the same fate of a pile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import polars as pl

from data.arrays import DAY_MIN
from data.errors import DataError
from data.streams import stream

if TYPE_CHECKING:
    from data.county import County

_SCHEMA = {
    "station_id": pl.String,
    "group_id": pl.String,
    "pile": pl.Int64,
    "start_min": pl.Float64,
    "end_min": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class OutageParameters:
    """How often piles fail and how long they stay out of service.

    Attributes
    ----------
    availability
        Share of time that a pile is in service, above 0 and at most 1.
    repair_h
        Mean time from failure to repair, hours, above 0.
    """

    availability: float
    repair_h: float

    def __post_init__(self) -> None:
        """Validate the parameters.

        Raises
        ------
        DataError
            An availability outside (0, 1] or a repair time not above 0.
        """
        if not 0.0 < self.availability <= 1.0:
            raise DataError(f"availability: got {self.availability}, expected a share above 0 and at most 1.")
        if not self.repair_h > 0.0:
            raise DataError(f"repair_h: got {self.repair_h}, expected more than 0 hours.")

    @classmethod
    def from_county(cls, county: County) -> Self:
        """Return the parameters of the figures ``charging.pile_availability`` and ``charging.pile_repair_h``."""
        return cls(county.figure("charging.pile_availability"), county.figure("charging.pile_repair_h"))

    @property
    def down_min(self) -> float:
        """Return the mean time out of service, minutes."""
        return 60.0 * self.repair_h

    @property
    def up_min(self) -> float:
        """Return the mean time in service between failures, minutes; below full availability."""
        return self.down_min * self.availability / (1.0 - self.availability)


def draw_outages(
    layout: pl.DataFrame, *, availability: float, repair_h: float, days: float, seed: int = 0
) -> pl.DataFrame:
    """Return when the piles of a layout are out of service.

    Up and down times are exponential; their means follow from availability A and mean time to repair R:
    up A R / (1 - A). A pile is already down at minute 0 with probability 1 - A (the process is stationary).

    Parameters
    ----------
    layout
        One row per pile group: ``station_id, group_id, piles``.
    availability
        Share of time that a pile is in service, above 0 and at most 1.
    repair_h
        Mean hours from failure to repair, above 0.
    days
        Days from minute 0 in which outages may begin.
    seed
        Each pile draws from a stream of its own.

    Returns
    -------
    polars.DataFrame
        ``station_id, group_id, pile, start_min, end_min``, by pile and time.

    Raises
    ------
    DataError
        An availability outside (0, 1] or a repair time not above 0.
    """
    parameters = OutageParameters(availability, repair_h)
    rows: list[tuple[str, str, int, float, float]] = []
    if availability < 1.0:
        down, up = parameters.down_min, parameters.up_min
        for station, group, piles in layout.select("station_id", "group_id", "piles").iter_rows():
            for pile in range(piles):
                rng = stream(seed, "charging", "outages", station, group, str(pile))
                # stationary: a pile that is down at minute 0 stays so for a whole repair, as the law has no memory
                now = 0.0 if rng.random() >= availability else rng.exponential(up)
                while now < DAY_MIN * days:
                    end = now + rng.exponential(down)
                    rows.append((station, group, pile, now, end))
                    now = end + rng.exponential(up)
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def outages_of(county: County, layout: pl.DataFrame, *, days: float, seed: int) -> pl.DataFrame:
    """Return the outages of a layout with the county's availability and time to repair.

    Raises
    ------
    DataError
        The figure ``charging.pile_availability`` or ``charging.pile_repair_h`` is missing.
    """
    parameters = OutageParameters.from_county(county)
    return draw_outages(
        layout, availability=parameters.availability, repair_h=parameters.repair_h, days=days, seed=seed
    )
