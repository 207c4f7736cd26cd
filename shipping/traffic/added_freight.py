"""Freight that comes to the county's terminals on top of what passes: its voyages, berths and t km."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN, YEAR_DAYS, scalar
from data.errors import DataError
from data.streams import stream
from shipping.parameters.county_river import figures_of
from shipping.parameters.port_parameters import TerminalParameters
from shipping.parameters.traffic_parameters import RoundTripParameters, ThroughParameters
from shipping.ports.terminals import open_terminals
from shipping.traffic.yearly import county_traffic

if TYPE_CHECKING:
    from data.county import County
    from shipping.traffic.yearly import Mix

_USE: Final = "river.terminal_use_share_"


@dataclass(frozen=True, slots=True)
class AddedFreight:
    """Freight between the county's terminals and both ends of the river.

    Attributes
    ----------
    tonnes : float
        Per year.
    up_share : float
        Share of it that goes upstream; the rest goes down.
    terminal_km, top_km, bottom_km : float
        Chainage of the terminals (mean by capacity), and of the ends of the voyages.
    """

    tonnes: float
    up_share: float
    terminal_km: float
    top_km: float
    bottom_km: float

    @classmethod
    def from_county(cls, county: County, tonnes: float, up_share: float, *, year: int) -> AddedFreight:
        """Return the freight between the terminals that are open in a year and the ends of the LNG fleet's trips.

        Raises
        ------
        DataError
            No terminal is open in the year.
        """
        table = open_terminals(county, year=year)
        if not table.height:
            raise DataError(f"{county.name}/terminals.csv: no terminal is open in {year}; freight cannot go by river.")
        weight = table["capacity_mt_year"] / table["capacity_mt_year"].sum()
        trips = RoundTripParameters.from_county(county)
        return cls(tonnes, up_share, float((table["chainage_km"] * weight).sum()), trips.top_km, trips.bottom_km)

    @property
    def ways(self) -> dict[str, tuple[float, float]]:
        """Tonnes and km of each direction ("down", "up")."""
        return {
            "down": (self.tonnes * (1.0 - self.up_share), self.bottom_km - self.terminal_km),
            "up": (self.tonnes * self.up_share, self.terminal_km - self.top_km),
        }

    @property
    def tkm(self) -> float:
        """T km of a year."""
        return sum(tonnes * km for tonnes, km in self.ways.values())

    def use_shares(self, county: County) -> dict[str, float]:
        """Return the figures of how much of their capacity the terminals use, by key."""
        return figures_of(county, _USE)

    def use_share(self, county: County, year: int) -> float:
        """Return how much of their capacity the terminals use in a year."""
        return TerminalParameters.from_county(county).use_share.at(year)

    def handled_t(self, county: County, year: int) -> float:
        """Return what the open terminals handle in a year without the added freight, t."""
        capacity = 1e6 * float(open_terminals(county, year=year)["capacity_mt_year"].sum())
        return capacity * self.use_share(county, year)

    def corridor_tkm(self, county: County, year: int) -> float:
        """Return the t km of the through traffic of a year."""
        through = ThroughParameters.from_county(county)
        traffic, _ = county_traffic(county, year)
        return sum(traffic.cargo_of(way) * abs(end - start) for way, (start, end) in through.ends.items())

    def voyages(self, county: County, *, year: int, start: dt.date, days: int, seed: int) -> pl.DataFrame:
        """Draw the voyages of the freight in some days: laden away from the county, and empty back.

        Vessels are those of the through traffic, as full as laden ones there; a Poisson number a day.

        Returns
        -------
        polars.DataFrame
            Columns of `data.schemas.shipping.Voyages` but the id.
        """
        _, mix = county_traffic(county, year)
        frames = []
        for way, (tonnes, _) in self.ways.items():
            load = mix.load_share[way]
            laden = (self.terminal_km, self.bottom_km if way == "down" else self.top_km)
            daily = tonnes / (float(mix.share @ mix.dwt_t) * load) / YEAR_DAYS
            # as many come back empty: other freight for the way back is not counted on
            for leg, ends, loaded in (("laden", laden, load), ("empty", laden[::-1], 0.0)):
                for number in range(days):
                    date = (start + dt.timedelta(days=number)).isoformat()
                    rng = stream(seed, "shipping", "added freight", way, leg, date)
                    day = _draw_day(mix, rng, daily, loaded)
                    depart = pl.col("depart_min") + DAY_MIN * number
                    frames.append(day.with_columns(depart, from_km=pl.lit(ends[0]), to_km=pl.lit(ends[1])))
        return pl.concat(frames).with_columns(kind=pl.lit("through"))


def _draw_day(mix: Mix, rng: np.random.Generator, expected: float, load: float) -> pl.DataFrame:
    """Return the voyages of a day and leg, without their ends."""
    # given their number, arrivals of a Poisson process are uniform
    depart = np.sort(rng.uniform(0.0, DAY_MIN, rng.poisson(expected)))
    chosen = rng.choice(len(mix.classes), depart.size, p=mix.share / mix.share.sum())
    names = [mix.classes[index] for index in chosen]
    return pl.DataFrame(
        {
            "vessel_id": pl.Series([f"through-{name}" for name in names], dtype=pl.String),
            "vessel_class": pl.Series(names, dtype=pl.String),
            "depart_min": depart,
            "cargo_t": load * mix.dwt_t[chosen],
            "load_share": np.full(depart.size, load),
        }
    )


def with_freight(voyages: pl.DataFrame, added: pl.DataFrame) -> pl.DataFrame:
    """Return voyages (all columns of `data.schemas.shipping.Voyages`) with added ones behind them.

    The others keep their numbers. What is simulated is validated there, and not after every step on the way.
    Added voyages without numbers follow nobody; those with numbers from 0 on follow whom they did.
    """
    first = round(scalar(voyages, pl.col("voyage_id").max(), default=-1)) + 1
    if "voyage_id" in added.columns:
        numbered = added.with_columns(pl.col("voyage_id", "follows") + first)
    else:
        numbered = added.sort("depart_min", "vessel_id", maintain_order=True).with_columns(
            voyage_id=pl.int_range(pl.len(), dtype=pl.Int64) + first, follows=pl.lit(None, dtype=pl.Int64)
        )
    return pl.concat([voyages, numbered], how="diagonal")
