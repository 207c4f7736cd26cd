"""What a passage of a year's through traffic takes under way: energy and fuel by class, direction and load."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.memory.remembering import remembered
from shipping.parameters.county_river import river_table
from shipping.parameters.ship_parameters import ShipParameters
from shipping.parameters.traffic_parameters import DIRECTIONS, ThroughParameters
from shipping.river.reaches import Reaches
from shipping.river.waterway import waterway
from shipping.ships.engines import slip_factor
from shipping.ships.loading import Loading
from shipping.ships.sailing import Sailing
from shipping.ships.ship_classes import designs, ship_classes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.arrays import Floats
    from data.county import County
    from shipping.parameters.ship_parameters import EngineParameters
    from shipping.ships.propulsion import ShipDesign
    from shipping.traffic.yearly import Mix, Traffic

LADEN, EMPTY = 0, 1
"""Columns of the arrays of `PassageWork`."""


@dataclass(frozen=True, eq=False, slots=True)
class PassageWork:
    """What a passage takes under way, mean over the months weighed by traffic; it does not depend on the mix.

    Attributes
    ----------
    distance_km : float
        Way of a passage.
    energy_kwh, burnt_kg : dict of str to numpy.ndarray
        Brake energy, and fuel of it, by direction; one row per class of the mix, columns laden and empty.
    hotel_kw, sfc_kg_kwh : numpy.ndarray
        Hotel load and consumption at the best load, by class.
    slip_kg : dict of str to numpy.ndarray
        Fuel times the slip of its load over that at the reference load, as `burnt_kg`.
    taken_share : dict of str to numpy.ndarray
        What laden vessels take of their cargo in the water of the months, by direction and class: 1 where it is deep
        enough. The rest goes on further vessels.
    """

    distance_km: float
    energy_kwh: dict[str, Floats]
    burnt_kg: dict[str, Floats]
    hotel_kw: Floats
    sfc_kg_kwh: Floats
    slip_kg: dict[str, Floats]
    taken_share: dict[str, Floats]

    def by_class(self, traffic: Traffic, mix: Mix) -> tuple[Floats, Floats, Floats]:
        """Return energy in kWh, fuel in kg and fuel times its slip of all passages of a year under way, by class."""
        energy, burnt, slip = (np.zeros(mix.share.size) for _ in range(3))
        for direction in DIRECTIONS:
            laden = mix.laden_share[direction]
            # Draught, and so power, is not linear in the load: laden and empty vessels are summed, not averaged.
            # What low water leaves ashore is carried too, by as many more laden vessels.
            shares = np.stack([laden / self.taken_share[direction], np.full(mix.share.size, 1.0 - laden)], axis=1)
            passages = traffic.passages_of(direction) * mix.share
            energy += passages * (self.energy_kwh[direction] * shares).sum(axis=1)
            burnt += passages * (self.burnt_kg[direction] * shares).sum(axis=1)
            slip += passages * (self.slip_kg[direction] * shares).sum(axis=1)
        return energy, burnt, slip


def passage_work(county: County, year: int, mix: Mix) -> PassageWork:
    """Return what a passage takes in the months of a year: each with its current, depth and share of the traffic.

    Computed once per year, mix and what it looks at in the county.
    """
    return remembered(county, ("passage_work", year), lambda watched: _work_of(watched, year, mix), of=(mix,))


def _work_of(county: County, year: int, mix: Mix) -> PassageWork:
    """Return what a passage takes in the months of a year, computed anew."""
    through = ThroughParameters.from_county(county)
    # a period per month: current and depth, and power with them, differ by month
    graph = waterway(county, start=dt.date(year, 1, 1), days=366 if calendar.isleap(year) else 365, locks=True)
    months = river_table(county, "river_months").sort("month")["traffic_share"].to_list()
    ships = ShipParameters.from_county(county)
    known = designs(ship_classes(river_table(county, "vessel_classes"), ships))
    return work_on(Sailing.on(Reaches.from_graph(graph)), months, mix, known, through.ends, ships.engines)


def work_on(
    sailing: Sailing,
    month_shares: Sequence[float],
    mix: Mix,
    classes: Mapping[str, ShipDesign],
    ends: Mapping[str, tuple[float, float]],
    engines: EngineParameters | None = None,
) -> PassageWork:
    """Return what a passage takes under way on a waterway.

    Parameters
    ----------
    sailing : Sailing
        On a waterway with one period per month.
    month_shares : sequence of float
        Share of the traffic by month, as the periods.
    mix : Mix
        Classes, and how full laden vessels are.
    classes : mapping of str to ShipDesign
        Design by vessel class.
    ends : mapping of str to tuple of float
        Chainages of start and end, by direction.
    engines : EngineParameters, optional
        How slip rises at part load; None: it does not.
    """
    own = [classes[name] for name in mix.classes]
    energy, burnt, slipping = ({way: np.zeros((len(own), 2)) for way in DIRECTIONS} for _ in range(3))
    taken = {way: np.ones(len(own)) for way in DIRECTIONS}
    loading = Loading(sailing)
    for direction in DIRECTIONS:
        way, wanted = ends[direction], mix.load_share[direction]
        for row, design in enumerate(own):
            for period, weight in enumerate(month_shares):
                loaded = loading.taken(design, wanted, way, period)
                if loaded < wanted:
                    taken[direction][row] -= weight * (1.0 - loaded / wanted)
                for column, load in ((LADEN, loaded), (EMPTY, 0.0)):
                    point = sailing.table.number(design, load)
                    _, used, mass = sailing.estimate(point, *way, period)
                    energy[direction][row, column] += weight * used
                    burnt[direction][row, column] += weight * mass
                    slipping[direction][row, column] += weight * _slip_kg(sailing, point, way, period, design, engines)
    start, end = ends[DIRECTIONS[0]]
    hotel, sfc = (np.array([getattr(design, name) for design in own]) for name in ("hotel_kw", "sfc_kg_kwh"))
    return PassageWork(abs(end - start), energy, burnt, hotel, sfc, slipping, taken)


def _slip_kg(
    sailing: Sailing,
    point: int,
    way: tuple[float, float],
    period: int,
    design: ShipDesign,
    engines: EngineParameters | None,
) -> float:
    """Return the fuel of a way times the slip of each reach's load over that at the reference load."""
    operating = sailing.table.points[point]
    fuel = sailing.hours(point, *way, period) * operating.fuel_kg_h[period]
    if engines is None or design.installed_kw is None:
        return float(fuel.sum())
    load = operating.power_kw[period] / design.installed_kw
    return float(fuel @ slip_factor(load, exponent=engines.slip_exponent, reference_load=engines.slip_reference_load))
