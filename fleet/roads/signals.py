"""Signal timing of junctions by Webster: best cycle, delay, fuel of idling, before and after."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import DataError

if TYPE_CHECKING:
    from data.county import County

_HOUR_S: Final = 3600.0


def webster_cycle_s(lost_s: float, critical_ratios: list[float]) -> float:
    """Return Webster's cycle with the least delay, (1.5 L + 5) / (1 - Y), s.

    Parameters
    ----------
    lost_s
        Lost time of a cycle L.
    critical_ratios
        Flow over saturation flow of the critical approach of each group; Y is their sum.

    Raises
    ------
    DataError
        Y of 1 or more: no cycle carries the traffic.

    Notes
    -----
    Webster, Traffic Signal Settings, Road Research Technical Paper 39 (1958).
    """
    # fsum: near 1 a rounding decides between a cycle and an error
    total = math.fsum(critical_ratios)
    if total >= 1.0:
        raise DataError(f"signals: critical ratios sum to {total:.3f}; at 1 or more no cycle carries the traffic.")
    return (1.5 * lost_s + 5.0) / (1.0 - total)


def webster_delay_s(cycle_s: float, green_s: float, flow_veh_h: float, saturation_veh_h: float) -> float:
    """Return the mean delay of a vehicle at an approach, s.

    Webster's formula: C (1 - g)^2 / (2 (1 - g x)) + x^2 / (2 q (1 - x)) - 0.65 (C / q^2)^(1/3) x^(2 + 5 g), g the green
    share, x the degree of saturation, q the flow in vehicles per s. Without flow there is no delay.

    Raises
    ------
    DataError
        A green that does not fit the cycle, or a degree of saturation of 1 or more.
    """
    if not 0.0 < green_s < cycle_s:
        raise DataError(f"signals: green {green_s} s does not fit a cycle of {cycle_s} s.")
    if flow_veh_h <= 0.0:
        return 0.0
    green = green_s / cycle_s
    # vehicles per s, because the delay is in s
    flow = flow_veh_h / _HOUR_S
    used = flow_veh_h / (saturation_veh_h * green)
    if used >= 1.0:
        raise DataError(f"signals: degree of saturation {used:.2f}; at 1 or more the queue grows without end.")
    uniform = cycle_s * (1.0 - green) ** 2 / (2.0 * (1.0 - green * used))
    random = used**2 / (2.0 * flow * (1.0 - used))
    # Webster's fit to simulations: the two terms alone are 5 to 15 % too long
    correction = 0.65 * (cycle_s / flow**2) ** (1.0 / 3.0) * used ** (2.0 + 5.0 * green)
    return float(uniform + random - correction)


def timing(
    rows: pl.DataFrame, *, least_cycle_s: float, most_cycle_s: float, least_green_s: float = 0.0
) -> tuple[float, dict[int, float]]:
    """Return the cycle of a junction and the green of each group, s.

    Greens share the cycle without lost time in proportion to the critical ratios, none below what walkers need.

    Parameters
    ----------
    rows
        Approaches of the junction: ``flow_veh_h, saturation_veh_h, group, lost_s``.
    least_cycle_s, most_cycle_s
        Bounds of the cycle; it is never shorter than all groups need for their walkers.
    least_green_s
        Green in which walkers cross.
    """
    ratio = pl.col("flow_veh_h") / pl.col("saturation_veh_h")
    # the busiest approach of a group decides: the others have green as long as it has
    critical = dict(rows.group_by("group", maintain_order=True).agg(ratio.max().alias("ratio")).iter_rows())
    lost = float(rows["lost_s"][0])
    # the formula knows no bounds: near saturation its cycle grows without end
    walked = lost + len(critical) * least_green_s
    cycle = max(walked, min(most_cycle_s, max(least_cycle_s, webster_cycle_s(lost, list(critical.values())))))
    return cycle, _greens(critical, cycle - lost, least_green_s)


def _greens(critical: dict[int, float], green_s: float, least_s: float) -> dict[int, float]:
    """Return green times in proportion to critical ratios, none below the least."""
    held: dict[int, float] = {}
    while True:
        open_groups = {group: ratio for group, ratio in critical.items() if group not in held}
        left, total = green_s - math.fsum(held.values()), math.fsum(open_groups.values())
        # without any traffic there is nothing to share by
        shared = {
            group: left * (ratio / total if total else 1.0 / len(open_groups)) for group, ratio in open_groups.items()
        }
        # a group that walkers hold open takes from the others, which may fall below the least in turn
        short = [group for group, green in shared.items() if green < least_s]
        if not short:
            return held | shared
        held |= dict.fromkeys(short, least_s)
        if len(held) == len(critical):
            return held


@dataclass(frozen=True, slots=True)
class SignalParameters:
    """Figures of signals and of idling at them.

    Attributes
    ----------
    least_cycle_s, most_cycle_s : float
        Bounds of a cycle.
    least_green_s : float
        Green in which walkers cross.
    heavy_share, heavy_pcu : float
        Share of trucks and buses in approaches that state none, and the cars that one of them counts as.
    days_year : float
        Days of a year with peak hours.
    idle_fuel_l_h, electric_idle_kw : float
        Petrol and power of an idling car.
    petrol_kg_per_l : float
        CO2 of petrol, tank to wheel.
    """

    least_cycle_s: float
    most_cycle_s: float
    least_green_s: float
    heavy_share: float
    heavy_pcu: float
    days_year: float
    idle_fuel_l_h: float
    electric_idle_kw: float
    petrol_kg_per_l: float

    @classmethod
    def from_county(cls, county: County) -> SignalParameters:
        """Return the figures ``signals.*`` of a county and its petrol."""
        road_petrol = (pl.col("mode") == "road") & (pl.col("fuel") == "petrol")
        petrol = county.fuel_factors.filter(road_petrol).row(0, named=True)
        names = ("least_cycle_s", "most_cycle_s", "least_green_s", "heavy_share", "days_year", "idle_fuel_l_h")
        return cls(
            heavy_pcu=county.figure("roads.heavy_pcu"),
            electric_idle_kw=county.figure("signals.electric_idle_kw"),
            petrol_kg_per_l=petrol["ttw_kgco2_per_kg"] * petrol["density_kg_per_l"],
            **{name: county.figure(f"signals.{name}") for name in names},
        )


def junction_delays(county: County, *, electric_share: float = 0.0) -> pl.DataFrame:
    """Return delay and idling of each junction now and with Webster's timing.

    Parameters
    ----------
    county
        Reads ``junctions`` and the figures ``signals.*``.
    electric_share
        Share of the vehicles that idle on electricity.

    Returns
    -------
    polars.DataFrame
        One row per junction and timing (``now``, ``webster``): ``junction, name, timing, cycle_s, delay_s`` (mean of a
        vehicle), ``vehicle_hours_year, fuel_l_year, electricity_kwh_year, kgco2_year`` (fuel).

    Raises
    ------
    DataError
        A junction that no timing carries, or whose timing now does not carry its traffic; it is named.
    """
    parameters = SignalParameters.from_county(county)
    rows = []
    # a truck takes the time of several cars to start
    heavy = pl.coalesce("heavy_share", pl.lit(parameters.heavy_share))
    started = county.junctions.with_columns(
        saturation_veh_h=pl.col("saturation_veh_h") / (1.0 + heavy * (parameters.heavy_pcu - 1.0))
    )
    for (name,), approaches in started.group_by("junction", maintain_order=True):
        for label in ("now", "webster"):
            try:
                cycle, seconds_h = _delay_of(approaches, label, parameters)
            except DataError as error:
                raise DataError(f"junctions: {name}, timing {label}: {error}") from error
            flow = float(approaches["flow_veh_h"].sum())
            hours = seconds_h / _HOUR_S * float(approaches["peak_hours_day"][0]) * parameters.days_year
            fuel = hours * (1.0 - electric_share) * parameters.idle_fuel_l_h
            power = hours * electric_share * parameters.electric_idle_kw
            mean = seconds_h / flow if flow else 0.0
            co2 = fuel * parameters.petrol_kg_per_l
            rows.append((name, approaches["name"][0], label, cycle, mean, hours, fuel, power, co2))
    return pl.DataFrame(rows, schema=JUNCTIONS, orient="row")


def _delay_of(approaches: pl.DataFrame, label: str, parameters: SignalParameters) -> tuple[float, float]:
    """Return the cycle of a junction's timing, and the delay of all its vehicles in an hour, s."""
    cycle, greens = float(approaches["cycle_now_s"][0]), None
    if label == "webster":
        names = ("least_cycle_s", "most_cycle_s", "least_green_s")
        cycle, greens = timing(approaches, **{name: getattr(parameters, name) for name in names})
    total = 0.0  # vehicle-seconds, so that a busy approach weighs more
    for row in approaches.iter_rows(named=True):
        green = row["green_now_s"] if greens is None else greens[row["group"]]
        total += row["flow_veh_h"] * webster_delay_s(cycle, green, row["flow_veh_h"], row["saturation_veh_h"])
    return cycle, total


JUNCTIONS: Final = {
    "junction": pl.String,
    "name": pl.String,
    "timing": pl.String,
    **dict.fromkeys(
        ("cycle_s", "delay_s", "vehicle_hours_year", "fuel_l_year", "electricity_kwh_year", "kgco2_year"), pl.Float64
    ),
}
"""Schema of the table of junctions."""
