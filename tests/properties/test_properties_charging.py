"""Properties that hold for any layout and any requests."""

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charging import check_accounts, simulate
from charging.power.curves import Curve, curve_array, minutes_between, soc_after

CURVE_SOC = [0.0, 0.1, 0.3, 0.6, 0.8, 1.0]
CURVE_SHARE = [0.6, 1.0, 1.0, 0.85, 0.5, 0.05]
VEHICLES = pl.DataFrame(
    {
        "vehicle_class": ["car"],
        "pack_voltage_v": [380.0],
        "ac_kw": [7.0],
        "curve_soc": [CURVE_SOC],
        "curve_share": [CURVE_SHARE],
        "efficiency_dc": [0.92],
        "efficiency_ac": [0.89],
    }
)


@st.composite
def layouts(draw):
    rows = []
    for number in range(draw(st.integers(1, 2))):
        limit = draw(st.sampled_from([None, 50.0, 130.0]))
        rows.extend(
            {
                "station_id": f"s{number}",
                "group_id": f"g{group}",
                "current": draw(st.sampled_from(["dc", "dc", "ac"])),
                "pile_kw": draw(st.sampled_from([7.0, 60.0, 120.0])),
                "piles": draw(st.integers(1, 2)),
                "guns_per_pile": draw(st.integers(1, 3)),
                "sharing": draw(st.sampled_from(["exclusive", "equal", "sequential", "dynamic"])),
                "gun_amps": draw(st.sampled_from([None, 250.0])),
                "transformer_kw": limit,
            }
            for group in range(draw(st.integers(1, 2)))
        )
    return pl.DataFrame(
        rows,
        schema_overrides={"transformer_kw": pl.Float64, "gun_amps": pl.Float64},
        infer_schema_length=None,
    )


@st.composite
def request_tables(draw):
    rows = []
    for number in range(draw(st.integers(1, 12))):
        start = draw(st.floats(0.0, 0.8))
        end = draw(st.floats(min(start + 0.02, 1.0), 1.0))
        rows.append(
            {
                "request_id": number,
                "arrive_min": draw(st.floats(0, 120)),
                "current": draw(st.sampled_from(["dc", "ac", "any"])),
                "energy_kwh": 57.0 * (end - start),
                "accept_kw": draw(st.sampled_from([7.0, 55.0, 85.0])),
                "vehicle_class": "car",
                "battery_kwh": 57.0,
                "soc_start": start,
                "patience_min": draw(st.sampled_from([None, 5.0, 60.0])),
                "max_queue": draw(st.sampled_from([None, 0, 2])),
                "overstay_min": draw(st.sampled_from([None, 8.0])),
            }
        )
    return pl.DataFrame(
        rows,
        schema_overrides={"patience_min": pl.Float64, "max_queue": pl.Int64, "overstay_min": pl.Float64},
        infer_schema_length=None,
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(layout=layouts(), requests=request_tables())
def test_accounts_close_and_limits_hold(layout, requests):
    result = simulate(layout, requests, vehicles=VEHICLES, behaviour={"interval_min": 1.0})
    assert check_accounts(result, requests)["holds"].all()
    sessions = result.sessions
    served = sessions.filter(pl.col("outcome") == "served")
    assert np.allclose(served["energy_kwh"], served["asked_kwh"], rtol=1e-9, atol=1e-9)
    assert (served["wait_min"] >= 0).all()
    assert (served["full_min"] >= served["plug_min"]).all()
    limits = layout.group_by("station_id").agg(
        rated=(pl.col("pile_kw") * pl.col("piles")).sum(), connection=pl.col("transformer_kw").first().fill_null(1e9)
    )
    # piles bound what they give, the connection bounds what is metered
    power = result.load.join(limits, on="station_id")
    assert (power["energy_kwh"] * 60.0 <= power["rated"] + 1e-6).all()
    assert (power["mean_kw"] <= power["connection"] + 1e-6).all()


@settings(max_examples=60, deadline=None)
@given(
    arrivals=st.lists(st.floats(0, 300), min_size=2, max_size=25),
    energies=st.lists(st.floats(1, 60), min_size=25, max_size=25),
    piles=st.integers(1, 3),
)
def test_another_gun_never_lengthens_a_wait(arrivals, energies, piles):
    requests = pl.DataFrame(
        {
            "request_id": list(range(len(arrivals))),
            "arrive_min": sorted(arrivals),
            "current": ["dc"] * len(arrivals),
            "energy_kwh": energies[: len(arrivals)],
            "accept_kw": [60.0] * len(arrivals),
        }
    )

    def waits(count):
        layout = pl.DataFrame(
            {
                "station_id": ["s"],
                "group_id": ["g"],
                "current": ["dc"],
                "pile_kw": [60.0],
                "piles": [count],
                "guns_per_pile": [1],
                "sharing": ["exclusive"],
            }
        )
        return simulate(layout, requests).sessions["wait_min"].to_numpy()

    assert (waits(piles + 1) <= waits(piles) + 1e-9).all()


@settings(max_examples=300, deadline=None)
@given(
    shares=st.lists(st.floats(0.05, 1.0), min_size=3, max_size=7),
    cap=st.floats(0.03, 1.2),
    ends=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
)
def test_soc_and_minutes_are_inverse_on_any_curve(shares, cap, ends):
    curve = Curve(tuple(np.linspace(0.0, 1.0, len(shares))), tuple(shares))
    curves = curve_array([Curve((0.0, 1.0), (1.0, 0.5)), curve])
    low, high = sorted(ends)
    minutes = minutes_between(curves, 2, cap, low, high)
    assert np.isclose(soc_after(curves, 2, cap, low, minutes), high, atol=1e-10)
    soc = np.linspace(low, high, 20_001)
    numeric = np.trapezoid(60.0 / np.minimum(np.interp(soc, curve.soc, curve.power_share), cap), soc)
    assert np.isclose(minutes, numeric, rtol=1e-5, atol=1e-9)
