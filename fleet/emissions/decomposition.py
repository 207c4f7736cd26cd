"""Why carbon intensity changed: structure, efficiency and factors (LMDI)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import polars as pl

from data.factors import lmdi
from fleet.emissions.accounts import BOUNDARIES, SERIES, carrier_factors, energy, turnover
from fleet.emissions.factors import RoadFactors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County

TERMS: Final = ("structure", "efficiency", "factor")


def attribution(
    county: County, stock: pl.DataFrame, *, years: Sequence[int], grid: Sequence[str] = ("frozen", "moving")
) -> pl.DataFrame:
    """Return what moved the carbon intensity of road transport since the base year.

    Parameters
    ----------
    county
        Factors, energy use, vehicle classes; ``carbon.baseline_year``.
    stock
        Table of :func:`fleet.stock`.
    years
        Years to explain.
    grid
        As for :func:`fleet.carbon`.

    Returns
    -------
    polars.DataFrame
        ``year, boundary, series, grid, base_g_per_tkm, structure_g_per_tkm, efficiency_g_per_tkm, factor_g_per_tkm,
        intensity_g_per_tkm``; the three terms sum to the change. Sub-fleets are class, power and carrier: share of
        the converted turnover, energy per t km, emission per energy. A sub-fleet that appears or vanishes belongs to
        the structure, one whose factor is 0 in one of the years to the factor (Ang 2005, the limit of small values).
    """
    factors = RoadFactors.from_county(county)
    base = factors.base_year
    rows = []
    for treatment in grid:
        for boundary in BOUNDARIES:
            for series in SERIES:
                # the base year has one grid factor under either treatment
                first = _parts(factors, stock, base, boundary, series, base)
                for year in years:
                    second = _parts(factors, stock, year, boundary, series, base if treatment == "frozen" else year)
                    rows.append((year, boundary, series, treatment, *_explain(first, second)))
    names = ["base_g_per_tkm", *(f"{term}_g_per_tkm" for term in TERMS), "intensity_g_per_tkm"]
    schema = {"year": pl.Int64, **dict.fromkeys(("boundary", "series", "grid"), pl.String)}
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(names, pl.Float64), orient="row")


def _parts(
    factors: RoadFactors, stock: pl.DataFrame, year: int, boundary: str, series: str, grid_year: int
) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    """Return share of turnover, energy per t km and factor (g) of each sub-fleet."""
    members = list(BOUNDARIES[boundary])
    now = stock.filter(pl.col("year") == year)
    inside = energy(factors, now).filter(pl.col("boundary").is_in(members))
    work = turnover(factors, now, by_power=True).filter(pl.col("boundary").is_in(members))
    # fsum: the total must not depend on the order of the classes
    total = math.fsum(work["converted_tkm"].to_list())
    tkm_of = {
        (name, power): tkm for name, power, tkm in work.select("vehicle_class", "power", "converted_tkm").iter_rows()
    }
    kg_per_unit = carrier_factors(factors, series, grid_year)
    parts = {}
    for name, power, carrier, used in inside.select("vehicle_class", "power", "carrier", "amount").iter_rows():
        tkm = tkm_of[name, power]
        if tkm > 0.0:
            parts[name, power, carrier] = (tkm / total, used / tkm, 1000.0 * kg_per_unit[carrier])  # kg to g
    return parts


def _explain(
    first: dict[tuple[str, str, str], tuple[float, float, float]],
    second: dict[tuple[str, str, str], tuple[float, float, float]],
) -> tuple[float, ...]:
    """Return base intensity, the three terms and the new intensity, g per t km."""
    terms = [0.0, 0.0, 0.0]
    before, after = [], []
    # sorted: keys of two dicts as a set have another order in every process
    for key in sorted({*first, *second}):
        old, new = first.get(key), second.get(key)
        if old is None or new is None:
            # logarithms of nothing: what appears or vanishes is a change of the mix
            terms[0] += (math.prod(new) if new else 0.0) - (math.prod(old) if old else 0.0)
        # a factor of 0, electricity in series a: its logarithm does not exist either
        elif old[2] == 0.0 or new[2] == 0.0:
            terms[2] += math.prod(new) - math.prod(old)
        else:
            before.append(old)
            after.append(new)
    terms = [term + more for term, more in zip(terms, lmdi(before, after) if before else [0.0] * 3, strict=True)]
    return (
        math.fsum(math.prod(part) for part in first.values()),
        *terms,
        math.fsum(math.prod(part) for part in second.values()),
    )
