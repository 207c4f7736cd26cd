"""What sails is simulated once; then bunkering alone is, on the same draws: other stations cost a fraction of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from data.arrays import DAY_MIN
from data.schemas.shipping import Voyages
from data.tables.validate import validate
from shipping.engine.inputs import check_inputs
from shipping.engine.network import River
from shipping.ports.quay import RecordedQuay
from shipping.results.river_tables import call_table
from shipping.river.recorded_lock import RecordedLock
from shipping.schemas import Fleet, Supply
from shipping.simulation import closures_by_name, simulated_river, voyage_plans

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from shipping.engine.voyage_plan import VesselSpec, VoyageRow
    from shipping.ports.quay import QuayCall
    from shipping.river.locks import Transit
    from shipping.river.reaches import Reaches
    from shipping.ships.sailing import Sailing


@dataclass(frozen=True, slots=True)
class RecordedTraffic:
    """The traffic of one replication: its vessels that bunker, and how long its locks and terminals took.

    Made by `recorded`. Its stations may change; its through vessels, which never bunker, are not simulated again.
    """

    reaches: Reaches
    voyages: pl.DataFrame
    vessels: pl.DataFrame
    plans: Mapping[str, list[VoyageRow]]
    specs: tuple[VesselSpec, ...]
    transits: Mapping[str, list[Transit]]
    moored: tuple[QuayCall, ...]
    berths: Mapping[str, int]
    sailing: Sailing
    closures: pl.DataFrame | None
    seed: int
    days: float

    def calls(self, stations: pl.DataFrame) -> pl.DataFrame:
        """Return the calls at some stations, as `shipping.simulate` does for its ``calls``.

        With the stations of the recorded run these are its calls, minute by minute. With others the waits at locks
        are still the recorded ones.

        Parameters
        ----------
        stations : polars.DataFrame
            As for `shipping.simulate`.

        Raises
        ------
        DataError
            A tank or berth that is too small for the vessels.
        """
        stations = validate(stations, Supply, table="stations")
        check_inputs(self.reaches, self.voyages, stations, self.vessels, self.berths)
        closed = closures_by_name(self.closures, self.reaches, stations)
        river = River(
            self.reaches,
            stations,
            self.seed,
            closed,
            log=False,
            sailing=self.sailing,
            lock_type=RecordedLock,
            terminals=self.berths,
            quay_type=RecordedQuay,
        )
        for quay in river.quays.values():
            if isinstance(quay, RecordedQuay):
                quay.record(self.moored)
        for node, lock in river.locks.items():
            if isinstance(lock, RecordedLock):
                lock.record(self.transits.get(node, ()))
        for spec in self.specs:
            river.add_vessel(spec, self.plans.get(spec.vessel_id, ()))
        river.run(DAY_MIN * self.days)
        calls = call_table(river.calls, stations)
        river.close()
        return calls


def recorded(
    waterway: nx.DiGraph | Reaches,
    voyages: pl.DataFrame,
    stations: pl.DataFrame,
    *,
    vessels: pl.DataFrame,
    seed: int,
    days: float,
    closures: pl.DataFrame | None = None,
    terminals: pl.DataFrame | None = None,
) -> RecordedTraffic:
    """Simulate the river once and keep what the search for stations needs of it.

    Parameters
    ----------
    waterway, voyages, stations, vessels, seed, days, closures, terminals
        As for `shipping.simulate`.
    """
    voyages, vessels = validate(voyages, Voyages, table="voyages"), validate(vessels, Fleet, table="vessels")
    river, _, _ = simulated_river(
        waterway,
        voyages,
        stations,
        vessels=vessels,
        seed=seed,
        days=days,
        closures=closures,
        terminals=terminals,
    )
    transits: dict[str, list[Transit]] = {}
    for _, _, node, transit in river.transits():
        transits.setdefault(node, []).append(transit)
    cycling = voyages.filter(pl.col("kind") == "cycling")
    fleet = vessels.filter(pl.col("kind") == "cycling")
    traffic = RecordedTraffic(
        river.reaches,
        cycling,
        fleet,
        voyage_plans(cycling),
        tuple(vessel.spec for vessel in river.vessels),
        transits,
        tuple(river.moored),
        {name: quay.berths for name, quay in river.quays.items()},
        river.sailing,
        closures,
        seed,
        days,
    )
    river.close()
    return traffic
