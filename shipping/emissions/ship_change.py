"""The change of the ships' intensity against the base year: its parts by LMDI, and its interval from draws."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.factors import electricity_factor, lmdi
from data.streams import latin, triangular
from shipping.emissions.accounts import account_row
from shipping.emissions.passage_work import passage_work
from shipping.emissions.ship_factors import SERIES, ShipFactors
from shipping.emissions.ship_year import carrier_shares, waiting_by_class, year_of
from shipping.parameters.carbon_parameters import ShipCarbonParameters
from shipping.parameters.county_river import has_river, rows_of
from shipping.parameters.traffic_parameters import ShipSizes
from shipping.traffic.yearly import county_traffic, resized

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.arrays import Floats
    from data.county import County
    from shipping.emissions.passage_work import PassageWork
    from shipping.traffic.yearly import Mix, Traffic

PARTS: Final = ("size", "load", "power", "fuel")
"""Parts of the change: sizes of the vessels, cargo over deadweight, energy for a deadweight over a distance (current,
waits), and emissions of a unit of energy (carriers, engines, grid)."""
TOTAL: Final = "total"
SHIP_CHANGE: Final = {
    "series": pl.String,
    "year": pl.Int64,
    "part": pl.String,
    **dict.fromkeys(("change_share", "low", "high"), pl.Float64),
}
"""Schema of the table of changes: as a share of the base year's intensity, and the interval of the total."""
SAMPLES: Final = 200
_INTERVAL: Final = (0.025, 0.975)  # 95 %: what the report calls the interval of assumptions


@dataclass(frozen=True, eq=False, slots=True)
class YearParts:
    """What the intensity of a year is made of.

    Attributes
    ----------
    year : int
        The year.
    traffic, mix, work : Traffic, Mix, PassageWork
        Passages, vessels, and what a passage takes.
    grid_kg_kwh : mapping of str to float
        What a kWh at the meter emits, by series.
    size : float
        Mean deadweight over that of the classes' table.
    lock_h : float
        Wait at the lock.
    """

    year: int
    traffic: Traffic
    mix: Mix
    work: PassageWork
    grid_kg_kwh: Mapping[str, float]
    size: float
    lock_h: float

    @classmethod
    def from_county(cls, county: County, year: int, carbon: ShipCarbonParameters) -> YearParts:
        """Return the parts of a year of a county."""
        traffic, mix = county_traffic(county, year)
        sizes = ShipSizes.from_county(county)
        size = 1.0 if sizes is None else sizes.factor(year)
        work = passage_work(county, year, mix)
        meter = {series: electricity_factor(county, year, series) for series in SERIES}
        return cls(year, traffic, mix, work, meter, size, carbon.lock_h.at(year))

    def intensity(self, factors: ShipFactors, carbon: ShipCarbonParameters, series: str) -> float:
        """Return the intensity in g per t km in a series."""
        shares = carrier_shares(carbon, self.year)
        year = year_of(self.work, self.traffic, self.mix, carbon, shares, lock_h=self.lock_h)
        return account_row(year, factors, series, self.grid_kg_kwh[series])[2]

    def rows(self, factors: ShipFactors, carbon: ShipCarbonParameters, series: str) -> list[tuple[float, ...]]:
        """Return the factors of each class, whose products sum to the intensity in g per t km.

        Share of the turnover; deadweight over load (1 / load); energy in kWh per deadweight and km; g per kWh.
        """
        sailing, _, _ = self.work.by_class(self.traffic, self.mix)
        energy = sailing + waiting_by_class(self.work, self.traffic, self.mix, carbon, self.lock_h)
        room = self.traffic.passages * self.mix.share * self.mix.dwt_t * self.work.distance_km
        # one load for all classes: cargo goes by deadweight
        load = self.traffic.cargo_t * self.work.distance_km / float(room.sum())
        per_kwh = self.intensity(factors, carbon, series) * self.traffic.cargo_t * self.work.distance_km
        per_kwh /= float(energy.sum())
        share, power = room / room.sum(), energy / room
        return [(float(part), 1.0 / load, float(one), per_kwh) for part, one in zip(share, power, strict=True)]


@dataclass(frozen=True, eq=False, slots=True)
class ShipDraws:
    """Changes of the ships' intensity in every draw.

    Attributes
    ----------
    values : dict of str to numpy.ndarray
        What was drawn, by the key of the figure or the row of the table, one value per draw.
    change : dict
        Change against the base year (0.1 is +10 %), one per draw, by series, grid (``frozen`` at that of the base year,
        ``moving``) and year.
    ranges : dict of str to tuple
        Low end, value and high end of what was drawn, by the same keys.
    """

    values: dict[str, Floats]
    change: dict[tuple[str, str, int], Floats]
    ranges: dict[str, tuple[float, float, float]]


NO_SHIPS: Final = ShipDraws({}, {}, {})
"""No draws: changes without an interval."""


def ship_draws(county: County, *, years: Sequence[int], seed: int = 1, samples: int = SAMPLES) -> ShipDraws | None:
    """Draw the change of the ships' intensity against the base year from the ranges of the figures that it rests on.

    Parameters
    ----------
    county, years, seed, samples
        As for `ship_change`.

    Returns
    -------
    ShipDraws or None
        None where the county has no river.
    """
    if not (has_river(county) and county.has("river")):
        return None
    carbon = ShipCarbonParameters.from_county(county)
    base_year = ShipFactors.from_county(county).baseline_year
    base = YearParts.from_county(county, base_year, carbon)
    draw = _Draws.from_county(county, seed=seed, samples=samples)
    change: dict[tuple[str, str, int], Floats] = {}
    for year in sorted({year for year in years if year > base_year}):
        parts = YearParts.from_county(county, year, carbon)
        for (series, grid), drawn in draw_changes(county, base, parts, draw).items():
            change[series, grid, year] = drawn
    return ShipDraws(draw.used, change, draw.drawn_from)


def ship_change(
    county: County, *, years: Sequence[int], seed: int = 1, samples: int = SAMPLES, drawn: ShipDraws | None = None
) -> pl.DataFrame:
    """Return the change of the ships' intensity against the base year with its parts and its interval.

    Parameters
    ----------
    county : data.County
        Tables and figures.
    years : sequence of int
        Years after ``carbon.baseline_year``; others are left out.
    seed, samples : int
        Seed and number of the draws.
    drawn : ShipDraws, optional
        Draws of these years, where they are there already.

    Returns
    -------
    polars.DataFrame
        ``SHIP_CHANGE``: per series and year a row ``total`` with the interval of 95 % of the draws, and a row per part
        of ``PARTS`` (LMDI: they sum to the total). With the grid of each year. No rows where the county has no river.
    """
    drawn = drawn or ship_draws(county, years=years, seed=seed, samples=samples)
    if drawn is None or not county.has("river"):
        return pl.DataFrame(schema=SHIP_CHANGE)
    carbon, factors = ShipCarbonParameters.from_county(county), ShipFactors.from_county(county)
    base_year = factors.baseline_year
    base = YearParts.from_county(county, base_year, carbon)
    rows: list[tuple[str, int, str, float, float | None, float | None]] = []
    for year in sorted({year for year in years if year > base_year}):
        parts = YearParts.from_county(county, year, carbon)
        for series in SERIES:
            before, after = (one.rows(factors, carbon, series) for one in (base, parts))
            first = sum(float(np.prod(row)) for row in before)
            terms = [term / first for term in lmdi(before, after)]
            low, high = _interval(drawn.change.get((series, "moving", year)))
            rows.append((series, year, TOTAL, sum(terms), low, high))
            rows += [(series, year, part, term, None, None) for part, term in zip(PARTS, terms, strict=True)]
    return pl.DataFrame(rows, schema=SHIP_CHANGE, orient="row")


def _interval(drawn: Floats | None) -> tuple[float | None, float | None]:
    """Return the ends of the interval of draws; none without draws."""
    if drawn is None:
        return None, None
    # at r / (n + 1): a further draw lies within as often as it says
    low, high = np.quantile(drawn, _INTERVAL, method="weibull").tolist()
    return low, high


def draw_changes(county: County, base: YearParts, later: YearParts, draw: _Draws) -> dict[tuple[str, str], Floats]:
    """Draw the change of intensity from the ranges of the figures that it rests on, by series and grid.

    Triangular within the ranges of: sizes of the ships of both years, waits at the lock, shares of LNG and electricity,
    consumption of both engines, slip. One stream per figure: the range of one leaves the draws of the others.
    """
    carbon, factors = ShipCarbonParameters.from_county(county), ShipFactors.from_county(county)
    sizes = [draw.size(one) for one in (base, later)]
    waits = [draw.near("river.lock_wait_h", one.year, one.lock_h) for one in (base, later)]
    shares = {name: draw.near(f"river.{name}_energy_share", later.year, None) for name in ("lng", "electric")}
    used = {fuel: draw.one(f"river.sfc_{fuel}_kg_kwh") for fuel in factors.sfc_kg_kwh}
    slip, rises = draw.slip(), draw.if_known("river.slip_load_exponent")
    grids = {"frozen": base.grid_kg_kwh, "moving": later.grid_kg_kwh}
    found: dict[tuple[str, str], list[float]] = {(series, grid): [] for series in SERIES for grid in grids}
    for number in range(draw.samples):
        own = replace(factors, sfc_kg_kwh={fuel: sfc * used[fuel][number] for fuel, sfc in factors.sfc_kg_kwh.items()})
        first, last = (
            year_of(
                one.work,
                *resized(one.traffic, one.mix, float(size[number])),
                carbon,
                _moved(
                    carrier_shares(carbon, one.year),
                    {name: shares[name][number] if one is later else 1.0 for name in shares},
                ),
                lock_h=one.lock_h * float(wait[number]),
            )
            for one, size, wait in zip((base, later), sizes, waits, strict=True)
        )
        # the mean of a power is nearly the power of the mean: no passage is computed anew for a draw
        first, last = (replace(one, slip_factor=one.slip_factor ** float(rises[number])) for one in (first, last))
        for (series, grid), changes in found.items():
            before = account_row(first, own, series, base.grid_kg_kwh[series], slip_share=slip[number])[2]
            after = account_row(last, own, series, grids[grid][series], slip_share=slip[number])[2]
            changes.append(after / before - 1.0)
    return {key: np.array(values) for key, values in found.items()}


def _moved(shares: dict[str, float], factors: dict[str, float]) -> dict[str, float]:
    """Return shares of carriers with those but diesel multiplied by factors; diesel is the rest."""
    moved = {name: shares[name] * factor for name, factor in factors.items()}
    return {"diesel": max(0.0, 1.0 - sum(moved.values())), **moved}


@dataclass(frozen=True, eq=False, slots=True)
class _Draws:
    """Factors on figures of a county, drawn from their ranges; each figure has a stream of its own.

    ``ranges`` has low, value and high by key; ``sizes`` year, cargo of a passage, low and high; ``slip_range`` the slip
    of LNG engines with its ends, None where none is known; ``used`` and ``drawn_from`` what was
    drawn and from which range, by key.
    """

    seed: int
    samples: int
    ranges: Mapping[str, tuple[float, float, float]]
    sizes: tuple[tuple[int, float, float, float], ...]
    slip_range: tuple[float, float, float] | None
    used: dict[str, Floats] = field(default_factory=dict)
    drawn_from: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    @classmethod
    def from_county(cls, county: County, *, seed: int, samples: int) -> _Draws:
        """Return the ranges of the figures ``river.*``, of ``ship_sizes`` and of the slip in ``fuel_factors``."""
        keys = [key for key in county.figure_keys if key.startswith("river.")]
        table = rows_of(county, "ship_sizes").sort("year").select("year", "cargo_t_per_passage", "low", "high")
        sizes = tuple((year, value, low or value, high or value) for year, value, low, high in table.iter_rows())
        gas = county.fuel_factors.filter((pl.col("fuel") == "lng") & (pl.col("mode") == "ship")).drop_nulls(
            "slip_share"
        )
        slip = None
        if gas.height:
            value, low, high = gas.select("slip_share", "slip_low", "slip_high").row(0)
            slip = (value if low is None else low, value, value if high is None else high)
        ranges = {key: _around(*county.figure_range(key)) for key in keys}
        return cls(seed, samples, ranges, sizes, slip)

    def _triangle(self, key: str, low: float, mode: float, high: float) -> Floats:
        """Draw factors on a value: triangular, 1 where there is no range."""
        if not (mode > 0.0 and high > low):
            return np.ones(self.samples)
        score = latin(self.seed, "shipping", "uncertainty", key, samples=self.samples)
        self.used[key] = triangular(low, mode, high, score)
        self.drawn_from[key] = (low, mode, high)
        return self.used[key] / mode

    def one(self, key: str) -> Floats:
        """Draw factors on a figure."""
        return self._triangle(key, *self.ranges[key])

    def if_known(self, key: str) -> Floats:
        """Draw factors on a figure that a county may do without: 1 there."""
        return self.one(key) if key in self.ranges else np.ones(self.samples)

    def near(self, start: str, year: int, value: float | None) -> Floats:
        """Draw factors on what is given by year: from the range of the figure of the nearest year."""
        endings = {key: key.rpartition("_")[2] for key in self.ranges if key.rpartition("_")[0] == start}
        known = {int(ending): key for key, ending in endings.items() if ending.isdigit()}
        if not known or value == 0.0:
            return np.ones(self.samples)
        # earlier years before later ones where two are as near
        return self.one(known[min(known, key=lambda other: (abs(other - year), other))])

    def size(self, parts: YearParts) -> Floats:
        """Draw factors on the size of the ships of a year: from the row of ``ship_sizes`` of the nearest year."""
        if not self.sizes:
            return np.ones(self.samples)
        year, value, low, high = min(self.sizes, key=lambda row: (abs(row[0] - parts.year), row[0]))
        return self._triangle(f"ship_sizes/{year}", low, value, high)

    def slip(self) -> list[float | None]:
        """Draw the slip of LNG engines; None: that of the table."""
        if self.slip_range is None:
            return [None] * self.samples
        return [self.slip_range[1] * float(factor) for factor in self._triangle("slip", *self.slip_range)]


def _around(low: float, value: float, high: float) -> tuple[float, float, float]:
    """Return the range of a figure; a value that a scenario sets outside of it is given, and has none."""
    return (low, value, high) if low <= value <= high else (value, value, value)
