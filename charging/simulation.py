"""``simulate``: a layout and a table of requests in, sessions, load and station figures out."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, Self

from charging.engine.compiled.alone.standalone import needs_events, solve_standalone
from charging.engine.demand import build_demand
from charging.engine.network import Network, Outage
from charging.engine.sessions import sessions_of
from charging.engine.stations import Group, Station
from charging.inputs.behaviour import Behaviour
from charging.inputs.fees import Fees
from charging.inputs.hours import daily, weekly
from charging.power.allocation import POLICIES
from charging.result import ChargingResult, Rest
from charging.results.summary import station_summary
from data.errors import DataError, nearest
from data.schemas.charging import Layout, Outages, Requests, Travel, Vehicles
from data.tables.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from charging.engine.demand import Demand
    from charging.engine.ledger import Run
    from charging.inputs.behaviour import Reporting
    from charging.inputs.hours import Hours

ENGINES: Final = ("simpy", "compiled")
"""How a run is worked out: on SimPy's clock, or in a compiled loop."""
AUTO: Final = "auto"
"""The engine that is the faster one for the requests at hand."""
# a request takes 11 us less in the compiled loop: below this its machine code, first made in 13 s, is not worth loading
MANY_REQUESTS: Final = 500
"""Requests from which `AUTO` takes the compiled loop."""


def engine_for(engine: str, requests: int) -> str:
    """Return which of `ENGINES` works out a number of requests.

    Raises
    ------
    DataError
        An unknown engine.
    """
    known = (*ENGINES, AUTO)
    if engine not in known:
        raise DataError(f"engine {engine!r} is not known.{nearest(engine, known)} Known: {', '.join(known)}.")
    if engine != AUTO:
        return engine
    return "compiled" if requests >= MANY_REQUESTS else "simpy"


def simulate(
    layout: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None = None,
    *,
    behaviour: Behaviour | Mapping[str, Any] | None = None,
    vehicles: pl.DataFrame | None = None,
    tariff: pl.DataFrame | None = None,
    seed: int = 0,
    outages: pl.DataFrame | None = None,
    engine: str = "simpy",
) -> ChargingResult:
    """Simulate charging requests on a layout of stations, event by event.

    Parameters
    ----------
    layout
        One row per pile group: ``station_id, group_id, town, current, pile_kw, piles, guns_per_pile, sharing,
        gun_amps, transformer_kw``; optional, of AC guns: ``phases, volts`` (a phase against neutral); optional, of the
        station: ``opens_min, closes_min`` (of the day) or ``hours`` (text by weekday, as
        :func:`charging.inputs.hours.weekly` reads it), and on top of the tariff ``fee_cny_kwh, start_fee_cny,
        time_fee_cny_h, idle_fee_cny_h, idle_free_min, fee_hours, fee_periods`` (as
        :meth:`charging.inputs.fees.Fees.of_row` reads them); optional, of
        the group: ``plug`` (types joined by ``|``; null fits all) and ``charger_id`` (groups of a station with the same
        one are guns of the same chargers, one vehicle at a time). ``pile_kw`` of DC is the pile's output, of AC its
        draw at the meter.
    requests
        One row per request: ``request_id, arrive_min, origin, current, energy_kwh`` (battery side), ``accept_kw,
        vehicle_class, battery_kwh, soc_start, patience_min, max_queue, overstay_min``, optional ``priority, plug,
        leave_by_min, follows, first_current, overstay_dc_min``. Nulls: constant power, infinite patience, never
        balks, no overstay, stays until full, follows nobody. Who takes ``any`` current may name the one that comes
        first while a gun of it is free, and an overstay at DC guns of its own. ``arrive_min`` is when the driver
        leaves the origin for a station; with no way to go, also the arrival. At ``leave_by_min`` the driver leaves,
        full or not. Where a request ``follows`` another, its ``arrive_min`` and ``leave_by_min`` count from the end
        of that one's story, however it ended: a vehicle of a finite fleet that comes back.
    travel
        ``origin, station_id, minutes, km``; None puts every station at zero distance. Rows whose origin is a
        station id serve drivers who go on to the next station.
    behaviour
        A :class:`~charging.inputs.behaviour.Behaviour`, a mapping of its settings, or None.
    vehicles
        Vehicle classes with pack voltage, on-board charger, DC power, curve and efficiencies; None charges at constant
        power. The curve gives shares of DC power: of ``accept_kw`` on DC, of ``dc_kw`` on AC (null: no bound there).
    tariff
        ``start_min, cny_per_kwh`` price steps; None costs nothing.
    outages
        ``station_id, group_id, pile, start_min, end_min``: when piles are out of service
        (``charging.inputs.outages.draw_outages``); None never fails.
    seed
        Not used by this model: all that is random is drawn before, in the requests and outages.
    engine
        ``simpy``: the model, event by event on SimPy's clock. ``compiled``: the same rules in one compiled loop, with
        the same rows to 1e-6 min. The first run on a machine compiles it, which takes about half a minute of
        computing; after that the machine code is on disk. ``auto``: compiled from `MANY_REQUESTS` requests on.

    Returns
    -------
    ChargingResult
        Sessions, load, stations and visits; load and stations are made when one of them is first asked for. Each
        request has one session and one outcome: ``served``; ``balked`` or ``reneged`` at the only station it tried;
        ``unserved`` after several, or with no station in reach. It has a visit at each station it tried. ``unmet_kwh``
        is what was asked and not delivered, whatever the outcome (0 for who was served in full), ``full_min`` when the
        charge ended: full, or because the driver had to leave. ``reason`` says why a request was not served, or not in
        full.

    Raises
    ------
    DataError
        Bad tables or settings, naming row and column; an unknown engine.
    """
    del seed
    ready = Prepared.of(layout, requests, travel, behaviour=behaviour, vehicles=vehicles)
    return simulate_prepared(ready, behaviour=behaviour, tariff=tariff, outages=outages, engine=engine)


class Prepared:
    """A simulation that is about to begin: a checked layout, its stations, and the requests as columns.

    Whoever asks formulas about the same tables reads them here before the simulation does. It changes both stations and
    demand, and so takes them away: from what is prepared once, one simulation can be run.

    Attributes
    ----------
    layout : polars.DataFrame
        The checked layout.
    stations : list of Station
        Its stations.
    demand : Demand
        The requests in order of time, and the roads to the stations.
    """

    def __init__(self, layout: pl.DataFrame, stations: list[Station], demand: Demand) -> None:
        self.layout, self._ready = layout, [(stations, demand)]

    @classmethod
    def of(
        cls,
        layout: pl.DataFrame,
        requests: pl.DataFrame,
        travel: pl.DataFrame | None = None,
        *,
        behaviour: Behaviour | Mapping[str, Any] | None = None,
        vehicles: pl.DataFrame | None = None,
    ) -> Self:
        """Return what the tables make, as for :func:`simulate`.

        Raises
        ------
        DataError
            Bad tables or settings, naming row and column.
        """
        settings = Behaviour.of(behaviour)
        layout = validate(layout, Layout, table="layout")
        requests = validate(requests, Requests, table="requests")
        travel = None if travel is None else validate(travel, Travel, table="travel")
        vehicles = None if vehicles is None else validate(vehicles, Vehicles, table="vehicles")
        stations = build_stations(layout, first_weekday=settings.first_weekday)
        return cls(layout, stations, build_demand(requests, vehicles, travel, stations))

    @property
    def stations(self) -> list[Station]:
        """Return the stations."""
        return self._there()[0]

    @property
    def demand(self) -> Demand:
        """Return the demand."""
        return self._there()[1]

    def take(self) -> tuple[list[Station], Demand]:
        """Return stations and demand, and hold them no longer: a year's requests take as much memory as its tables."""
        taken = self._there()
        self._ready.clear()
        return taken

    def _there(self) -> tuple[list[Station], Demand]:
        if not self._ready:
            raise RuntimeError("a simulation has changed these stations; prepare the tables again for another one.")
        return self._ready[0]


def simulate_prepared(
    ready: Prepared,
    *,
    behaviour: Behaviour | Mapping[str, Any] | None = None,
    tariff: pl.DataFrame | None = None,
    outages: pl.DataFrame | None = None,
    engine: str = "simpy",
) -> ChargingResult:
    """Simulate what is prepared, which is taken away from `ready`; all else as for :func:`simulate`.

    The weekday of minute 0 is that of the settings with which it was prepared.
    """
    settings, layout = Behaviour.of(behaviour), ready.layout
    stations, demand = ready.take()
    engine = engine_for(engine, demand.size)
    failures = _outages(outages, stations)
    if engine == "compiled":
        if needs_events(stations, demand, settings, failures):
            from charging.engine.compiled.whole_network import solve_network  # noqa: PLC0415 - loads numba

            run = solve_network(stations, demand, settings, failures, tariff)
        else:
            run = solve_standalone(stations, demand, settings, tariff)
    else:
        run = Network(stations, demand, settings, failures, tariff).run()
    del stations, demand, failures  # a year's requests take as much memory as its tables
    sessions = sessions_of(layout, run)
    refused = run.refused.table(run.requests["request_id"], run.names)
    # many a simulation is run for its sessions and visits alone: the other tables wait until somebody asks
    rest = functools.partial(_rest, layout, sessions, refused, run, settings)
    return ChargingResult(sessions, refused=refused, later=rest, engine=engine)


def _rest(layout: pl.DataFrame, sessions: pl.DataFrame, refused: pl.DataFrame, run: Run, settings: Reporting) -> Rest:
    """Return the load, what makes the stations, and the visits that ended without a gun."""
    accounts = run.accounts()
    load, limit_min = accounts.load.into_table(), accounts.limit_min
    summary = functools.partial(
        station_summary,
        layout,
        sessions,
        load,
        visits=refused,
        limit_min=dict(zip(run.names, limit_min.tolist(), strict=True)),
        interval_min=settings.interval_min,
        late_wait_min=settings.late_wait_min,
    )
    return Rest(load, refused=refused, summary=summary)


def build_stations(layout: pl.DataFrame, *, first_weekday: int = 0) -> list[Station]:
    """Return the stations of a checked layout, in its order; ``first_weekday`` is the day of minute 0 (0: Monday)."""
    stations: dict[str, Station] = {}
    for number, row in enumerate(layout.iter_rows(named=True)):
        name = row["station_id"]
        if name not in stations:
            hours = _hours(row, number, first_weekday)
            fees = Fees.of_row(row, number=number, first_weekday=first_weekday)
            stations[name] = Station(len(stations), name, row["transformer_kw"], hours, fees)
        station = stations[name]
        if not row["piles"]:
            continue  # nobody can charge there: no request finds what suits it
        guns = 1 if row["sharing"] == POLICIES[0] else row["guns_per_pile"]
        alone = guns == 1 and row["transformer_kw"] is None
        group = Group(
            station,
            number,
            row["group_id"],
            row["current"],
            row["pile_kw"],
            row["sharing"],
            row["gun_amps"],
            row["piles"],
            guns,
            alone,
            row["phases"],
            row["volts"],
            None if row["plug"] is None else frozenset(row["plug"].split("|")),
            row["charger_id"],
        )
        station.add(group, row["piles"] * guns)
    return list(stations.values())


def _hours(row: Mapping[str, Any], number: int, first_weekday: int) -> Hours | None:
    """Return the opening hours of a station from one of its rows."""
    if row["hours"] is not None:
        return weekly(row["hours"], first_weekday=first_weekday, row=number)
    return None if row["opens_min"] is None else daily(row["opens_min"], row["closes_min"])


def _outages(table: pl.DataFrame | None, stations: list[Station]) -> list[Outage]:
    """Return the outages of piles; those of one pile that overlap are one.

    Raises
    ------
    DataError
        A pile that the layout lacks.
    """
    if table is None:
        return []
    groups = {(station.station_id, group.group_id): group for station in stations for group in station.groups["any"]}
    spans: dict[tuple[str, str, int], list[Outage]] = {}
    columns = ("station_id", "group_id", "pile", "start_min", "end_min")
    for row, (station, name, pile, start, end) in enumerate(
        validate(table, Outages, table="outages").select(columns).iter_rows()
    ):
        group = groups.get((station, name))
        if group is None or pile >= group.piles:
            raise DataError(
                f"outages: row {row}: got pile {pile} of group {name!r} at station {station!r}, which the layout lacks."
            )
        spans.setdefault((station, name, pile), []).append(Outage(start, end, group, pile))
    return [outage for of_pile in spans.values() for outage in _joined(of_pile)]


def _joined(outages: list[Outage]) -> list[Outage]:
    """Return outages of one pile with those joined that overlap or touch."""
    result: list[Outage] = []
    for outage in sorted(outages, key=lambda each: each.start_min):
        if result and outage.start_min <= result[-1].end_min:
            result[-1] = result[-1]._replace(end_min=max(result[-1].end_min, outage.end_min))
        else:
            result.append(outage)
    return result
