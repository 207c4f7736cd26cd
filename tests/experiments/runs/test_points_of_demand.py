"""Points of a design that change demand compute no account again: none looks at figures that it does not name."""

import pytest

import shipping
from data.county import load_county
from data.memory.remembering import remembered
from experiments.pathways.outlook import outlook
from shipping.ports.battery_trips import battery_trips

DEMAND = "fleet.daily_km_cv"


@pytest.mark.parametrize(
    "account",
    [
        lambda county: shipping.carbon(county, years=[2025]),
        lambda county: battery_trips(county, year=2025),
        lambda county: shipping.waterway(county, locks=True),
        lambda county: outlook(county, years=[2025]),
    ],
    ids=["ships", "battery trips", "waterway", "outlook"],
)
def test_an_account_does_not_look_at_figures_of_demand(account):
    made, county = [], load_county("deqing")

    def build(watched):
        made.append(account(watched))
        return made[-1]

    remembered(county, account, build)
    remembered(county.with_figures({DEMAND: 0.61}), account, build)
    assert len(made) == 1
