"""Monte Carlo over the ranges of the tables: intensity, its change, and the year of the petroleum peak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy import stats

from data.errors import DataError
from data.streams import stream
from fleet.accounts import BOUNDARIES, PETROLEUM, SERIES, carrier_factors, energy, turnover
from fleet.adoption import shifted_flow
from fleet.turnover import stock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.county import County

    Floats = NDArray[np.float64]

QUANTILES: Final = (0.05, 0.5, 0.95)
_ELECTRICITY: Final = "electricity"
_GRID: Final = 9
_OFFSETS: Final = ("base", "growth")


@dataclass(frozen=True, slots=True)
class Spread:
    """What a Monte Carlo run shows.

    Attributes
    ----------
    intensity : polars.DataFrame
        ``year, boundary, series, grid, mean_g_per_tkm, p05, p50, p95`` in g per t km.
    change : polars.DataFrame
        ``year, boundary, series, grid, p05, p50, p95, met_share``: change against the base year (0.1 is +10 %), and
        share of the draws in which it is at most the target's.
    peak : polars.DataFrame
        ``year, share``: share of the draws in which petroleum of land transport is highest in a year.
    draws : polars.DataFrame
        The factors drawn, one row a draw.
    """

    intensity: pl.DataFrame
    change: pl.DataFrame
    peak: pl.DataFrame
    draws: pl.DataFrame


def draw_factors(county: County, *, samples: int, seed: int) -> pl.DataFrame:
    """Return factors drawn from the table ``uncertainties``, one row a draw and one column a parameter.

    Within a group the draws are correlated by a Gaussian copula with one common factor: the correlation of two
    parameters' normal scores is the product of the square roots of their ``correlation``.

    Raises
    ------
    DataError
        The county has no such table, less than one sample, or bounds in the wrong order.
    """
    table = county.uncertainties
    if not table.height:
        raise DataError(f"{county.name}: no table uncertainties; add uncertainties.csv to draw from.")
    if samples < 1:
        raise DataError(f"samples: got {samples}, expected at least 1.")
    common: dict[str, Floats] = {}
    columns = {}
    for row in table.iter_rows(named=True):
        if not row["low"] <= row["mode"] <= row["high"]:
            raise DataError(f"uncertainties: {row['parameter']} must have low <= mode <= high.")
        group = row["group"] or row["parameter"]
        if group not in common:
            common[group] = stream(seed, "fleet", "uncertainty", "group", group).standard_normal(samples)
        own = stream(seed, "fleet", "uncertainty", row["parameter"]).standard_normal(samples)
        rho = row["correlation"] if row["group"] else 0.0
        score = stats.norm.cdf(np.sqrt(rho) * common[group] + np.sqrt(1.0 - rho) * own)
        width = row["high"] - row["low"]
        if width == 0.0:
            columns[row["parameter"]] = np.full(samples, row["mode"])
        elif row["law"] == "uniform":
            columns[row["parameter"]] = row["low"] + width * score
        else:
            peak = (row["mode"] - row["low"]) / width
            columns[row["parameter"]] = stats.triang.ppf(score, peak, loc=row["low"], scale=width)
    return pl.DataFrame(columns)


def monte_carlo(
    county: County, *, years: Sequence[int], samples: int = 500, seed: int = 1, target_change: float = -0.1
) -> Spread:
    """Return the spread of road carbon over the ranges of the tables.

    Parameters
    ----------
    county
        Its tables, with ``uncertainties``.
    years
        Years of the intensities.
    samples
        Draws.
    seed
        Seed of the draws.
    target_change
        Target of the change against the base year.

    Raises
    ------
    DataError
        As for :func:`draw_factors`.
    """
    draws = draw_factors(county, samples=samples, seed=seed)
    base = round(county.figure("carbon.baseline_year"))
    wanted = sorted({base, *years})
    stocks = _stocks(county, draws)
    world = [_World(county, draws, table, wanted) for table in stocks.tables]
    results = {key: stocks.blend([one.intensity(*key) for one in world]) for key in _keys()}
    intensity, change = [], []
    column = {year: at for at, year in enumerate(wanted)}
    bias = _applied(county, draws, "base", "", samples)
    for (boundary, series, grid), values in results.items():
        first = values[:, column[base]] * (1.0 + bias)
        for year in years:
            one = first if year == base else values[:, column[year]]
            low, middle, high = (float(part) for part in np.quantile(one, QUANTILES))
            intensity.append((year, boundary, series, grid, float(one.mean()), low, middle, high))
            ratio = one / first - 1.0
            low, middle, high = (float(part) for part in np.quantile(ratio, QUANTILES))
            change.append((year, boundary, series, grid, low, middle, high, float((ratio <= target_change).mean())))
    oil = stocks.blend([one.petroleum() for one in world])
    peaks = np.bincount(np.argmax(oil, axis=1), minlength=oil.shape[1]) / samples
    keys = {"year": pl.Int64, **dict.fromkeys(("boundary", "series", "grid"), pl.String)}
    names = ("p05", "p50", "p95")
    return Spread(
        pl.DataFrame(intensity, schema=keys | dict.fromkeys(("mean_g_per_tkm", *names), pl.Float64), orient="row"),
        pl.DataFrame(change, schema=keys | dict.fromkeys((*names, "met_share"), pl.Float64), orient="row"),
        pl.DataFrame({"year": world[0].all_years, "share": peaks}),
        draws,
    )


def _keys() -> list[tuple[str, str, str]]:
    """Return boundaries, series and treatments of the grid."""
    return [(boundary, series, grid) for boundary in BOUNDARIES for series in SERIES for grid in ("frozen", "moving")]


@dataclass(frozen=True, slots=True)
class _Stocks:
    """Stocks at some shifts of the new-energy flow, and the weights that blend them for each draw."""

    tables: list[pl.DataFrame]
    weights: Floats

    def blend(self, values: list[Floats]) -> Floats:
        """Return values between those of the neighbouring shifts, linear."""
        return np.asarray(np.einsum("kn,kny->ny", self.weights, np.stack(values)))


def _stocks(county: County, draws: pl.DataFrame) -> _Stocks:
    """Return stocks over the range of the shift of new energy (logit) and the weights of the draws."""
    rows = county.uncertainties.filter(pl.col("applies_to") == "new_energy")
    if not rows.height:
        return _Stocks([stock(county)], np.ones((1, draws.height)))
    base = round(county.figure("adoption.base_year"))
    low, high, name = rows["low"][0], rows["high"][0], rows["parameter"][0]
    shifts = np.linspace(low, high, _GRID)
    tables = [
        stock(county.with_table("flow_shares", shifted_flow(county, float(shift), after=base, until=base + 5)))
        for shift in shifts
    ]
    drawn = draws[name].to_numpy()
    weights = np.stack([np.interp(drawn, shifts, np.eye(_GRID)[at]) for at in range(_GRID)])
    return _Stocks(tables, weights)


class _World:
    """Energy and turnover of one stock, with the factors of every draw."""

    def __init__(self, county: County, draws: pl.DataFrame, table: pl.DataFrame, years: Sequence[int]) -> None:
        self._county, self._draws, self._years = county, draws, years
        self._used = energy(county, table)
        self._work = turnover(county, table)
        self.all_years = sorted(table["year"].unique().to_list())
        self._cache: dict[tuple[str, str], Floats] = {}
        classes = county.vehicle_classes.select("vehicle_class", "empty_share").iter_rows()
        self._empty = {name: share or 0.0 for name, share in classes}

    def _factor(self, applies_to: str, name: str) -> Floats:
        """Return the drawn multiplier of something by name."""
        if (applies_to, name) not in self._cache:
            found = _applied(self._county, self._draws, applies_to, name, self._draws.height)
            self._cache[applies_to, name] = found
        return self._cache[applies_to, name]

    def _size(self, name: str, year: int) -> Floats:
        """Return the drawn size of a class in a year over the computed one: growth since the base of adoption.

        All powers of the class grow alike; that the flow has other shares than the stock is left out.
        """
        steps = max(0, year - round(self._county.figure("adoption.base_year")))
        return np.asarray((1.0 + self._factor("growth", name)) ** steps)

    def intensity(self, boundary: str, series: str, grid: str) -> Floats:
        """Return intensity, draws by years, g per t km."""
        members = list(BOUNDARIES[boundary])
        base = round(self._county.figure("carbon.baseline_year"))
        columns = []
        for year in self._years:
            inside = self._used.filter((pl.col("year") == year) & pl.col("boundary").is_in(members))
            factors = carrier_factors(self._county, series, year if grid == "moving" else base)
            tonnes = np.zeros(self._draws.height)
            for name, carrier, used in inside.select("vehicle_class", "carrier", "amount").iter_rows():
                one = used * factors[carrier] * self._factor("energy_use", carrier)
                one = one * self._factor("km_per_year", name) * self._size(name, year)
                if carrier == _ELECTRICITY:
                    moved = grid == "moving" and year > base
                    tonnes += one * (self._factor("grid_factor", "") if moved else 1.0)
                else:
                    tonnes += one * self._factor("fuel_factor", carrier)
            work = self._work.filter((pl.col("year") == year) & pl.col("boundary").is_in(members))
            tkm = np.zeros(self._draws.height)
            for name, freight, whole in work.select("vehicle_class", "freight_tkm", "converted_tkm").iter_rows():
                km = self._factor("km_per_year", name) * self._size(name, year)
                empty = self._empty[name]
                loaded = self._factor("load_factor", name) if freight else 1.0
                if freight:
                    loaded = loaded * (1.0 - empty * self._factor("empty_share", name)) / (1.0 - empty)
                tkm += whole * km * loaded
            columns.append(1000.0 * tonnes / tkm)
        return np.column_stack(columns)

    def petroleum(self) -> Floats:
        """Return petrol and diesel of all land transport, draws by years, t."""
        columns = []
        for year in self.all_years:
            inside = self._used.filter((pl.col("year") == year) & pl.col("carrier").is_in(list(PETROLEUM)))
            total = np.zeros(self._draws.height)
            for name, carrier, used in inside.select("vehicle_class", "carrier", "amount").iter_rows():
                one = used / 1000.0 * self._factor("energy_use", carrier) * self._factor("km_per_year", name)
                total += one * self._size(name, year)
            columns.append(total)
        return np.column_stack(columns)


def _applied(county: County, draws: pl.DataFrame, applies_to: str, name: str, samples: int) -> Floats:
    """Return the drawn factor that applies to something; 1 (0 for an offset) where none does."""
    rows = county.uncertainties.filter(pl.col("applies_to") == applies_to)
    for row in rows.iter_rows(named=True):
        if not row["selector"] or name in row["selector"].split("|"):
            return np.asarray(draws[row["parameter"]].to_numpy())
    return np.full(samples, 0.0 if applies_to in _OFFSETS else 1.0)


def baseline_test(
    county: County, table: pl.DataFrame, *, target_change: float, biases: Sequence[float]
) -> pl.DataFrame:
    """Return whether a target still holds when the base year's intensity was other than computed.

    Parameters
    ----------
    county
        Gives the base year.
    table
        Carbon account with the base year.
    target_change
        Target of the change, such as -0.1.
    biases
        Relative errors of the base year, such as -0.05, 0, 0.05.

    Returns
    -------
    polars.DataFrame
        ``year, boundary, series, grid, bias, change, met``.
    """
    base = round(county.figure("carbon.baseline_year"))
    keys = ["mode", "boundary", "series", "grid"]
    first = table.filter(pl.col("year") == base).select(*keys, first="intensity_g_per_tkm")
    later = table.filter(pl.col("year") > base).join(first, on=keys)
    frames = [
        later.select(
            "year",
            *keys,
            pl.lit(float(bias)).alias("bias"),
            change=pl.col("intensity_g_per_tkm") / (pl.col("first") * (1.0 + bias)) - 1.0,
        )
        for bias in biases
    ]
    return pl.concat(frames).with_columns(met=pl.col("change") <= target_change + 1e-12)
