"""The simulation against a reference that recomputes everything at every event, in plain Python (``reference``)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charging import check_accounts, simulate

RANDOM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


def check(reference, network):
    """Simulate a network, and hold every request to the reference and the accounts to themselves."""
    tables = reference.tables(network)
    result = simulate(**tables)
    assert reference.differences(network, result) == []
    assert check_accounts(result, tables["requests"])["holds"].all()


@settings(max_examples=60, **RANDOM)
@given(data=st.data())
def test_every_request_fares_as_in_the_reference(reference, data):
    check(reference, data.draw(reference.networks()))


@pytest.mark.slow
@settings(max_examples=500, **RANDOM)
@given(data=st.data())
def test_every_request_of_500_networks_fares_as_in_the_reference(reference, data):
    check(reference, data.draw(reference.networks()))


@settings(max_examples=30, **RANDOM)
@given(data=st.data())
def test_every_request_at_one_station_fares_alike_in_both_engines(reference, data):
    """The compiled engine takes what stands alone: a group, no connection, no hours, nowhere else to go."""
    network = data.draw(reference.networks())
    requests = [row | {"follows": None} for row in network["requests"]]
    network |= {"groups": [reference.alone(network["groups"][0])], "requests": requests}
    network |= {"roads": None, "outages": [], "queue_rule": "fifo"}
    tables = reference.tables(network)
    for engine in ("simpy", "compiled"):
        assert reference.differences(network, simulate(**tables, engine=engine)) == []


def test_the_reference_by_hand(reference):
    """Two cars of 60 kW share 60 kW; the third waits for the first of them, the fourth turns away."""
    group = {"station_id": "s", "group_id": "g", "current": "dc", "pile_kw": 60.0, "piles": 1}
    group |= {"guns_per_pile": 2, "sharing": "dynamic"}
    forever = float("inf")
    rows = [(0.0, 10.0, forever), (0.0, 20.0, forever), (5.0, 5.0, forever), (6.0, 5.0, 1)]
    requests = [reference.CAR | {"arrive_min": at, "energy_kwh": kwh, "max_queue": most} for at, kwh, most in rows]
    network = reference.PLAIN | {"groups": [reference.NONE | group], "requests": requests}
    found = reference.Reference(network).run()
    assert [found[number]["outcome"] for number in range(4)] == ["served", "served", "served", "balked"]
    assert [found[number]["full_min"] for number in range(3)] == pytest.approx([20.0, 35.0, 30.0])
    assert found[2]["wait_min"] == 15.0
