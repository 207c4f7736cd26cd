"""Limits of nature that schemas and accounts share, and what a scalar figure of a county can be."""

from __future__ import annotations

import fnmatch
import functools
import math
from typing import TYPE_CHECKING, Final, NamedTuple

from data.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping


METHANE_CO2: Final = 44.01 / 16.043
"""CO2 of burning pure methane, t per t (molar masses)."""


GAS_CO2_LIMIT: Final = 2.85
"""CO2 of burning a t of natural gas, t, above which a factor is wrong: methane with a little ethane gives less."""


LEAST_MODULE_KW: Final = 0.1
"""Smallest power module, kW: real ones have 1 kW and more, and a division takes a step for each."""


LEAST_INTERVAL_MIN: Final = 0.1
"""Shortest interval of a load table, minutes: it has a row for each that has load."""


def check_module(module_kw: float | None) -> None:
    """Validate the size of power modules, kW; None for no modules.

    Raises
    ------
    DataError
        A module that is too small, or no number.
    """
    if module_kw is not None and not (math.isfinite(module_kw) and module_kw >= LEAST_MODULE_KW):
        raise DataError(
            f"module_kw: got {module_kw}, expected a finite number of kW, at least {LEAST_MODULE_KW}, or None for no "
            "modules."
        )


class Possible(NamedTuple):
    """Ends of what a figure can be; a value outside is a fault."""

    low: float
    high: float


_SHARE = Possible(0.0, 1.0)
_THINGS = Possible(0.0, 1e6)
_BY_KEY: Final[Mapping[str, Possible]] = {
    # divisors: energy, time or power over 0 has no value, and below these ends no machine works
    "*efficiency*": Possible(0.05, 1.0),
    "*_km_h": Possible(0.5, 300.0),
    "*_density_*": Possible(0.01, 10.0),
    "*charger_kw": Possible(0.01, 1e4),
    "*transformer_kw": Possible(1.32, 1e6),
    "*battery_kwh": Possible(0.01, 1e5),
    "*box_kwh": Possible(1.0, 1e5),
    "*_payload_t": Possible(0.1, 1000.0),
    "*_gas_m3_per_kg": Possible(0.1, 10.0),
    "*_growth_share_per_year": Possible(-1.0, 1.0),
    "*gwp_ch4*": Possible(1.0, 200.0),
    "*_cv": Possible(0.0, 5.0),
    "*target_p95_wait_min": Possible(0.0, 10_080.0),
    "*multiplier*": Possible(0.01, 100.0),
    "aadt.*": Possible(0.0, 1e6),
    "adoption.cost_sensitivity": Possible(0.0, 1000.0),
    "adoption.form_nest": Possible(0.01, 1.0),
    "adoption.trend_logit_per_year": Possible(-10.0, 10.0),
    "carbon.covid_bias": Possible(-0.99, 10.0),
    "carbon.pkm_to_tkm_road": Possible(0.001, 1.0),
    "charging.gun_amps_*": Possible(1.0, 1e4),
    "charging.max_tries": Possible(1.0, 100.0),
    "charging.pile_availability": Possible(0.01, 1.0),
    "charging.pile_repair_h": Possible(0.01, 8760.0),
    "cost.holding_years": Possible(1.0, 50.0),
    "cost.discount_*": Possible(0.0, 1.0),
    "county.natural_gas_m3_year": Possible(0.0, 1e13),
    "ebikes.detour_factor": Possible(1.0, 10.0),
    "ebikes.trips_per_bike_day": Possible(0.0, 100.0),
    "ebikes.count": Possible(0.0, 1e5),
    "ebikes.trip_*km": Possible(0.05, 200.0),
    "fleet.double_shift_km_factor": Possible(1.0, 10.0),
    "fleet.gravity_exponent": Possible(0.0, 20.0),
    "fleet.use_empty_over_full": Possible(0.05, 1.0),
    "operators.battery_cny_kwh": Possible(0.0, 20_000.0),
    "operators.bus_kerb_t": Possible(1.0, 40.0),
    "operators.battery_health_share": Possible(0.1, 1.0),
    "operators.driveline_efficiency_share": Possible(0.1, 1.0),
    "operators.bus_seat_residents_per_line": Possible(100.0, 1e7),
    "operators.kg_per_parcel": Possible(0.001, 30_000.0),
    "operators.service_days": Possible(1.0, 366.0),
    "operators.light_tour_km": Possible(1.0, 2000.0),
    "operators.heavy_tour_km": Possible(1.0, 5000.0),
    "operators.tour_km_cv": Possible(0.01, 5.0),
    "people.detour_factor": Possible(1.0, 10.0),
    "people.residents_per_village": Possible(1.0, 1e6),
    "river.empty_draught_share": Possible(0.01, 1.0),
    # a river that rises or falls by more is another river
    "river.level_change_m": Possible(-20.0, 20.0),
    "river.max_queue": Possible(0.0, 1000.0),
    "river.round_trips_per_month": Possible(0.01, 100.0),
    "river.through_*_km": Possible(-5000.0, 5000.0),
    "river.trip_*_km": Possible(-5000.0, 5000.0),
    # chainages: places above the first lock are below 0
    "river.electric_*_km": Possible(-5000.0, 5000.0),
    "river.lng_equipment_cny": Possible(0.0, 1e9),
    "river.lng_equipment_years": Possible(1.0, 100.0),
    "roads.heavy_pcu": Possible(1.0, 20.0),
    "signals.*_cycle_s": Possible(10.0, 1200.0),
    "signals.days_year": Possible(1.0, 366.0),
}
_BY_UNIT: Final[Mapping[str, Possible]] = {
    "share": _SHARE,
    "-": Possible(0.0, 1000.0),
    "x": Possible(0.0, 1000.0),
    "flag": _SHARE,
    "year": Possible(1900.0, 2100.0),
    "years": Possible(0.0, 200.0),
    "days": Possible(0.0, 366.0),
    "h": Possible(0.0, 8760.0),
    "min": Possible(0.0, 10_080.0),
    "s": Possible(0.0, 3600.0),
    "1/year": Possible(-1.0, 1.0),
    "1/month": Possible(0.0, 1000.0),
    "1/day": Possible(0.0, 1000.0),
    "share/year": Possible(-1.0, 1.0),
    "share/day": _SHARE,
    "km": Possible(0.0, 5000.0),
    "m": Possible(0.0, 1000.0),
    "kW": Possible(0.0, 1e6),
    "kWh": Possible(0.0, 1e6),
    "kWh/km": Possible(0.0, 100.0),
    "CNY/h": Possible(0.0, 10_000.0),
    "CNY/kWh": Possible(0.0, 100.0),
    "CNY/kg": Possible(0.0, 1000.0),
    "CNY/t": Possible(0.0, 1e5),
    "CNY/t km": Possible(0.0, 100.0),
    "h/CNY": Possible(0.0, 100.0),
    **dict.fromkeys(("piles", "vehicles", "vessels", "e-bikes", "batteries", "chargers", "boxes", "crews"), _THINGS),
    "vans": _THINGS,
    "charges": Possible(0.0, 100.0),
    "people": Possible(0.0, 1e8),
    "degrees C": Possible(-60.0, 60.0),
    "K": Possible(0.0, 60.0),
    "kW/K": Possible(0.0, 20.0),
    "parcels": _THINGS,
}
_ANYTHING = Possible(-1e12, 1e12)


@functools.lru_cache(maxsize=4096)
def possible(key: str, unit: str | None) -> Possible:
    """Return what a figure can be; wide bounds where neither its key nor its unit is known.

    Looked up once per key: the points of a sample set the same hundred figures.
    """
    for pattern, bounds in _BY_KEY.items():
        if fnmatch.fnmatchcase(key, pattern):
            return bounds
    return _BY_UNIT.get(unit or "", _ANYTHING)
