"""A day of the battery vehicles of a class: legs, stops at public chargers, charging at home, depot and work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import numpy as np

from data.streams import stream
from fleet.demand import driving
from fleet.demand.decisions import ByCharge, beta, normal, of_day, uniform
from fleet.demand.driving import END, LOOK, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.arrays import Floats, Ints
    from fleet.demand.calendar import Day
    from fleet.demand.driving import Fills, Stops
    from fleet.demand.population import Fleet

    Rest = TypeVar("Rest")


HOME: Final = "home"
DEPOT: Final = "depot"
WORK: Final = "work"
PLACES: Final = (HOME, DEPOT, WORK)
"""Where vehicles have chargers of their own."""


class Stop(NamedTuple):
    """Vehicles that charge in public at the same point of their day.

    Attributes
    ----------
    who : numpy.ndarray of int
        Numbers of the vehicles.
    charge : numpy.ndarray of int
        Which of its public charges it is for each vehicle, from 0.
    first, goal : numpy.ndarray
        SOC at arrival and at the end of the charge.
    energy_kwh : numpy.ndarray
        Charged energy, at the battery.
    leg : int
        Half of the day in which it happens.
    minute : numpy.ndarray or None
        Minute of the day at which each charge is due; None where the drivers choose it.
    """

    who: Ints
    charge: Ints
    first: Floats
    goal: Floats
    energy_kwh: Floats
    leg: int
    minute: Floats | None = None


class Stay(NamedTuple):
    """Stays of vehicles at chargers of an operator, as its duties leave time for.

    Attributes
    ----------
    arrive_min, leave_min : numpy.ndarray
        Minutes from the midnight on which the day begins.
    kw : numpy.ndarray
        Power at the meter.
    town : numpy.ndarray of int
        Town in whose grid the charger stands.
    """

    arrive_min: Floats
    leave_min: Floats
    kw: Floats
    town: Ints


class Fill(NamedTuple):
    """Vehicles that are filled up at chargers of their own on a day.

    Attributes
    ----------
    place : str
        One of `PLACES`.
    who : numpy.ndarray of int
        Numbers of the vehicles.
    energy_kwh : numpy.ndarray
        What each gets, at the battery.
    stay : Stay or None
        When and where, for vehicles with duties; None where `private_chargers` says it.
    """

    place: str
    who: Ints
    energy_kwh: Floats
    stay: Stay | None = None


@dataclass(slots=True)
class DriveDay:
    """State of a class through a day, SOC of each vehicle.

    Attributes
    ----------
    soc : numpy.ndarray
        State of charge now.
    threshold : numpy.ndarray
        SOC at which each driver without a private charger looks for a public one; drawn anew after each public charge.
    charges : numpy.ndarray of int
        Public charges of each vehicle since the first day.
    stops : list of Stop
        Public charges of the day so far.
    fills : list of Fill
        Charges at chargers of their own of the day so far.
    driven : numpy.ndarray
        Energy that each vehicle has driven with on the day so far, kWh at the battery.
    """

    soc: Floats
    threshold: Floats
    charges: Ints
    driven: Floats
    stops: list[Stop] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)

    @property
    def public(self) -> float:
        """Return the public charges of the class on the day so far, kWh at the battery."""
        total = 0.0
        # one after another, and not by `sum`, which adds floats otherwise in later versions of Python
        for stop in self.stops:
            total += float(stop.energy_kwh.sum())
        return total

    def totals_kwh(self) -> dict[str, float]:
        """Return the energy of the class so far, kWh at the battery: driven, public, and in each of `PLACES`."""
        totals = {"driven": float(self.driven.sum()), "public": self.public, **dict.fromkeys(PLACES, 0.0)}
        for fill in self.fills:
            totals[fill.place] += float(fill.energy_kwh.sum())
        return totals

    def add(self, stops: Stops, minute: Floats | None = None) -> None:
        """Add public charges as `fleet.demand.driving` gives them; at minutes of the day where duties say them."""
        numbers, figures, groups = stops
        begin = 0
        for leg, end in groups.tolist():
            (who, charge), (first, goal, kwh) = numbers[:, begin:end], figures[:, begin:end]
            due = None if minute is None else minute[begin:end]
            self.stops.append(Stop(who, charge, first, goal, kwh, leg, due))
            begin = end

    def next_day(self) -> DriveDay:
        """Return the state in which the next day begins."""
        return DriveDay(self.soc.copy(), self.threshold.copy(), self.charges.copy(), np.zeros(len(self.soc)))


class DriverDraws:
    """What the drivers of a class draw, an array per decision.

    Parameters
    ----------
    fleet : Fleet
        The class.
    seed : int
        Seed of the replication.
    looks : bool
        Whether they look for a public charger below a threshold. Who plugs in by habit does not, and draws none.
    """

    def __init__(self, fleet: Fleet, seed: int, *, looks: bool = True) -> None:
        first, last = fleet.start_soc_law, fleet.unfilled_soc_law
        self._fleet, self.seed, self._looks = fleet, seed, looks
        # of a lognormal with mean 1 and this coefficient of variation
        self._sigma = np.sqrt(np.log1p(fleet.km_cv**2))
        # by END or LOOK
        self._by_charge = (
            ByCharge(seed, fleet.name, "end-soc", fleet.size, beta(*last)),
            ByCharge(seed, fleet.name, "threshold", fleet.size, beta(*first)),
        )
        self._soc = np.empty((len(self._by_charge), fleet.size, 0))
        self._no_lots = np.empty(0)

    def first_day(self) -> DriveDay:
        """Return the state before the first day: batteries anywhere between where a charge is due and full."""
        law, fleet = beta(*self._fleet.start_soc_law), self._fleet
        # three streams: moving one law leaves the other draws alone
        due, filled, threshold = (
            stream(self.seed, "fleet", fleet.name, f"first-{name}") for name in ("soc", "fill", "threshold")
        )
        soc = law(due, (fleet.size,))
        # between due and full in even spread: the warm-up forgets whatever is assumed here
        soc += (1.0 - soc) * uniform(filled, (fleet.size,))
        charges = np.zeros(fleet.size, dtype=np.int64)
        look = law(threshold, (fleet.size,)) if self._looks else np.zeros(fleet.size)
        return DriveDay(soc, look, charges, np.zeros(fleet.size))

    def km_factor(self, day: int) -> Floats:
        """Return km of a day over the vehicle's mean: lognormal of mean 1, normal scores that no figure moves."""
        score = of_day(self.seed, self._fleet.name, "km", day, normal, self._fleet.size)
        return np.asarray(np.exp(self._sigma * score - 0.5 * self._sigma**2))

    def topup_lots(self, day: int) -> Floats:
        """Return lots of a day: who charges in public although a charger of their own waits; empty for nobody."""
        if not self._fleet.topup_probability > 0.0:
            return self._no_lots
        return _plain(of_day(self.seed, self._fleet.name, "top-up", day, uniform, self._fleet.size))

    def driven(self, state: DriveDay, rule: Callable[[State], tuple[int, Stops, Rest]]) -> tuple[Stops, Rest]:
        """Change a state by a rule of `fleet.demand.driving`, which begins again where it needs further draws.

        The first charges of all vehicles are drawn when one of them charges, and so on: few classes need the next ones.
        """
        while True:
            tried = State(
                state.soc.copy(), state.threshold.copy(), state.charges.copy(), state.driven.copy(), self._soc
            )
            missing, stops, rest = rule(tried)
            if not missing:
                state.soc, state.threshold, state.charges, state.driven, _ = tried
                return stops, rest
            # one array of its own for both, that numba takes for the same kind whatever is kept of the draws
            end = self._by_charge[END].columns(missing)
            look = self._by_charge[LOOK].columns(missing) if self._looks else np.zeros_like(end)
            self._soc = np.stack([end, look])


def _plain(draws: Floats) -> Floats:
    """Return draws in an array that may be written: numba would compile its callers anew for one that may not."""
    return draws if draws.flags.writeable else draws.copy()


def drive_day(fleet: Fleet, day: Day, before: DriveDay, draws: DriverDraws, *, number: int) -> DriveDay:
    """Return the day of a class: its public charges, its energy, and the SOC in which it ends.

    Where some can charge at work or drive two shifts, the day has two legs of equal length. After the first, whoever
    has a charger at work fills up there on a working day. After either, a taxi in two shifts that is below the
    handover's SOC is charged in public before the other driver takes it; it has no rest at a charger of its own. All
    others with a home or depot charger fill up there at the end of the day.

    Parameters
    ----------
    fleet, day
        The vehicles and what the day is like.
    before
        The day before; not changed.
    draws
        What the drivers draw.
    number
        Number of the day, from 0; its draws are those of the day whatever was simulated before.
    """
    use = day.use_multiplier(fleet.holiday_response)
    # a lot that nobody looks at is not drawn
    factor, lots = draws.km_factor(number), draws.topup_lots(number)

    def rule(now: State) -> tuple[int, Stops, Fills]:
        return driving.drive(
            now, fleet.vehicles, fleet.limits, factor, lots, use, fleet.legs, fleet.most_stops, day.is_working_day
        )

    state = before.next_day()
    stops, (who, kwh, ends) = draws.driven(state, rule)
    state.add(stops)
    begin = 0
    for place, end in zip((WORK, HOME, DEPOT), ends.tolist(), strict=True):
        if end > begin:
            state.fills.append(Fill(place, who[begin:end], kwh[begin:end]))
        begin = end
    return state


def daily_need(fleet: Fleet, day: Day, km_factor: Floats) -> Floats:
    """Return the energy of the vehicles' day in shares of the battery; `km_factor` is each one's km over its mean."""
    km = fleet.km_a_day * fleet.km_factor * km_factor
    # in shares of the battery: SOC is what drivers look at
    return np.asarray(km * fleet.kwh_a_km * day.use_multiplier(fleet.holiday_response) / fleet.battery_kwh)


def charge_in_public(fleet: Fleet, state: DriveDay, who: Ints, leg: int, draws: DriverDraws) -> None:
    """Charge some vehicles in public."""
    if not len(who):
        return

    def rule(now: State) -> tuple[int, Stops, None]:
        return *driving.charge(who, leg, now, fleet.battery_kwh, fleet.limits.least_gain_share, 0.0), None

    stops, _ = draws.driven(state, rule)
    state.add(stops)


def fill_up(fleet: Fleet, state: DriveDay, who: Ints, place: str) -> None:
    """Fill some vehicles up at a charger of their own; `place` is one of `PLACES`."""
    if not len(who):
        return
    soc = state.soc[who]
    # not below 0: a battery above the end SOC is not discharged
    added = np.maximum(fleet.base_end_soc - soc, 0.0)
    state.soc[who] = soc + added
    some = added > 0.0
    filled = who[some]
    state.fills.append(Fill(place, filled, added[some] * fleet.battery_kwh[filled]))
