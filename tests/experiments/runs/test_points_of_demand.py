"""Points of a design that change demand compute no account again: none looks at figures that it does not name."""

import pytest

import fleet
import shipping
from data.county import load_county
from data.memory.remembering import remembered
from experiments.pathways.modal_shift import freight_table
from experiments.pathways.outlook import outlook
from experiments.runs.county_tables import accounts
from experiments.runs.plan import prepare
from experiments.scenario.model import Scenario
from fleet.operators.depots import depot_town
from shipping.emissions.ship_change import NO_SHIPS, ship_change
from shipping.emissions.ship_fleets import ship_fleets
from shipping.ports.battery_trips import battery_trips

DEMAND = "fleet.daily_km_cv"


@pytest.mark.parametrize(
    "account",
    [
        lambda county: shipping.carbon(county, years=[2025]),
        lambda county: battery_trips(county, year=2025),
        lambda county: shipping.waterway(county, locks=True),
        lambda county: outlook(county, years=[2025]),
        lambda county: ship_change(county, years=[2025], drawn=NO_SHIPS),
        lambda county: ship_fleets(county, years=[2025]),
        lambda county: fleet.petroleum(county, fleet.stock(county)),
        lambda county: freight_table(Scenario.load("deqing-2025"), county, fleet.stock(county), years=[2025]),
        lambda county: depot_town(county, county.operators.row(0, named=True)),
    ],
    ids=[
        "ships",
        "battery trips",
        "waterway",
        "outlook",
        "change of the ships",
        "fleets of ships",
        "petroleum",
        "freight",
        "depot",
    ],
)
def test_an_account_does_not_look_at_figures_of_demand(account):
    made, county = [], load_county("deqing")

    def build(watched):
        made.append(account(watched))
        return made[-1]

    remembered(county, account, build)
    remembered(county.with_figures({DEMAND: 0.61}), account, build)
    assert len(made) == 1


KEPT = ("ship_change", "ship_fleets", "petroleum", "freight", "operator_fleets")


@pytest.fixture
def of_point(small_scenario):
    """Return a function that computes the accounts of a point of the three towns with some figures."""
    return lambda figures: accounts(prepare(small_scenario.with_(figures=figures)).case, draws=False)


def test_a_point_of_demand_has_the_very_tables_of_the_point_before(of_point):
    first, second = of_point({DEMAND: 0.6}), of_point({DEMAND: 0.61})
    assert [name for name in KEPT if second[name] is not first[name]] == []


def test_a_figure_that_an_account_rests_on_makes_it_anew(of_point):
    first, second = of_point({}), of_point({"fleet.use_empty_over_full": 0.5})
    assert not second["petroleum"].equals(first["petroleum"])
