"""The battery vehicles of a class, one by one: model, town, charging access, daily distance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from data.streams import stream
from fleet.demand.class_inputs import BEV, class_inputs
from fleet.demand.driving import Limits, Vehicles

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from fleet.demand.class_inputs import ClassInputs
    from fleet.demand.parameters import DemandParameters, DemandTables
    from fleet.demand.plugs.current import Standing

    Flags = NDArray[np.bool_]

# more public charges on a leg than a battery of 300 km range needs for a day of 1,500 km: only bounds a loop
_STOPS: Final = 6


@dataclass(frozen=True, slots=True)
class Fleet:
    """Vehicles of a class and power as arrays over vehicles, and what holds for all of them.

    The name is that of the class, with the power behind a slash for other powers than ``bev``: it owns the draws.
    `scheduled` are the vehicles that drive duties of an operator; `depot_kw` is the charger of an operator's depot at
    the meter, NaN where the vehicle has none.

    What follows from these is worked out once, because drivers ask for it every day: `has_own` are the vehicles that
    can count on a charger of their own, at home, depot or work, with a rest at it; `rests` has the numbers of those
    that are filled up at home and in the depot at the end of a day, and `works` of those with a charger at work; `legs`
    are the parts of a day; `all_scheduled` says whether no vehicle has a day of its driver's own; `vehicles` and
    `limits` are what the compiled rules of a day are given of the class.
    """

    name: str
    model: Ints
    model_names: list[str]
    battery_kwh: Floats
    dc_kw: Floats
    ac_kw: Floats
    town: Ints
    town_names: list[str]
    pull: Floats
    has_base: Flags
    at_depot: Flags
    has_work: Flags
    two_shifts: Flags
    scheduled: Flags
    depot_kw: Floats
    comes_back: bool
    km_a_day: float
    km_factor: Floats
    km_cv: float
    holiday_response: float
    profile: str
    ac_profile: str
    kwh_a_km: Floats
    reserve_soc: float
    least_gain_share: float
    base_end_soc: float
    handover_soc: float
    start_soc_law: tuple[float, float]
    unfilled_soc_law: tuple[float, float]
    topup_probability: float
    patience_min: float
    max_queue: float
    overstay_dc_min: float
    overstay_ac_min: float
    standing: Standing | None
    price_response: float
    out_of_town_share: float
    most_stops: int = _STOPS
    has_own: Flags = field(init=False, repr=False)
    rests: tuple[Ints, Ints] = field(init=False, repr=False)
    works: Ints = field(init=False, repr=False)
    legs: int = field(init=False, repr=False)
    all_scheduled: bool = field(init=False, repr=False)
    vehicles: Vehicles = field(init=False, repr=False)
    limits: Limits = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out what follows from the columns."""
        # a taxi in two shifts never rests: its other driver is waiting; who has duties stands as long as they leave
        rests = self.has_base & ~self.two_shifts & ~self.scheduled
        known: dict[str, Any] = {
            "has_own": (self.has_base & ~self.two_shifts) | self.has_work,
            "rests": (np.flatnonzero(rests & ~self.at_depot), np.flatnonzero(rests & self.at_depot)),
            "works": np.flatnonzero(self.has_work),
            "legs": 2 if self.has_work.any() or self.two_shifts.any() else 1,
            "all_scheduled": bool(self.scheduled.all()),
            "limits": Limits(
                float(self.km_a_day),
                float(self.reserve_soc),
                float(self.least_gain_share),
                float(self.base_end_soc),
                float(self.handover_soc),
                float(self.topup_probability),
            ),
        }
        known["vehicles"] = Vehicles(
            self.battery_kwh,
            self.kwh_a_km,
            self.km_factor,
            known["has_own"],
            self.two_shifts,
            self.scheduled,
            known["works"],
            *known["rests"],
        )
        for name, value in known.items():
            object.__setattr__(self, name, value)

    @property
    def vehicle_class(self) -> str:
        """Return the class."""
        return self.name.partition("/")[0]

    @property
    def power(self) -> str:
        """Return the power."""
        return self.name.partition("/")[2] or BEV

    @property
    def size(self) -> int:
        """Return the number of vehicles."""
        return len(self.model)

    def other_town(self, town: Ints, lot: Floats) -> Ints:
        """Return a town other than home by its pull, from lots between 0 and 1; home where no road leads away."""
        reach = np.cumsum(self.pull[town], axis=1)
        drawn = (lot[:, None] * reach[:, -1:] > reach).sum(axis=1)
        return np.where(reach[:, -1] > 0.0, drawn, town).astype(np.int64)


def build_fleet(
    tables: DemandTables,
    parameters: DemandParameters,
    stock: pl.DataFrame,
    name: str,
    *,
    year: int,
    seed: int,
    pull: Floats,
    power: str = BEV,
) -> Fleet | None:
    """Return the BEVs or plug-in hybrids of a class in a year, or None where there are none.

    Vehicles live in the towns by residents. Streams are owned by class and decision, so that one more vehicle leaves
    the draws of the others alone. A day's mean km is the stock's ``km_per_vehicle`` over the days of a year.

    Parameters
    ----------
    tables, parameters
        Classes, models, behaviour, access, energy use and towns; the figures of all classes.
    stock
        Table of :func:`fleet.stock`.
    name
        Vehicle class.
    year, seed
        Year of the stock, and seed of the draws.
    pull
        Pull of the towns on each other, from :func:`gravity`.
    power
        ``bev`` or ``phev``.

    Raises
    ------
    DataError
        A class without models, behaviour, access or energy use.
    """
    known = class_inputs(tables, stock, name, year=year, power=power)
    return None if known is None else draw_fleet(known, parameters, seed=seed, pull=pull)


def draw_fleet(known: ClassInputs, parameters: DemandParameters, *, seed: int, pull: Floats) -> Fleet:
    """Return the vehicles of a class one by one; see `build_fleet`."""
    owner, size = known.owner, known.size
    model = stream(seed, "fleet", owner, "model").choice(len(known.model_share), size, p=known.model_share)
    town = stream(seed, "fleet", owner, "town").choice(len(known.town_share), size, p=known.town_share)
    has_base, at_depot, has_work = _access(known, town, seed)
    two_shifts, km_factor = _shifts(parameters, owner, known.double_shift_share, size, seed)
    return Fleet(
        name=owner,
        model=np.asarray(model, dtype=np.int64),
        model_names=known.model_names,
        battery_kwh=known.battery_kwh[model],
        dc_kw=known.dc_kw[model],
        ac_kw=known.ac_kw[model],
        town=np.asarray(town, dtype=np.int64),
        town_names=known.town_names,
        pull=pull,
        has_base=has_base,
        at_depot=at_depot,
        has_work=has_work,
        two_shifts=two_shifts,
        # operators take theirs over later
        scheduled=np.zeros(size, dtype=np.bool_),
        depot_kw=np.full(size, np.nan),
        km_a_day=known.km_a_day,
        km_factor=km_factor,
        kwh_a_km=known.kwh_a_km[model],
        reserve_soc=parameters.reserve_soc,
        least_gain_share=parameters.least_gain_share,
        base_end_soc=parameters.base_end_soc,
        handover_soc=parameters.handover_soc if two_shifts.any() else 0.0,
        standing=known.standing(parameters),
        out_of_town_share=parameters.out_of_town_share,
        **known.habits(parameters),
    )


def _shifts(parameters: DemandParameters, name: str, share: float, size: int, seed: int) -> tuple[Flags, Floats]:
    """Return which vehicles drive two shifts, and each vehicle's km over the mean of the class."""
    if share == 0.0:
        return np.zeros(size, dtype=np.bool_), np.ones(size)
    further = parameters.double_shift_km_factor
    two = stream(seed, "fleet", name, "shifts").uniform(size=size) < share
    # the mean over both kinds stays that of the class: two shifts drive more, so single ones drive less
    single = 1.0 / (1.0 + share * (further - 1.0))
    return two, np.where(two, single * further, single)


def _access(known: ClassInputs, town: Ints, seed: int) -> tuple[Flags, Flags, Flags]:
    """Return which vehicles charge at home or depot, which of them at a depot, and which at work only."""
    home, depot, work = known.access_share[:, town]
    # one lot decides all three: who has a charger at home keeps it when the share grows
    lot = stream(seed, "fleet", known.owner, "access").uniform(size=len(town))
    based = home + depot
    # workplaces from the other end: more chargers at home take from the public ones, not from those at work
    return lot < based, (lot >= home) & (lot < based), (lot >= based) & (lot >= 1.0 - work)
