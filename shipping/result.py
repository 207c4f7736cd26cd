"""What a simulation of the river returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class RiverResult:
    """Tables of one simulation.

    Attributes
    ----------
    calls : polars.DataFrame
        `data.schemas.shipping.Calls`, one row per call in order of arrival. ``passed`` calls could be put off and
        were, because the station was closed, out of stock or its queue long.
    tanks : polars.DataFrame
        `data.schemas.shipping.Tanks`, level of each station's tank after each event.
    vessels : polars.DataFrame
        `data.schemas.shipping.Vessels`; through traffic summed by vessel id. ``waiting_h`` is all time not under way:
        queues, bunkering, locks and closures, and for cycling vessels also stays in port between minute 0 and the
        end; ``waiting_kwh`` is the part of ``energy_kwh`` that it takes.
    trucks : polars.DataFrame
        One row per ordered delivery: ``station, order_min, due_min, unload_min, end_min, volume_m3``.
    voyages : polars.DataFrame
        One row per voyage that was begun: ``voyage_id, vessel_id, depart_min, arrive_min`` (null: not by the end),
        ``distance_km, sailing_h, waiting_h, energy_kwh, waiting_kwh, fuel_t, cargo_tkm``; without stays in port.
    locks : polars.DataFrame
        One row per vessel at a lock, in order of arrival: ``voyage_id, vessel_id, lock, direction, arrive_min,
        start_min`` (its chamber begins to fill), ``leave_min, wait_min, chamber, lockage``; null where it lies ahead.
    chambers : polars.DataFrame
        One row per chamber: ``lock, chamber, lockages, empty_turns, vessels, vessels_per_lockage, utilisation_share``.
    passages : polars.DataFrame
        With ``passages=True`` one row per reach (or part of one between two stops) that was sailed:
        `shipping.results.passages.PASSAGES`.
    berths : polars.DataFrame
        One row per vessel at a terminal, in order of arrival: ``call_id`` (its voyage), ``vessel_id, terminal,
        arrive_min, cargo_t, start_min, leave_min`` (null where it still waits for a berth), ``wait_min, stay_min``.
    end_min : float
        Minute at which the simulation ended.
    """

    calls: pl.DataFrame
    tanks: pl.DataFrame
    vessels: pl.DataFrame
    trucks: pl.DataFrame
    voyages: pl.DataFrame
    locks: pl.DataFrame
    chambers: pl.DataFrame
    passages: pl.DataFrame
    berths: pl.DataFrame
    end_min: float


@dataclass(frozen=True, slots=True)
class PortCalls:
    """Who called at stations and terminals: all that some questions ask of a simulation.

    Attributes
    ----------
    calls, berths : polars.DataFrame
        As in `RiverResult`.
    """

    calls: pl.DataFrame
    berths: pl.DataFrame
