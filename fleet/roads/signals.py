"""Signal timing of junctions: best cycle by Webster, delay by the Highway Capacity Manual, fuel of idling."""

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

    Examples
    --------
    >>> round(webster_cycle_s(10.0, [0.35, 0.25]), 6)
    50.0
    """
    # fsum: near 1 a rounding decides between a cycle and an error
    total = math.fsum(critical_ratios)
    if total >= 1.0:
        raise DataError(f"signals: critical ratios sum to {total:.3f}; at 1 or more no cycle carries the traffic.")
    return (1.5 * lost_s + 5.0) / (1.0 - total)


def control_delay_s(
    cycle_s: float, green_s: float, flow_veh_h: float, saturation_veh_h: float, *, peak_h: float = 1.0
) -> float:
    """Return the mean delay of a vehicle at an approach with fixed times, s; above capacity, too.

    Uniform arrivals wait C (1 - g)^2 / (2 (1 - g min(1, x))), g the green share and x the degree of saturation; chance
    and the queue that a peak of T hours leaves add 900 T (x - 1 + sqrt((x - 1)^2 + 4 x / (c T))), c the capacity in
    vehicles per hour. Without flow there is no delay.

    Parameters
    ----------
    cycle_s, green_s
        Cycle, and green of the approach in it.
    flow_veh_h, saturation_veh_h
        Vehicles that arrive in an hour, and that would pass in an hour of green.
    peak_h
        Hours in which the flow lasts, from an empty approach on; whoever arrives in them is counted until they pass.

    Raises
    ------
    DataError
        A green that does not fit the cycle.

    Notes
    -----
    Highway Capacity Manual 2000, equations 16-11 and 16-12 with k = 0.5 (fixed times) and I = 1 (no junction upstream),
    after Akcelik (1981). For a peak without end and x < 1 the second term is that of Webster (1958), x / (2 q (1 - x))
    times x, which is infinite at x = 1.
    """
    if not 0.0 < green_s < cycle_s:
        raise DataError(f"signals: green {green_s} s does not fit a cycle of {cycle_s} s.")
    if flow_veh_h <= 0.0:
        return 0.0
    green = green_s / cycle_s
    capacity = saturation_veh_h * green
    used = flow_veh_h / capacity
    uniform = cycle_s * (1.0 - green) ** 2 / (2.0 * (1.0 - green * min(1.0, used)))
    # 900 s: at x > 1 the root doubles the first term, and the mean of a queue that grows steadily is half of its end
    over = used - 1.0
    overflow = 900.0 * peak_h * (over + math.sqrt(over**2 + 4.0 * used / (capacity * peak_h)))
    return uniform + overflow


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
    ratios = list(critical.values())
    # near saturation the formula's cycle grows without end; above it the longest cycle loses least time to changes
    best = webster_cycle_s(lost, ratios) if math.fsum(ratios) < 1.0 else most_cycle_s
    walked = lost + len(critical) * least_green_s
    cycle = max(walked, min(most_cycle_s, max(least_cycle_s, best)))
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
    peak_h : float
        Hours in which the counted flow lasts.
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
    peak_h: float
    days_year: float
    idle_fuel_l_h: float
    electric_idle_kw: float
    petrol_kg_per_l: float

    @classmethod
    def from_county(cls, county: County) -> SignalParameters:
        """Return the figures ``signals.*`` of a county and its petrol."""
        road_petrol = (pl.col("mode") == "road") & (pl.col("fuel") == "petrol")
        petrol = county.fuel_factors.filter(road_petrol).row(0, named=True)
        names = ("least_cycle_s", "most_cycle_s", "least_green_s", "heavy_share", "peak_h", "days_year")
        return cls(
            heavy_pcu=county.figure("roads.heavy_pcu"),
            electric_idle_kw=county.figure("signals.electric_idle_kw"),
            idle_fuel_l_h=county.figure("signals.idle_fuel_l_h"),
            petrol_kg_per_l=petrol["ttw_kgco2_per_kg"] * petrol["density_kg_per_l"],
            **{name: county.figure(f"signals.{name}") for name in names},
        )


def junction_delays(county: County, *, electric_share: float = 0.0) -> pl.DataFrame:
    """Return delay and idling of each junction now and with Webster's timing, trucks in the flow as cars.

    Parameters
    ----------
    county
        Reads ``junctions`` and the figures ``signals.*``.
    electric_share
        Share of the vehicles that idle on electricity.

    Returns
    -------
    polars.DataFrame
        One row per junction and timing (``now``, ``webster``): ``junction, name, timing, cycle_s, saturation_most``
        (flow over capacity of the fullest approach; above 1 its queue grows through the peak) ``, flow_veh_h`` (all
        approaches) ``, delay_s`` (mean of a vehicle), ``vehicle_hours_year, fuel_l_year, electricity_kwh_year,
        kgco2_year`` (fuel).

    Raises
    ------
    DataError
        A green that does not fit its cycle; the junction is named.
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
                cycle, fullest, seconds_h = _delay_of(approaches, label, parameters)
            except DataError as error:
                raise DataError(f"junctions: {name}, timing {label}: {error}") from error
            flow = float(approaches["flow_veh_h"].sum())
            hours = seconds_h / _HOUR_S * float(approaches["peak_hours_day"][0]) * parameters.days_year
            fuel = hours * (1.0 - electric_share) * parameters.idle_fuel_l_h
            power = hours * electric_share * parameters.electric_idle_kw
            mean = seconds_h / flow if flow else 0.0
            co2 = fuel * parameters.petrol_kg_per_l
            rows.append((name, approaches["name"][0], label, cycle, fullest, flow, mean, hours, fuel, power, co2))
    return pl.DataFrame(rows, schema=JUNCTIONS, orient="row")


def _delay_of(approaches: pl.DataFrame, label: str, parameters: SignalParameters) -> tuple[float, float, float]:
    """Return a timing's cycle (s), flow over capacity of the fullest approach, delay of an hour's vehicles (s)."""
    cycle, greens = float(approaches["cycle_now_s"][0]), None
    if label == "webster":
        names = ("least_cycle_s", "most_cycle_s", "least_green_s")
        cycle, greens = timing(approaches, **{name: getattr(parameters, name) for name in names})
    total = fullest = 0.0  # vehicle-seconds, so that a busy approach weighs more
    for row in approaches.iter_rows(named=True):
        flow, saturation = row["flow_veh_h"], row["saturation_veh_h"]
        green = row["green_now_s"] if greens is None else greens[row["group"]]
        total += flow * control_delay_s(cycle, green, flow, saturation, peak_h=parameters.peak_h)
        fullest = max(fullest, flow / (saturation * green / cycle))
    return cycle, fullest, total


JUNCTIONS: Final = {
    "junction": pl.String,
    "name": pl.String,
    "timing": pl.String,
    **dict.fromkeys(
        (
            *("cycle_s", "saturation_most", "flow_veh_h", "delay_s"),
            *("vehicle_hours_year", "fuel_l_year", "electricity_kwh_year", "kgco2_year"),
        ),
        pl.Float64,
    ),
}
"""Schema of the table of junctions."""
