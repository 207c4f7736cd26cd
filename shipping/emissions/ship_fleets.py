"""The corridor's ships beside those that the county registers: two boundaries of one target, each by name.

The corridor is every vessel that passes, whatever its flag. The county's own ships are registered there and sail
elsewhere too: no register is public, so their turnover, sizes and carriers are figures with wide ranges, and their
intensity follows from the same hulls, engines and factors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from data.factors import electricity_factor
from shipping.emissions.accounts import GRIDS, account_row
from shipping.emissions.passage_work import passage_work
from shipping.emissions.ship_factors import SERIES, ShipFactors
from shipping.emissions.ship_year import carrier_shares, ship_year, year_of
from shipping.parameters.carbon_parameters import ShipCarbonParameters
from shipping.parameters.county_river import has_figure, has_river
from shipping.traffic.yearly import county_traffic, resized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from shipping.emissions.ship_year import ShipYear

CORRIDOR: Final = "corridor"
REGISTERED: Final = "registered"
SHIP_FLEETS: Final = {
    "year": pl.Int64,
    "ships": pl.String,
    "series": pl.String,
    "grid": pl.String,
    **dict.fromkeys(("emissions_t", "turnover_tkm", "intensity_g_per_tkm", "change_share"), pl.Float64),
}
"""Schema of the table: ``ships`` are those of the corridor or the county's registered ones; ``change_share`` is that of
the intensity against the base year, null where the base year is not among the years."""
_TURNOVER: Final = "river.city_turnover_tkm"


@dataclass(frozen=True, slots=True)
class RegisteredParameters:
    """Ships that the county registers.

    Attributes
    ----------
    city_tkm, city_year : float, int
        Turnover of the ships of the city to which the county belongs, t km, and its year.
    share : float
        The county's part of it.
    size : float
        Mean deadweight over that of the corridor's ships.
    lock_share : float
        Share of the voyages that pass the lock.
    lng_factor : float
        Share of LNG in their energy over that of the corridor's.
    """

    city_tkm: float
    city_year: int
    share: float
    size: float
    lock_share: float
    lng_factor: float

    @classmethod
    def from_county(cls, county: County) -> RegisteredParameters | None:
        """Return the figures ``river.city_turnover_*`` and ``river.registered_*``; None without the first."""
        if not has_figure(county, _TURNOVER):
            return None
        names = ("share", "size", "lock_share", "lng_factor")
        return cls(
            county.figure(_TURNOVER),
            int(county.figure("river.city_turnover_year")),
            *(county.figure(f"river.registered_{name}") for name in names),
        )


def ship_fleets(county: County, *, years: Sequence[int], grid: Sequence[str] = GRIDS) -> pl.DataFrame:
    """Return the account of the corridor's ships and, beside it, of those that the county registers.

    Registered ships have the corridor's classes, tilted to their mean size, its loads, engines and passages per t km;
    they wait at the lock on the voyages that pass it. Their turnover grows as the corridor's.

    Parameters
    ----------
    county : data.County
        Tables and figures of the ships' account; without ``river.city_turnover_tkm`` the corridor stands alone.
    years : sequence of int
        Years of the account.
    grid : sequence of str
        As for `shipping.carbon`.

    Returns
    -------
    polars.DataFrame
        ``SHIP_FLEETS``, by ships, series, grid and year. No rows where the county has no river.
    """
    if not (has_river(county) and county.has("river")):
        return pl.DataFrame(schema=SHIP_FLEETS)
    factors, own = ShipFactors.from_county(county), RegisteredParameters.from_county(county)
    rows: list[tuple[int, str, str, str, float, float, float]] = []
    for year in years:
        fleets = {CORRIDOR: (ship_year(county, year), 1.0)}
        if own is not None:
            fleets[REGISTERED] = _registered(county, own, year)
        for name, (work, part) in fleets.items():
            for treatment in grid:
                grid_year = factors.baseline_year if treatment == "frozen" else year
                for series in SERIES:
                    meter = electricity_factor(county, grid_year, series)
                    emissions, turnover, intensity, _ = account_row(work, factors, series, meter)
                    rows.append((year, name, series, treatment, part * emissions, part * turnover, intensity))
    table = pl.DataFrame(rows, schema=[name for name in SHIP_FLEETS if name != "change_share"], orient="row")
    keys = ["ships", "series", "grid"]
    base = table.filter(year=factors.baseline_year).select(*keys, base="intensity_g_per_tkm")
    return (
        table.join(base, on=keys, how="left", maintain_order="left")
        .with_columns(change_share=pl.col("intensity_g_per_tkm") / pl.col("base") - 1.0)
        .select(pl.col(name).cast(kind) for name, kind in SHIP_FLEETS.items())
        .sort(*keys, "year")
    )


def _registered(county: County, own: RegisteredParameters, year: int) -> tuple[ShipYear, float]:
    """Return the work of the corridor's cargo as if the registered ships carried it, and their part of that cargo."""
    carbon = ShipCarbonParameters.from_county(county)
    corridor, mix = county_traffic(county, year)
    shares = carrier_shares(carbon, year)
    lng = min(1.0 - shares["electric"], shares["lng"] * own.lng_factor)
    carriers = {"diesel": 1.0 - lng - shares["electric"], "lng": lng, "electric": shares["electric"]}
    work = passage_work(county, year, mix)
    waits = carbon.lock_h.at(year) * own.lock_share
    traffic, small = resized(corridor, mix, own.size)
    then, _ = county_traffic(county, own.city_year)
    part = own.city_tkm * own.share / (then.cargo_t * work.distance_km)
    return year_of(work, traffic, small, carbon, carriers, lock_h=waits), part
