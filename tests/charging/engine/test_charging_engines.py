"""The compiled engine gives the rows of the event-by-event one, and says what it cannot do."""

import os
import subprocess
import sys

import numba
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charging import simulate
from charging.engine.compiled.alone import fcfs as queues
from charging.power import kernel, machine_code
from charging.queueing.verification import poisson_requests, queue_layout

VEHICLES = pl.DataFrame(
    {
        "vehicle_class": ["car"],
        "pack_voltage_v": [350.0],
        "ac_kw": [7.0],
        "curve_soc": [[0.0, 0.3, 0.8, 1.0]],
        "curve_share": [[1.0, 1.0, 0.5, 0.1]],
        "efficiency_dc": [0.92],
        "efficiency_ac": [0.89],
    }
)


def requests(seed, number, erlang, *, curves):
    rng = np.random.default_rng(seed)
    table = poisson_requests(seed, number, erlang, "exponential", patience_min=rng.exponential(40.0, number))
    most = pl.Series([int(value) if value < 7 else None for value in rng.integers(0, 9, number)], dtype=pl.Int64)
    stay = rng.choice([0.0, 3.0, 12.0], number)
    table = table.with_columns(max_queue=most, overstay_min=pl.Series(stay), accept_kw=pl.lit(90.0))
    if not curves:
        return table
    soc = rng.uniform(0.1, 0.5, number)
    return table.with_columns(
        vehicle_class=pl.lit("car"),
        battery_kwh=pl.lit(57.0),
        soc_start=pl.Series(soc),
        energy_kwh=pl.Series(57.0 * (0.86 - soc)),
    )


def layout(piles, guns, sharing):
    return queue_layout(piles).with_columns(
        pile_kw=pl.lit(120.0), guns_per_pile=pl.lit(guns, pl.Int64), sharing=pl.lit(sharing)
    )


def assert_equal(one, other):
    for name in one.columns:
        left, right = one[name], other[name]
        assert left.is_null().equals(right.is_null()), name
        if left.dtype == pl.Float64:
            assert (left - right).abs().max() in (None, 0.0) or (left - right).abs().max() < 1e-6, name
        else:
            assert left.equals(right), name


@pytest.mark.whole
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    piles=st.integers(1, 6),
    shape=st.sampled_from([(1, "exclusive"), (2, "dynamic"), (2, "equal"), (3, "sequential"), (2, "exclusive")]),
    curves=st.booleans(),
    module=st.sampled_from([None, 20.0]),
)
def test_both_engines_give_the_same_rows(seed, piles, shape, curves, module):
    table = requests(seed, 250, 1.3 * piles * shape[0], curves=curves)
    given_ = {"vehicles": VEHICLES if curves else None, "behaviour": {"module_kw": module}}
    one, other = (simulate(layout(piles, *shape), table, engine=engine, **given_) for engine in ("simpy", "compiled"))
    assert_equal(one.sessions, other.sessions)
    assert_equal(one.load, other.load)
    assert_equal(one.stations, other.stations)


def test_several_stations_with_one_way_each():
    both = pl.concat([layout(2, 2, "dynamic"), layout(3, 1, "exclusive").with_columns(station_id=pl.lit("t"))])
    table = requests(5, 400, 5.0, curves=False)
    origin = pl.Series([("o", "p")[at % 2] for at in range(400)])
    current = pl.Series(["ac" if at % 7 == 0 else "dc" for at in range(400)])
    ways = pl.DataFrame({"origin": ["o", "p"], "station_id": ["s", "t"], "minutes": [4.0, 0.0], "km": [3.0, 0.0]})
    table = table.with_columns(origin=origin, current=current)
    one, other = (simulate(both, table, ways, engine=engine) for engine in ("simpy", "compiled"))
    assert_equal(one.sessions, other.sessions)
    assert set(one.sessions["outcome"]) >= {"served", "unserved"}


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({}, {"behaviour": {"queue_rule": "priority"}}),
        ({"transformer_kw": 200.0}, {}),
        ({"opens_min": 360.0, "closes_min": 1320.0}, {}),
    ],
)
def test_one_station_with_more_rules_gives_the_same_rows(changes, options):
    columns = [pl.lit(value).alias(name) for name, value in changes.items()]
    stations = layout(2, 2, "dynamic").with_columns(columns)
    table = requests(1, 200, 2.0, curves=False)
    one, other = (simulate(stations, table, engine=engine, **options) for engine in ("simpy", "compiled"))
    assert_equal(one.sessions, other.sessions)
    assert_equal(one.stations, other.stations)


def test_choices_groups_and_failures_give_the_same_rows():
    table = requests(1, 200, 2.0, curves=False)
    two = pl.concat([layout(1, 1, "exclusive"), layout(1, 1, "exclusive").with_columns(station_id=pl.lit("t"))])
    groups = pl.concat([layout(1, 1, "exclusive"), layout(1, 1, "exclusive").with_columns(group_id=pl.lit("h"))])
    out = pl.DataFrame({"station_id": ["s"], "group_id": ["g"], "pile": [0], "start_min": [5.0], "end_min": [50.0]})
    for stations, outages in ((two, None), (groups, None), (layout(1, 1, "exclusive"), out)):
        one, other = (simulate(stations, table, engine=engine, outages=outages) for engine in ("simpy", "compiled"))
        assert_equal(one.sessions, other.sessions)
        assert_equal(one.visits, other.visits)


SCRIPT = """
import polars as pl
from charging import simulate
from charging.queueing.verification import poisson_requests, queue_layout
table = poisson_requests(3, 60, 2.0, "exponential").with_columns(accept_kw=pl.lit(90.0))
dual = queue_layout(1).with_columns(pile_kw=pl.lit(120.0), guns_per_pile=pl.lit(2, pl.Int64), sharing=pl.lit("dynamic"))
for engine in ("simpy", "compiled"):
    print(repr(simulate(dual, table, engine=engine).sessions["leave_min"].sum()))
"""


@pytest.mark.whole
def test_without_the_compiler_the_rules_say_the_same():
    found = {
        flag: subprocess.run(
            [sys.executable, "-c", SCRIPT],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "NUMBA_DISABLE_JIT": flag},
        ).stdout.split()
        for flag in ("0", "1")
    }
    numbers = [float(text) for texts in found.values() for text in texts]
    assert numbers == pytest.approx([numbers[0]] * 4, rel=1e-12)


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="asks about machine code, and rules run uncompiled")
def test_machine_code_is_kept_only_while_no_rule_changes():
    stamps = [function._cache._cache_file._source_stamp for function in (queues.serve_shared, kernel.plug_best)]
    assert stamps[0][0] != stamps[1][0]  # of the files
    assert [stamp[1:] for stamp in stamps] == [(machine_code._sources(machine_code._PACKAGE),)] * 2
