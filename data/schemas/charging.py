"""Schemas of the charging tables: layouts, demand, results."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import dataframely as dy
import polars as pl

from data.arrays import DAY_MIN
from data.outcomes import SESSION_OUTCOMES, VisitEnd
from data.schemas.base import (
    CURRENTS,
    SHARINGS,
    Explained,
    Table,
    amount,
    calendar_year,
    choice,
    confidence,
    count,
    counted,
    fraction,
    identifier,
    latitude,
    longitude,
    measured,
    number,
    positive,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


LEAST_GUN_KW = 1.32
"""The least power at which a gun charges: 6 A at 220 V, the smallest current that GB/T 18487.1 lets a charger offer."""


ENDS_BELOW_SHARE = 0.25
"""A typical battery that is nearly full accepts little: a county's own curves end at most at this share of their power.

Measured curves of single cars may end higher, and `charging.simulate` takes them as they are.
"""


MOST_PHASES = 3
"""Phases of the public grid."""


MOST_PHASE_VOLTS = 300.0
"""Above the highest phase-to-neutral voltage of public low-voltage grids (277 V): more is a voltage between phases."""


_STAY_FEES = ("start_fee_cny", "time_fee_cny_h", "idle_fee_cny_h", "idle_free_min", "fee_hours", "fee_periods")


class Layout(Table):
    """Charging layout: one row per group of equal piles. The columns after `transformer_kw` are optional."""

    station_id = identifier(primary_key=True)
    group_id = identifier(primary_key=True)
    town = identifier(nullable=True)
    current = choice(CURRENTS)
    pile_kw = measured("kW", 0.001, 1e5, usual=(1.3, 1500.0))
    piles = counted("piles", 0, 100_000, usual=(0, 500))
    guns_per_pile = counted("guns", 1, 1000, usual=(1, 16))
    sharing = choice(SHARINGS)
    gun_amps = measured("A", 0.006, 1e5, usual=(6.0, 1500.0), nullable=True)
    transformer_kw = measured("kW", 0.005, 1e7, usual=(5.0, 50_000.0), nullable=True)
    phases = counted("phases", 1, MOST_PHASES, nullable=True)
    volts = measured("V", 0.1, 1e5, usual=(100.0, 1500.0), nullable=True)
    site = identifier(nullable=True)
    lon = longitude(nullable=True)
    lat = latitude(nullable=True)
    opened_year = calendar_year(nullable=True)
    opens_min = measured("minute of the day", 0.0, 1440.0, nullable=True)
    closes_min = measured("minute of the day", 0.0, 1440.0, nullable=True)
    hours = identifier(nullable=True)
    fee_cny_kwh = measured("CNY/kWh", 0.0, 1000.0, usual=(0.0, 5.0), nullable=True)
    start_fee_cny = measured("CNY", 0.0, 10_000.0, usual=(0.0, 50.0), nullable=True)
    time_fee_cny_h = measured("CNY/h", 0.0, 10_000.0, usual=(0.0, 100.0), nullable=True)
    idle_fee_cny_h = measured("CNY/h", 0.0, 10_000.0, usual=(0.0, 200.0), nullable=True)
    idle_free_min = measured("min", 0.0, 10_080.0, usual=(0.0, 1440.0), nullable=True)
    fee_hours = identifier(nullable=True)
    fee_periods = identifier(nullable=True)
    plug = identifier(nullable=True)
    charger_id = identifier(nullable=True)
    truck_access = dy.Bool(nullable=True)
    source = identifier(nullable=True)
    confidence = confidence(nullable=True)

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "one_transformer": Explained(
            "transformer_kw",
            "the same value in all rows of a station",
            "The transformer belongs to the station: repeat its kW in each of its rows, or leave all empty.",
        ),
        "one_gun_runs": Explained(
            "transformer_kw",
            f"at least {LEAST_GUN_KW} kW, the least at which a single gun charges",
            "Give the connection's kW, or leave it empty where it never binds.",
        ),
        "phases_and_volts": Explained(
            "volts",
            "phases and volts both, or neither",
            "Give the number of phases and the voltage of a phase against neutral, or leave both empty: then gun_amps "
            "does not limit AC.",
        ),
        "volts_of_a_phase": Explained(
            "volts",
            f"the voltage of a phase against neutral, at most {MOST_PHASE_VOLTS:g} V with several phases",
            "Divide a voltage between phases by 1.73: 380 V are 220 V, 400 V are 230 V.",
        ),
        "one_fee": Explained(
            "fee_cny_kwh",
            "the same value in all rows of a station",
            "The fee is the station's: repeat it in each of its rows, or leave all empty.",
        ),
        "one_day": Explained(
            "opens_min",
            "the same hours in all rows of a station, both ends or none",
            "Give the minutes of the day of opening and closing in each of the station's rows, or leave all empty.",
        ),
        "one_week": Explained(
            "hours",
            "the same text in all rows of a station, and no opens_min beside it",
            "Give the hours once: as text such as 'Mo-Fr 06:00-22:00; Sa,Su 08:00-20:00', or as opens_min, closes_min.",
        ),
        "one_way_to_pay": Explained(
            "start_fee_cny",
            f"the same {', '.join(_STAY_FEES)} in all rows of a station",
            "The fees are the station's: repeat them in each of its rows, or leave all empty.",
        ),
        "one_entrance": Explained(
            "truck_access",
            "the same value in all rows of a station",
            "Trucks enter the station or not: repeat it in each of its rows, or leave all empty.",
        ),
        "one_charger": Explained(
            "charger_id",
            "groups of as many piles where several share their chargers",
            "A charger with guns of several kinds is a pile of each of its groups: repeat the number of piles.",
        ),
    }

    @dy.rule()
    def one_transformer(cls) -> pl.Expr:
        """Require that all rows of a station name the same transformer."""
        return pl.col("transformer_kw").n_unique().over("station_id") == 1

    @dy.rule()
    def one_gun_runs(cls) -> pl.Expr:
        """Require a connection behind which a gun can charge at all."""
        return pl.col("transformer_kw") >= LEAST_GUN_KW

    @dy.rule()
    def phases_and_volts(cls) -> pl.Expr:
        """Require both of phases and volts, or neither."""
        return pl.col("phases").is_null() == pl.col("volts").is_null()

    @dy.rule()
    def volts_of_a_phase(cls) -> pl.Expr:
        """Require volts against neutral where there are several phases."""
        return (pl.col("phases") < 2) | (pl.col("volts") <= MOST_PHASE_VOLTS)

    @dy.rule()
    def one_fee(cls) -> pl.Expr:
        """Require that all rows of a station name the same fee."""
        return pl.col("fee_cny_kwh").n_unique().over("station_id") == 1

    @dy.rule()
    def one_day(cls) -> pl.Expr:
        """Require that all rows of a station name the same opening hours, with both ends."""
        one = (
            pl.col("opens_min").n_unique().over("station_id") * pl.col("closes_min").n_unique().over("station_id") == 1
        )
        return one & (pl.col("opens_min").is_null() == pl.col("closes_min").is_null())

    @dy.rule()
    def one_week(cls) -> pl.Expr:
        """Require that all rows of a station have the same hours, stated once."""
        return (pl.col("hours").n_unique().over("station_id") == 1) & (
            pl.col("hours").is_null() | pl.col("opens_min").is_null()
        )

    @dy.rule()
    def one_way_to_pay(cls) -> pl.Expr:
        """Require that all rows of a station name the same fees."""
        return pl.all_horizontal(pl.col(*_STAY_FEES).n_unique().over("station_id") == 1)

    @dy.rule()
    def one_entrance(cls) -> pl.Expr:
        """Require that all rows of a station say the same of trucks."""
        return pl.col("truck_access").n_unique().over("station_id") == 1

    @dy.rule()
    def one_charger(cls) -> pl.Expr:
        """Require that groups which share their chargers have as many piles."""
        same = pl.col("piles").n_unique().over("station_id", "charger_id") == 1
        return pl.col("charger_id").is_null() | same


LONGEST_MIN = 10.0 * 366.0 * DAY_MIN
"""Ten years, minutes: later times are in another unit, or count from another start such as 1970."""


class Requests(Table):
    """Charging requests: one row per request, in any order; energy on the battery's side."""

    request_id = dy.Int64(primary_key=True)
    arrive_min = amount()
    origin = identifier(nullable=True)
    current = choice((*CURRENTS, "any"))
    energy_kwh = amount()
    accept_kw = positive()
    vehicle_class = identifier(nullable=True)
    battery_kwh = positive(nullable=True)
    soc_start = fraction(nullable=True)
    patience_min = amount(nullable=True)
    max_queue = count(nullable=True)
    overstay_min = amount(nullable=True)
    leave_by_min = amount(nullable=True)
    follows = dy.Int64(nullable=True)
    priority = dy.Int64(nullable=True)
    plug = identifier(nullable=True)
    first_current = choice(CURRENTS, nullable=True)
    overstay_dc_min = amount(nullable=True)

    BY_ROW: ClassVar[bool] = True
    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "fits_battery": Explained(
            "energy_kwh",
            "no more than battery_kwh * (1 - soc_start)",
            "Ask for less energy, or start from a lower soc_start.",
        ),
        "since_start": Explained(
            "arrive_min",
            f"minutes since the start of the run, at most {LONGEST_MIN:.0f} (ten years)",
            "Take the start of the run off the times and divide seconds by 60, milliseconds by 60000.",
        ),
        "asks_or_stays": Explained(
            "energy_kwh",
            "more than 0, or overstay_min above 0",
            "Give the energy asked for; who only holds the gun needs an overstay_min.",
        ),
        "leaves_later": Explained(
            "leave_by_min",
            "later than arrive_min",
            "Give the minute at which the driver leaves, counted as arrive_min is.",
        ),
        "first_of_any": Explained(
            "first_current",
            "a current only where current is 'any'",
            "Leave it empty, or let the driver take any current.",
        ),
        "dc_of_any": Explained(
            "overstay_dc_min",
            "minutes only where current is 'any'",
            "Leave it empty and give overstay_min, or let the driver take any current.",
        ),
    }

    @dy.rule()
    def since_start(cls) -> pl.Expr:
        """Require times that can be minutes since the start of a run."""
        return pl.col("arrive_min") <= LONGEST_MIN

    @dy.rule()
    def asks_or_stays(cls) -> pl.Expr:
        """Require a request for energy, or a vehicle that holds the gun without."""
        return (pl.col("energy_kwh") > 0.0) | (pl.col("overstay_min").fill_null(0.0) > 0.0)

    @dy.rule()
    def leaves_later(cls) -> pl.Expr:
        """Require that nobody leaves before coming."""
        return pl.col("leave_by_min") > pl.col("arrive_min")

    @dy.rule()
    def first_of_any(cls) -> pl.Expr:
        """Require a first current only of those who have a choice."""
        return pl.col("first_current").is_null() | (pl.col("current") == "any")

    @dy.rule()
    def dc_of_any(cls) -> pl.Expr:
        """Require an overstay at DC guns of its own only of those who have a choice."""
        return pl.col("overstay_dc_min").is_null() | (pl.col("current") == "any")

    @dy.rule()
    def fits_battery(cls) -> pl.Expr:
        """Require room in the battery for the energy asked for."""
        room = pl.col("battery_kwh") * (1.0 - pl.col("soc_start"))
        return pl.col("energy_kwh") <= room * (1.0 + 1e-9)


class SwapStations(Table):
    """Swap stations: bays, batteries in the racks and their chargers."""

    station_id = identifier(primary_key=True)
    town = identifier(nullable=True)
    bays = counted("bays", 1, 100, usual=(1, 10))
    batteries = counted("batteries", 1, 10_000, usual=(1, 200))
    chargers = counted("chargers", 1, 10_000, usual=(1, 200))
    charger_kw = measured("kW", 0.0001, 10_000.0, usual=(0.1, 1000.0))
    battery_kwh = measured("kWh", 0.0002, 1e5, usual=(0.2, 5000.0))
    swap_min = measured("min", 0.0005, 1440.0, usual=(0.5, 60.0))
    ready_soc = fraction()
    efficiency = measured("share", 0.01, 1.0, usual=(0.7, 1.0))
    vehicle_classes = identifier(nullable=True)
    limit_kw = measured("kW", 0.03, 1e6, usual=(30.0, 20_000.0), nullable=True)
    lon = longitude(nullable=True)
    lat = latitude(nullable=True)
    opened_year = calendar_year(nullable=True)
    source = identifier(nullable=True)
    confidence = confidence(nullable=True)


class Outages(Table):
    """When piles are out of service; a vehicle that charges when an outage begins may finish."""

    station_id = identifier()
    group_id = identifier()
    pile = count()
    start_min = amount()
    end_min = amount()

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "ends_later": Explained("end_min", "more than start_min", "Correct one of the times.")
    }

    @dy.rule()
    def ends_later(cls) -> pl.Expr:
        """Require that an outage lasts."""
        return pl.col("end_min") > pl.col("start_min")


class Travel(Table):
    """Way from an origin to a station it may use; pairs that are absent are out of reach."""

    origin = identifier(primary_key=True)
    station_id = identifier(primary_key=True)
    minutes = amount()
    km = amount()


class Tariff(Table):
    """Price steps: what a kWh at the meter costs from a minute to the next row's."""

    start_min = dy.Float64(primary_key=True)
    cny_per_kwh = number()


class Vehicles(Table):
    """Charging by vehicle class; `curve_share` is the accepted share of full power at `curve_soc`."""

    vehicle_class = identifier(primary_key=True)
    pack_voltage_v = positive(nullable=True)
    ac_kw = positive(nullable=True)
    dc_kw = positive(nullable=True)
    curve_soc = dy.List(dy.Float64(nullable=True), nullable=True)
    curve_share = dy.List(dy.Float64(nullable=True), nullable=True)
    efficiency_dc = dy.Float64(nullable=True, min_exclusive=0.0, max=1.0)
    efficiency_ac = dy.Float64(nullable=True, min_exclusive=0.0, max=1.0)

    EXPLAIN: ClassVar[Mapping[str, Explained]] = {
        "curve_pairs": Explained(
            "curve_share",
            "as many values as curve_soc",
            "Give one power share for each state of charge, or leave both empty.",
        ),
        "curve_rises": Explained(
            "curve_soc",
            "states of charge that increase from 0 to 1",
            "Give the breakpoints in order, 0 and 1 included.",
        ),
        "curve_shares": Explained(
            "curve_share",
            "shares above 0 and at most 1; the last, at SOC 1, may be 0",
            "Give the share of full power that the battery accepts at each state of charge.",
        ),
    }

    @dy.rule()
    def curve_pairs(cls) -> pl.Expr:
        """Require two lists of the same length."""
        lengths = [pl.col(name).list.len().fill_null(0) for name in ("curve_soc", "curve_share")]
        return lengths[0] == lengths[1]

    @dy.rule()
    def curve_rises(cls) -> pl.Expr:
        """Require breakpoints from 0 to 1."""
        soc = pl.col("curve_soc").list
        return (soc.first() == 0.0) & (soc.last() == 1.0) & (soc.diff().list.min() > 0.0)

    @dy.rule()
    def curve_shares(cls) -> pl.Expr:
        """Require power until SOC 1; batteries of real cars may take much of it there."""
        share = pl.col("curve_share").list
        before = share.head(share.len() - 1).list
        return (share.last() >= 0.0) & (before.min() > 0.0) & (share.max() <= 1.0)


class Sessions(Table):
    """What became of each request: one row per request, ordered by `request_id`."""

    request_id = dy.Int64(primary_key=True)
    origin = identifier(nullable=True)
    vehicle_class = identifier(nullable=True)
    current = choice((*CURRENTS, "any"))
    request_min = amount()
    asked_kwh = amount()
    station_id = identifier(nullable=True)
    group_id = identifier(nullable=True)
    pile = count(nullable=True)
    gun = count(nullable=True)
    arrive_min = amount(nullable=True)
    plug_min = amount(nullable=True)
    full_min = amount(nullable=True)
    leave_min = amount(nullable=True)
    wait_min = amount(nullable=True)
    energy_kwh = amount()
    meter_kwh = amount()
    peak_kw = amount()
    tries = count()
    outcome = choice(SESSION_OUTCOMES)
    travel_min = amount()
    travel_km = amount()
    mean_kw = amount(nullable=True)
    cost_cny = number()
    unmet_kwh = amount()
    reason = identifier(nullable=True)


class Visits(Table):
    """Each visit of a request to a station, the tries of a request in order: when it came, left the queue, and how."""

    request_id = dy.Int64(primary_key=True)
    station_id = identifier()
    # `try` is a word that Python keeps for itself
    number = dy.Int64(primary_key=True, min=1, alias="try")
    arrive_min = amount()
    leave_queue_min = amount()
    outcome = choice(tuple(VisitEnd))


class Load(Table):
    """Load of a station by interval, `ac_kwh` of it at AC guns (meter); intervals without load have no row."""

    station_id = identifier(primary_key=True)
    start_min = dy.Float64(primary_key=True, min=0.0)
    energy_kwh = amount()
    meter_kwh = amount()
    mean_kw = amount()
    ac_kwh = amount()


class Stations(Table):
    """Service and use of a station over the run; arrivals and how they end are visits."""

    station_id = identifier(primary_key=True)
    town = identifier(nullable=True)
    site = identifier(nullable=True)
    piles = count()
    guns = count()
    power_kw = amount()
    usable_guns = count()
    arrivals = count()
    served = count()
    balked = count()
    reneged = count()
    closed = count()
    unserved = count()
    unfinished = count()
    energy_kwh = amount()
    meter_kwh = amount()
    unserved_kwh = amount()
    wait_mean_min = amount(nullable=True)
    wait_p50_min = amount(nullable=True)
    wait_p90_min = amount(nullable=True)
    wait_p95_min = amount(nullable=True)
    wait_max_min = amount(nullable=True)
    late_share = fraction(nullable=True)
    gun_utilisation_share = fraction()
    energy_utilisation_share = fraction()
    peak_kw = amount()
    span_min = positive()
    cost_cny = number()
    queue_mean = amount()
    queue_max = amount()
    limit_min = amount()
