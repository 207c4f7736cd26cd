"""Swapping of battery boxes at a quay: a crane, boxes ashore, chargers; a vessel takes as many boxes as it carries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import polars as pl
import simpy

from charging.engine.clock import Clock
from charging.swapping.battery_stock import BatteryStock, Rack, charges_load
from charging.swapping.swap_result import SwapResult
from data.errors import DataError
from data.outcomes import Outcome

if TYPE_CHECKING:
    from simpy.events import ProcessGenerator

    from shipping.parameters.port_parameters import ShoreParameters

QUAY: Final = "boxes"
"""Name of the place in the tables of its load."""
_BOX_ERROR: Final = 1e-9  # of a box: a battery of whole boxes must not round up to one more
_SWAPS: Final = {
    "request_id": pl.Int64,
    "station_id": pl.String,
    "vehicle_class": pl.String,
    "boxes": pl.Int64,
    **dict.fromkeys(("arrive_min", "start_min", "leave_min", "wait_min", "energy_kwh", "meter_kwh"), pl.Float64),
    "outcome": pl.String,
}
_STATIONS: Final = {
    "station_id": pl.String,
    **dict.fromkeys(("boxes", "chargers", "served"), pl.Int64),
    **dict.fromkeys(("stock_kwh", "short_min", "energy_kwh", "meter_kwh", "peak_kw"), pl.Float64),
}


def boxes_of(battery_kwh: float, box_kwh: float) -> int:
    """Return the boxes that a battery consists of: whole ones, the last one too."""
    return max(1, math.ceil(battery_kwh / box_kwh - _BOX_ERROR))


def simulate_box_swaps(shore: ShoreParameters, calls: pl.DataFrame, *, interval_min: float = 15.0) -> SwapResult:
    """Simulate the swapping of boxes: the crane first come, first served, one box after the other.

    A vessel with a battery of several boxes has them swapped one by one: the crane takes a charged box from the stock
    (or stands until one is charged), puts it on board in ``swap_min`` and the empty one ashore, where it is charged
    again. What a trip took is spread evenly over the vessel's boxes.

    Parameters
    ----------
    shore : ShoreParameters
        Boxes, chargers, transformer, crane time for a box.
    calls : polars.DataFrame
        ``request_id, arrive_min, vehicle_class, energy_kwh`` (from the battery), ``battery_kwh`` (on board).
    interval_min : float
        Interval of the load.

    Returns
    -------
    SwapResult
        ``swaps``: one row per call with its ``boxes``; ``wait_min`` is all time at the quay but that of the crane.
        ``stations``: one row, with ``stock_kwh`` (what the boxes ashore hold) and ``short_min`` (crane without a box).

    Raises
    ------
    DataError
        Fewer than one box.
    """
    if shore.box_spares < 1:
        raise DataError(f"boxes: got {shore.box_spares} ashore, expected at least 1.")
    env = Clock()
    # the connection is at the meter, the rack's power at the boxes
    limit_kw = shore.transformer_kw * shore.efficiency
    stock = BatteryStock(env, Rack(shore.box_spares, shore.chargers, shore.charger_kw, shore.box_kwh, 1.0, limit_kw))
    crane = simpy.Resource(env, 1)
    swaps: list[dict[str, object]] = []
    needed = ("request_id", "arrive_min", "vehicle_class", "energy_kwh", "battery_kwh")
    for call in calls.sort("arrive_min", "request_id").select(needed).iter_rows():
        env.process(_swap(env, crane, stock, shore, call, swaps))
    env.run()
    table = pl.DataFrame(swaps, schema=_SWAPS).sort("request_id")
    load = charges_load(stock.pieces, efficiency=shore.efficiency, interval_min=interval_min, name=QUAY)
    energy = float(table["energy_kwh"].sort().sum())
    row = (
        *(QUAY, shore.box_spares, shore.chargers, table.height),
        *(shore.box_spares * shore.box_kwh, stock.short_min, energy, energy / shore.efficiency),
        load["mean_kw"].max() or 0.0,
    )
    return SwapResult(table, load, pl.DataFrame([row], schema=_STATIONS, orient="row"))


def _swap(
    env: simpy.Environment,
    crane: simpy.Resource,
    stock: BatteryStock,
    shore: ShoreParameters,
    call: tuple[int, float, str, float, float],
    swaps: list[dict[str, object]],
) -> ProcessGenerator:
    """Let a vessel wait for the crane and have its boxes swapped."""
    number, arrive, vessel_class, energy, battery = call
    boxes = boxes_of(battery, shore.box_kwh)
    yield env.timeout(arrive)
    with crane.request() as granted:
        yield granted
        start = float(env.now)
        for _ in range(boxes):
            yield from stock.take()
            yield env.timeout(shore.swap_min)
            stock.give(1.0 - energy / boxes / shore.box_kwh)
    leave = float(env.now)
    swaps.append(
        {
            "request_id": number,
            "station_id": QUAY,
            "vehicle_class": vessel_class,
            "boxes": boxes,
            "arrive_min": arrive,
            "start_min": start,
            "leave_min": leave,
            "wait_min": leave - arrive - boxes * shore.swap_min,
            "energy_kwh": energy,
            "meter_kwh": energy / shore.efficiency,
            "outcome": Outcome.SERVED,
        }
    )
