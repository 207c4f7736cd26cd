"""The battery vehicles of a class, one by one: model, town, charging access, daily distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError
from data.streams import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.county import County

_STOPS = 6
_DAYS_A_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """BEVs of a class as arrays over vehicles, and what holds for all of them."""

    name: str
    model: NDArray[np.int64]
    model_names: list[str]
    battery_kwh: NDArray[np.float64]
    dc_kw: NDArray[np.float64]
    ac_kw: NDArray[np.float64]
    town: NDArray[np.int64]
    town_names: list[str]
    pull: NDArray[np.float64]
    has_base: NDArray[np.bool_]
    at_depot: NDArray[np.bool_]
    km_a_day: float
    km_cv: float
    kwh_a_km: float
    reserve_soc: float
    base_end_soc: float
    soc_law: tuple[float, float, float, float]
    topup_probability: float
    patience_min: float
    max_queue: int
    overstay_dc_min: float
    overstay_ac_min: float
    ac_share: float
    out_of_town_share: float
    most_stops: int = _STOPS

    @property
    def size(self) -> int:
        """Return the number of vehicles."""
        return len(self.model)

    def draw_other_town(self, town: NDArray[np.int64], draw: np.random.Generator) -> NDArray[np.int64]:
        """Return a town other than the own, by the gravity of residents over distance."""
        reach = np.cumsum(self.pull[town], axis=1)
        return np.asarray((draw.uniform(size=(len(town), 1)) * reach[:, -1:] > reach).sum(axis=1), dtype=np.int64)


def start_soc(fleet: Fleet, number: int, draw: np.random.Generator) -> NDArray[np.float64]:
    """Return SOCs at which drivers look for a public charger."""
    return np.asarray(draw.beta(fleet.soc_law[0], fleet.soc_law[1], number), dtype=np.float64)


def end_soc(fleet: Fleet, number: int, draw: np.random.Generator) -> NDArray[np.float64]:
    """Return SOCs at which drivers end a public charge."""
    return np.asarray(1.0 - draw.beta(fleet.soc_law[2], fleet.soc_law[3], number), dtype=np.float64)


def build_fleet(county: County, stock: pl.DataFrame, name: str, *, year: int, seed: int) -> Fleet | None:
    """Return the BEVs of a class in a year, or None where there are none.

    Vehicles live in the towns by residents. Streams are owned by class and decision, so that one more vehicle leaves
    the draws of the others alone.

    Raises
    ------
    DataError
        A class without models, behaviour, access or energy use.
    """
    count = stock.filter((pl.col("year") == year) & (pl.col("vehicle_class") == name) & (pl.col("power") == "bev"))
    size = round(float(count["vehicles"].sum()))
    models = county.ev_models.filter(pl.col("vehicle_class") == name)
    if size == 0 or name == "motorcycle":
        return None
    if not models.height:
        raise DataError(f"ev_models: no row for vehicle_class {name!r}; add its battery and power.")
    behaviour = _one(county.charging_behaviour, name, "charging_behaviour")
    use = county.energy_use.filter((pl.col("vehicle_class") == name) & (pl.col("power") == "bev"))
    model = stream(seed, "fleet", name, "model").choice(models.height, size, p=_normal(models["share"]))
    towns = county.towns
    town = stream(seed, "fleet", name, "town").choice(towns.height, size, p=_normal(towns["residents"]))
    has_base, at_depot = _access(county, name, towns["kind"].to_numpy()[town], seed)
    factor = county.figure("fleet.private_bev_km_factor") if name == "private_car" else 1.0
    yearly = float(_one(county.vehicle_classes, name, "vehicle_classes")["km_per_year"])  # type: ignore[arg-type]
    law = tuple(float(behaviour[key]) for key in ("start_soc_alpha", "start_soc_beta", "end_soc_alpha", "end_soc_beta"))  # type: ignore[arg-type]
    return Fleet(
        name=name,
        model=np.asarray(model, dtype=np.int64),
        model_names=[f"{name}/{segment}" for segment in models["segment"]],
        battery_kwh=models["battery_kwh"].to_numpy()[model],
        dc_kw=models["dc_kw"].to_numpy()[model],
        ac_kw=models["ac_kw"].to_numpy()[model],
        town=np.asarray(town, dtype=np.int64),
        town_names=towns["town"].to_list(),
        pull=gravity(county),
        has_base=has_base,
        at_depot=at_depot,
        km_a_day=yearly * factor / _DAYS_A_YEAR,
        km_cv=county.figure("fleet.daily_km_cv"),
        kwh_a_km=float(use["use_per_100km"][0]) / 100.0,
        reserve_soc=county.figure("fleet.reserve_soc"),
        base_end_soc=county.figure("fleet.depot_end_soc"),
        soc_law=(law[0], law[1], law[2], law[3]),
        topup_probability=float(behaviour["topup_probability"]),  # type: ignore[arg-type]
        patience_min=float(behaviour["patience_mean_min"]),  # type: ignore[arg-type]
        max_queue=int(behaviour["max_queue"]),  # type: ignore[call-overload]
        overstay_dc_min=float(behaviour["overstay_dc_min"]),  # type: ignore[arg-type]
        overstay_ac_min=float(behaviour["overstay_ac_min"]),  # type: ignore[arg-type]
        ac_share=county.figure("fleet.public_ac_share") if name == "private_car" else 0.0,
        out_of_town_share=county.figure("fleet.out_of_town_share"),
    )


def gravity(county: County) -> NDArray[np.float64]:
    """Return the pull of each town on each other: residents over distance to the gravity exponent, own town 0.

    Distances are straight lines on the sphere, for the model must not depend on a layout's travel table.
    """
    lon, lat = np.radians(county.towns["lon"].to_numpy()), np.radians(county.towns["lat"].to_numpy())
    east = (lon[:, None] - lon[None, :]) * np.cos(0.5 * (lat[:, None] + lat[None, :]))
    distance = np.hypot(east, lat[:, None] - lat[None, :])
    np.fill_diagonal(distance, 1.0)
    pull = county.towns["residents"].to_numpy()[None, :] / distance ** county.figure("fleet.gravity_exponent")
    np.fill_diagonal(pull, 0.0)
    return np.asarray(pull, dtype=np.float64)


def _access(
    county: County, name: str, town_kind: NDArray[np.object_], seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return who has a charger at home or depot, and whose is a depot."""
    rows = county.charging_access.filter(pl.col("vehicle_class") == name)
    if not rows.height:
        raise DataError(f"charging_access: no row for vehicle_class {name!r}; add its shares.")
    shares = {row["town_kind"]: (row["home_share"], row["depot_share"]) for row in rows.iter_rows(named=True)}
    home, depot = np.array([shares.get(kind, shares.get("any", (0.0, 0.0))) for kind in town_kind]).T
    lot = stream(seed, "fleet", name, "access").uniform(size=len(town_kind))
    return lot < home + depot, (lot >= home) & (lot < home + depot)


def _one(frame: pl.DataFrame, name: str, table: str) -> dict[str, object]:
    """Return the row of a class."""
    found = frame.filter(pl.col("vehicle_class") == name)
    if not found.height:
        raise DataError(f"{table}: no row for vehicle_class {name!r}; add one.")
    return dict(found.row(0, named=True))


def _normal(weights: pl.Series) -> NDArray[np.float64]:
    """Return weights that sum to 1."""
    values = weights.to_numpy().astype(np.float64)
    return np.asarray(values / values.sum(), dtype=np.float64)
