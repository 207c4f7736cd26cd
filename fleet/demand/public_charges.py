"""Public charges of a class as rows of the request table: when, where, at which current, how patient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from data.arrays import DAY_MIN
from data.roads.truck_ways import truck_origin
from fleet.demand.decisions import ByCharge, exponential, uniform
from fleet.demand.hours.along_the_day import DayCharges, along_the_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from fleet.demand.decisions import Law
    from fleet.demand.parameters import DemandParameters, DemandTables
    from fleet.demand.plugs.current import PlugRules
    from fleet.demand.plugs.heavy import HeavyCharging
    from fleet.demand.plugs.prices import DayPrices, Response
    from fleet.demand.population import Fleet
    from fleet.demand.vehicle_day import Stop

COLUMNS: Final = {
    "request_id": pl.Int64,
    "arrive_min": pl.Float64,
    "origin": pl.String,
    "current": pl.String,
    "energy_kwh": pl.Float64,
    "accept_kw": pl.Float64,
    "vehicle_class": pl.String,
    "battery_kwh": pl.Float64,
    "soc_start": pl.Float64,
    "patience_min": pl.Float64,
    "max_queue": pl.Int64,
    "overstay_min": pl.Float64,
    "first_current": pl.String,
    "overstay_dc_min": pl.Float64,
}
"""Schema of the request table."""

REQUEST: Final = {name: kind for name, kind in COLUMNS.items() if name != "request_id"}
"""Schema of requests before they are numbered."""

UNBOUNDED: Final = ("patience_min", "max_queue")
"""Columns in which null stands for no end: a driver who never leaves, who joins any queue."""

_OWN: Final = {"vehicle": pl.Int64, "charge": pl.Int64, "place": pl.Int8}
_KINDS: Final = {
    **dict.fromkeys(_OWN, np.int64),
    **{name: np.float64 if kind == pl.Float64 else np.int64 for name, kind in REQUEST.items()},
    **dict.fromkeys(UNBOUNDED, np.float64),
}
"""Kinds of the arrays of charges; words are numbers."""


class ClassCharges(NamedTuple):
    """Charges of a class that are not at a charger of its own: arrays with an entry per charge.

    Attributes
    ----------
    origins, models : list of str
        Names of the origins, by town, and of the models.
    columns : dict of str to numpy.ndarray
        ``vehicle, charge`` (numbers from 0), ``place`` (as in `fleet.demand.plugs.heavy`) and the columns of the
        request table but its ``request_id``; words are numbers still, and what there is not is NaN.
    """

    origins: list[str]
    models: list[str]
    columns: dict[str, NDArray[Any]]


_CURRENTS: Final = ("dc", "ac", "any")
_FIRST: Final = ("ac", None)


def class_requests(
    fleet: Fleet,
    stops: Sequence[tuple[int, Stop]],
    charges_before: Ints,
    *,
    tables: DemandTables,
    parameters: DemandParameters,
    rules: PlugRules,
    heavy: HeavyCharging,
    prices: DayPrices,
    seed: int,
) -> ClassCharges:
    """Return the charges of a class that are not at a charger of its own.

    Household cars that stand longer than AC takes go where AC is free, if that costs no more, and else take DC, where
    they do not stay on. Heavy trucks charge in the county in part, and are an origin of their own.

    Parameters
    ----------
    fleet
        The class.
    stops
        Day (from 0) and vehicles that charge in public on it.
    charges_before
        Public charges of each vehicle before these days. The decisions of a charge count from there: a vehicle that
        charged less in the warm-up keeps the hours and patience of its first, second, ... request.
    tables, parameters
        Hourly profiles; the hours of a shift.
    rules, heavy, prices
        What decides between AC and DC and moves charges in the day; where heavy trucks charge; prices of the days.
    seed
        Seed of the replication.
    """
    names = [truck_origin(town) if fleet.vehicle_class in heavy.classes else town for town in fleet.town_names]
    if not stops:
        return ClassCharges(names, fleet.model_names, {name: np.zeros(0, kind) for name, kind in _KINDS.items()})
    charges = _Charges.of(fleet, stops, charges_before, seed)
    vehicle, drawn = charges.vehicle, charges.drawn
    left = charges.left_min()
    only_ac = (fleet.dc_kw[vehicle] == 0.0) & (fleet.ac_kw[vehicle] > 0.0)
    times = _Times(tables, parameters.shift_h, prices, rules.response(fleet.price_response))
    slow = (left >= 0.0) | only_ac
    at = np.asarray(np.where(np.isnan(charges.minute), _minutes(charges, slow, times), charges.minute))
    minutes = charges.along_the_day(DAY_MIN * charges.day + at, slow, parameters.driving_km_h)
    chooses = (left >= 0.0) & ~only_ac
    chooses &= rules.ac_is_cheaper(charges.energy, fleet.ac_kw[vehicle], fleet.dc_kw[vehicle], minutes, prices)
    overstay = drawn("overstay", exponential)
    at_dc = fleet.overstay_dc_min * overstay
    home = fleet.town[vehicle]
    columns: dict[str, NDArray[Any]] = {
        "vehicle": vehicle,
        "charge": charges.charge,
        "place": heavy.place(fleet.vehicle_class, vehicle, partial(drawn, "place"), size=fleet.size, seed=seed),
        "arrive_min": minutes,
        "origin": np.where(drawn("away") < fleet.out_of_town_share, fleet.other_town(home, drawn("other-town")), home),
        "current": np.where(only_ac, 1, np.where(chooses, 2, 0)),
        "energy_kwh": charges.energy,
        "accept_kw": np.where(only_ac, fleet.ac_kw[vehicle], fleet.dc_kw[vehicle]),
        "vehicle_class": fleet.model[vehicle],
        "battery_kwh": fleet.battery_kwh[vehicle],
        "soc_start": charges.first,
        "patience_min": fleet.patience_min * drawn("patience", exponential),
        "max_queue": np.full(len(vehicle), fleet.max_queue),
        "overstay_min": np.select([chooses, only_ac], [left, fleet.overstay_ac_min * overstay], at_dc),
        "first_current": np.where(chooses, 0, 1),
        "overstay_dc_min": np.where(chooses, at_dc, np.nan),
    }
    return ClassCharges(names, fleet.model_names, columns)


def charges_table(classes: Sequence[ClassCharges]) -> pl.DataFrame:
    """Return the charges of some classes, one after another.

    Returns
    -------
    polars.DataFrame
        The columns of `ClassCharges`, in words.
    """
    columns: dict[str, Any] = {
        name: np.concatenate([part.columns[name] for part in classes]) if classes else np.zeros(0, kind)
        for name, kind in _KINDS.items()
    }
    # once for all of them: the frame of a class takes longer than its few rows
    for name, words in (("origin", "origins"), ("vehicle_class", "models")):
        known = [getattr(part, words) for part in classes]
        first = np.cumsum([0, *map(len, known)])[:-1]
        offset = np.repeat(first, [len(part.columns[name]) for part in classes])
        columns[name] = by_number([word for own in known for word in own], columns[name] + offset)
    columns["current"] = by_number(_CURRENTS, columns["current"])
    columns["first_current"] = by_number(_FIRST, columns["first_current"])
    columns["overstay_dc_min"] = pl.Series(columns["overstay_dc_min"], nan_to_null=True)
    own = [pl.Series(name, columns[name], dtype=kind) for name, kind in _OWN.items()]
    return pl.DataFrame([*own, *request_columns(**{name: columns[name] for name in REQUEST})])


def by_number(names: Sequence[str | None], number: Ints) -> pl.Series:
    """Return names by their numbers."""
    # by index, not by an expression: a query plan takes longer than the few rows of a class
    return pl.Series(names, dtype=pl.String)[number]


def named(names: Sequence[str], number: Ints) -> pl.Series:
    """Return names by their numbers as an enumeration, whose rows stay numbers; names may occur again."""
    known = list(dict.fromkeys(names))
    place = np.array([known.index(name) for name in names], dtype=np.uint32)
    return pl.Series(known, dtype=pl.Enum(known))[place[number]]


def request_columns(**columns: Floats | Ints | pl.Series) -> list[pl.Series]:
    """Return the columns of requests that are not numbered yet, in the order and types of `REQUEST`.

    Numbers of `UNBOUNDED` are null where they are infinite.
    """
    columns.update({name: _null_where_infinite(columns[name]) for name in UNBOUNDED})
    return [pl.Series(name, columns[name], dtype=kind) for name, kind in REQUEST.items()]


def _null_where_infinite(values: Floats | Ints | pl.Series) -> Floats | Ints | pl.Series:
    """Return numbers, those without end as null."""
    if isinstance(values, pl.Series) or np.isfinite(values).all():
        return values
    return pl.Series(np.where(np.isfinite(values), values, np.nan), nan_to_null=True)


@dataclass(frozen=True, slots=True)
class _Charges:
    """Charges of a class, one by one: vehicle and its charge, day, SOC at the start, kWh at the battery, leg.

    `minute` is NaN where the driver chooses when to charge, and no duty says it.
    """

    fleet: Fleet
    seed: int
    vehicle: Ints
    charge: Ints
    day: Ints
    first: Floats
    energy: Floats
    second_leg: NDArray[np.bool_]
    minute: Floats

    @classmethod
    def of(cls, fleet: Fleet, stops: Sequence[tuple[int, Stop]], charges_before: Ints, seed: int) -> _Charges:
        """Return the charges of stops, numbered from those before on."""
        vehicle = np.concatenate([stop.who for _, stop in stops])
        charging = [len(stop.who) for _, stop in stops]
        return cls(
            fleet,
            seed,
            vehicle,
            np.concatenate([stop.charge for _, stop in stops]) - charges_before[vehicle],
            np.repeat([day for day, _ in stops], charging),
            np.concatenate([stop.first for _, stop in stops]),
            # at the battery; the charger's losses are the station's
            np.concatenate([stop.energy_kwh for _, stop in stops]),
            np.repeat([stop.leg > 0 for _, stop in stops], charging),
            np.concatenate([s.minute if s.minute is not None else np.full(len(s.who), np.nan) for _, s in stops]),
        )

    def drawn(self, decision: str, law: Law = uniform) -> Floats:
        """Return what is drawn for a decision."""
        return ByCharge(self.seed, self.fleet.name, decision, self.fleet.size, law).of(self.vehicle, self.charge)

    def left_min(self) -> Floats:
        """Return how long the cars stand after an AC charge; negative where it does not fit, or nobody stands."""
        if self.fleet.standing is None:
            return np.full(len(self.vehicle), -1.0)
        return self.fleet.standing.left_min(self.drawn("current"), self.energy, self.fleet.ac_kw[self.vehicle])

    def along_the_day(self, minutes: Floats, slow: NDArray[np.bool_], driving_km_h: float) -> Floats:
        """Return times in the order of the drive, from times as drawn, with charge and way between two of a day."""
        fleet, vehicle = self.fleet, self.vehicle
        kw = np.where(slow, fleet.ac_kw[vehicle], fleet.dc_kw[vehicle])
        last = self.first + self.energy / fleet.battery_kwh[vehicle]
        # what is missing since the charge before of the day was driven with, less what was filled at work
        order = np.lexsort((self.charge, self.day, vehicle))
        before, after = order[:-1], order[1:]
        same = (vehicle[before] == vehicle[after]) & (self.day[before] == self.day[after])
        used = np.zeros(len(vehicle))
        used[after] = np.where(same, np.maximum(last[before] - self.first[after], 0.0), 0.0)
        km = used * fleet.battery_kwh[vehicle] / fleet.kwh_a_km[vehicle]
        # each driver of a taxi in two shifts keeps to the hours of the shift
        leg = (fleet.two_shifts[vehicle] & self.second_leg).astype(np.int64)
        stay_min = 60.0 * self.energy / kw
        return along_the_day(
            minutes, DayCharges(vehicle, self.charge, self.day, leg, stay_min, 60.0 * km / driving_km_h)
        )


class _Times(NamedTuple):
    """What the hours of charges follow: profiles, the hours of a shift, and prices with the response to them."""

    tables: DemandTables
    shift_h: tuple[float, float]
    prices: DayPrices
    response: Response


def _minutes(charges: _Charges, stands: NDArray[np.bool_], times: _Times) -> Floats:
    """Return times of day by the profile of the class, of AC for cars that stand, within the shift for taxis in two."""
    tables, shift_h, prices, response = times
    profile, lot = charges.fleet.profile, charges.drawn("time-of-day")
    in_two = charges.fleet.two_shifts[charges.vehicle] & ~stands
    shares = {
        "slow": lambda: tables.hourly_shares(charges.fleet.ac_profile),
        "early": lambda: tables.hourly_shares(profile, hours=shift_h),
        "late": lambda: tables.hourly_shares(profile, hours=shift_h, outside=True),
    }
    # taxis in two shifts charge within the hours of the driver whose leg it is; AC has a profile of its own
    concerned = {"slow": stands, "early": in_two & ~charges.second_leg, "late": in_two & charges.second_leg}
    minutes = prices.times_of_day(tables.hourly_shares(profile), lot, charges.day, response)
    # the same lot whatever the profile: a charge of a car that stands moves in the day, it is not drawn anew
    for kind, own in concerned.items():
        if own.any():
            minutes = np.where(own, prices.times_of_day(shares[kind](), lot, charges.day, response), minutes)
    return minutes
