"""Draws of the carbon accounts, kept by what they were computed of; see `experiments.runs.stored.stored_by_reading`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.memory.remembering import remembered
from experiments.pathways.carbon_draws import DRAWS, CarbonDraws, carbon_draws
from experiments.runs.stored.stored_by_reading import stored_by_reading
from fleet.emissions.uncertainty import RoadDraws
from shipping.emissions.ship_change import ShipDraws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.arrays import Floats
    from data.county import County
    from experiments.scenario.model import Scenario

KIND: Final = "draws"
_ROAD, _SHIPS, _FACTORS, _RANGES = "road", "ships", "factors", "ranges"
_INTENSITY, _CHANGE, _PEAK, _PETROLEUM, _VALUES = "intensity", "change", "peak_year", "petroleum", "values"
_ARRAYS: Final = pl.Schema(
    [("of", pl.String()), ("key", pl.String()), ("columns", pl.List(pl.Int64)), ("values", pl.List(pl.Float64))]
)
"""Arrays, row by row: what they are, their key as JSON, the years of their columns where they have some."""


def stored_draws(scenario: Scenario, county: County) -> CarbonDraws:
    """Return the draws of the accounts of a run; parameters and errors as of `carbon_draws`."""
    asked = (DRAWS, scenario.seed, scenario.fleet.to_water_share, scenario.fleet.to_rail_share)

    def build(known: County) -> CarbonDraws:
        found = stored_by_reading(
            KIND, json.dumps(asked), known, lambda watched: packed(carbon_draws(scenario, watched))
        )
        return unpacked(found)

    # in a process the same draws are the same object
    return remembered(county, ("stored draws", asked), build)


def packed(drawn: CarbonDraws) -> dict[str, pl.DataFrame]:
    """Return draws as tables; those of road or ships are missing where there are none."""
    tables: dict[str, pl.DataFrame] = {}
    if drawn.road is not None:
        road = drawn.road
        rows = [*_rows(_INTENSITY, road.intensity, road.years), *_rows(_CHANGE, road.change, road.years)]
        rows += [*_rows(_PEAK, {(): road.peak_year}), *_rows(_PETROLEUM, {(): road.petroleum}, road.peak_years)]
        tables |= {_ROAD: pl.DataFrame(rows, schema=_ARRAYS, orient="row"), _FACTORS: road.factors}
    if drawn.ships is not None:
        ships = drawn.ships
        rows = [*_rows(_VALUES, {(key,): each for key, each in ships.values.items()}), *_rows(_CHANGE, ships.change)]
        ends = [(key, *each) for key, each in ships.ranges.items()]
        columns = {"key": pl.String, "low": pl.Float64, "value": pl.Float64, "high": pl.Float64}
        tables |= {_SHIPS: pl.DataFrame(rows, schema=_ARRAYS, orient="row")}
        tables |= {_RANGES: pl.DataFrame(ends, schema=columns, orient="row")}
    return tables


def unpacked(tables: Mapping[str, pl.DataFrame]) -> CarbonDraws:
    """Return the draws that `packed` made tables of."""
    road = ships = None
    if _ROAD in tables:
        found, years = _arrays(tables[_ROAD])
        road = RoadDraws(
            factors=tables[_FACTORS],
            years=years[_CHANGE],
            intensity=found[_INTENSITY],
            change=found[_CHANGE],
            peak_year=found[_PEAK][()],
            peak_years=years[_PETROLEUM],
            petroleum=found[_PETROLEUM][()],
        )
    if _SHIPS in tables:
        found, _ = _arrays(tables[_SHIPS])
        values = {key: each for (key,), each in found.get(_VALUES, {}).items()}
        ranges = {key: (low, value, high) for key, low, value, high in tables[_RANGES].iter_rows()}
        ships = ShipDraws(values, found.get(_CHANGE, {}), ranges)
    return CarbonDraws(road, ships)


def _rows(
    of: str, arrays: Mapping[Any, Floats], years: tuple[int, ...] | None = None
) -> list[tuple[str, str, list[int] | None, pl.Series]]:
    """Return rows of `_ARRAYS`."""
    columns = None if years is None else list(years)
    return [(of, json.dumps(key), columns, pl.Series(each.ravel())) for key, each in arrays.items()]


def _arrays(rows: pl.DataFrame) -> tuple[dict[str, dict[Any, Floats]], dict[str, tuple[int, ...]]]:
    """Return arrays by what they are and their key, and the years of their columns by what they are."""
    found: dict[str, dict[Any, Floats]] = {}
    years: dict[str, tuple[int, ...]] = {}
    for (of, key, columns), values in zip(rows.drop("values").iter_rows(), rows["values"], strict=True):
        array = np.array(values)
        if columns is not None:
            array, years[of] = array.reshape(-1, len(columns)), tuple(columns)
        found.setdefault(of, {})[tuple(json.loads(key))] = array
    return found, years
