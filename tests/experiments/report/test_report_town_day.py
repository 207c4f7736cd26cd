"""The day of the towns: parts add up over towns, and a button shows each town alone."""

import polars as pl
import pytest

from experiments.report.plots.load_plots import town_day

PARTS = ("base", "home", "depot", "work", "public", "swap")


class Names:
    """Names of places as they are."""

    def place(self, town):
        return town.title()


def test_all_towns_first_and_each_town_by_a_button():
    rows = [
        {"replication": number, "town": town, "start_min": 60.0 * hour, "capacity_kw": 10.0 * size}
        | {f"{part}_kw": size * (1.0 + at) for at, part in enumerate(PARTS)}
        | {"base_kw": None if town == "unknown" else 0.0 if town == "site" else size}
        for number in range(2)
        for town, size in (("north", 1.0), ("south", 2.0), ("site", 0.5), ("unknown", 4.0))
        for hour in range(30)
    ]
    figure = town_day(pl.DataFrame(rows), 1, Names(), lambda text: text).plotly()
    traces = len(PARTS) + 1
    # a site has no other users, and of a town without a grid nothing is drawn
    labels = [button["label"] for button in figure.layout.updatemenus[0]["buttons"]]
    assert labels == ["all towns", "North", "South"]
    assert len(figure.data) == 3 * traces
    assert [trace.visible for trace in figure.data] == [True] * traces + [False] * 2 * traces
    north = figure.layout.updatemenus[0]["buttons"][1]["args"][1]
    assert list(north) == [False] * traces + [True] * traces + [False] * traces
    # what is charged after the last day stands in no day; means over replications, sums over places
    home = figure.data[1]
    assert (home.x0, home.dx, len(home.y)) == (0.0, 1.0, 24)
    assert home.y[0] == pytest.approx(2.0 * (1.0 + 2.0 + 0.5))
    assert figure.data[traces - 1].y[0] == pytest.approx(10.0 + 20.0 + 5.0)
    assert {trace.stackgroup for trace in figure.data[: traces - 1]} == {"view0"}
