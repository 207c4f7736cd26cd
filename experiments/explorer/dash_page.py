"""The explorer's page, drawn by Dash: what is chosen on it goes to `Exploration`, what comes back is shown."""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from flask import abort, request

from data.errors import XijiangError
from experiments.explorer.exploration import Question
from experiments.explorer.moves import Move
from experiments.report.words import exploring as words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.explorer.view import View

_HOSTS = ("127.0.0.1", "localhost")
_STYLE = {"fontFamily": "system-ui, sans-serif", "maxWidth": "1200px", "margin": "0 auto", "padding": "0 16px"}
_ROW = {"display": "flex", "flexWrap": "wrap", "gap": "12px", "alignItems": "end", "margin": "8px 0"}
_WIDE = {"minWidth": "260px", "flex": "1"}


def explorer_page(view: View) -> Dash:
    """Return the page of an exploration, which answers to this machine only."""
    # everything that the page needs comes from this process: it works without a network
    app = Dash("xijiang", serve_locally=True)
    app.title = view.say(words.TITLE, scenario=view.exploration.result.scenario.name)
    app.layout = _page(view, app.title)
    _only_this_machine(app)
    _moves(app, view)
    _shown(app, view)
    _exported(app, view)
    return app


def _only_this_machine(app: Dash) -> None:
    """Refuse requests that ask for another host: a page elsewhere must not reach this one by a name of its own."""

    @app.server.before_request
    def refuse() -> None:
        """End a request to another host."""
        if request.host.partition(":")[0] not in _HOSTS:
            abort(403)


def _page(view: View, title: str) -> html.Div:
    """Return the parts of the page."""
    start = view.exploration.start
    years = [{"label": str(year), "value": year} for year in view.exploration.years]
    axes = [{"label": view.say(words.AS_GIVEN), "value": ""}]
    axes += [{"label": key, "value": key} for key in view.exploration.axes]
    towns = _options({"": view.say(words.ALL_TOWNS), **view.towns()})
    choices = html.Div(
        [
            _chosen(view.say(words.YEAR), "year", years, start.year),
            _chosen(view.say(words.TOWN), "town", towns, ""),
            _chosen(view.say(words.ASSUMPTION), "assumption", axes, ""),
            html.Div(dcc.Slider(-1.0, 1.0, 0.1, value=0.0, id="value", marks=None), style=_WIDE),
        ],
        style=_ROW,
    )
    move = html.Div(
        [
            _chosen(view.say(words.FROM), "from", _options(view.groups([])), None),
            _chosen(view.say(words.TO), "to", _options(view.stations()), None),
            html.Label([view.say(words.PILES), dcc.Input(id="piles", type="number", min=1, step=1, value=1)]),
            *(
                html.Button(view.say(said), id=name, n_clicks=0)
                for name, said in (("move", words.MOVE), ("undo", words.UNDO), ("reset", words.RESET))
            ),
            html.Button(view.say(words.EXPORT), id="export", n_clicks=0),
        ],
        style=_ROW,
    )
    return html.Div(
        [
            html.H2(title),
            html.P(view.say(words.ABOUT)),
            choices,
            move,
            html.P(id="fault", role="alert", style={"color": "#b23a48", "whiteSpace": "pre-wrap"}),
            html.P(id="budget"),
            html.P(id="told"),
            html.P(id="took"),
            html.P(html.Small(view.say(words.USE_IT))),
            html.Div(id="measures"),
            html.Div([dcc.Graph(id="map", style=_WIDE), dcc.Graph(id="load", style=_WIDE)], style=_ROW),
            html.Div(id="stations", style={"overflowX": "auto"}),
            dcc.Store(id="moves", data="[]"),
            dcc.Download(id="file"),
        ],
        style=_STYLE,
    )


def _chosen(name: str, key: str, options: Sequence[Mapping[str, Any]], value: str | int | None) -> html.Div:
    """Return a list under its name."""
    listed = dcc.Dropdown(list(options), value, id=key, clearable=value is None)
    return html.Div([html.Label(name, htmlFor=key), listed], style=_WIDE)


def _options(names: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the options of a list."""
    return [{"label": name, "value": key} for key, name in names.items()]


def _read(text: str) -> list[Move]:
    """Return the moves that the page keeps."""
    return [Move(*row) for row in json.loads(text)]


def _question(year: int, key: str, value: float) -> Question:
    """Return what is looked at."""
    return Question(year, key, float(value)) if key else Question(year)


def _moves(app: Dash, view: View) -> None:
    """Keep the moves: a new one, one less, or none; and follow the assumption with its slider."""

    @app.callback(
        Output("moves", "data"),
        Output("from", "options"),
        Output("from", "value"),
        Output("fault", "children"),
        Input("move", "n_clicks"),
        Input("undo", "n_clicks"),
        Input("reset", "n_clicks"),
        State("moves", "data"),
        State("from", "value"),
        State("to", "value"),
        State("piles", "value"),
        prevent_initial_call=True,
    )
    def change(_m: int, _u: int, _r: int, kept: str, source: str | None, to: str | None, piles: int | None) -> Any:  # noqa: ANN401 - Dash's outputs
        """Change the list of moves; what cannot be is said, and nothing changes."""
        moves = _read(kept)
        if ctx.triggered_id == "undo":
            moves = moves[:-1]
        elif ctx.triggered_id == "reset":
            moves = []
        elif source and to and piles:
            station, _, group = source.partition("|")
            moves = [*moves, Move(station, group, to, int(piles))]
        try:
            groups = view.groups(moves)
        except XijiangError as error:
            return no_update, no_update, no_update, str(error)
        text = json.dumps([astuple(move) for move in moves])
        return text, _options(groups), source if source in groups else None, ""

    @app.callback(
        Output("value", "min"),
        Output("value", "max"),
        Output("value", "step"),
        Output("value", "value"),
        Input("assumption", "value"),
    )
    def slide(key: str) -> tuple[float, float, float, float]:
        """Give the slider the range of the assumption, and the value of the tables."""
        if not key:
            return -1.0, 1.0, 0.1, 0.0
        low, middle, high = view.exploration.axes[key].ends
        return low, high, (high - low) / 20.0, middle


def _shown(app: Dash, view: View) -> None:
    """Show what the choices give."""
    before = view.exploration.see([], view.exploration.start)

    @app.callback(
        Output("measures", "children"),
        Output("stations", "children"),
        Output("map", "figure"),
        Output("load", "figure"),
        Output("budget", "children"),
        Output("told", "children"),
        Output("took", "children"),
        Input("moves", "data"),
        Input("year", "value"),
        Input("assumption", "value"),
        Input("value", "value"),
        Input("town", "value"),
    )
    def show(kept: str, year: int, key: str, value: float, town: str) -> Any:  # noqa: ANN401 - Dash's outputs
        """Simulate, and return what the page shows."""
        moves = _read(kept)
        now = view.exploration.see(moves, _question(year, key, value))
        drawn = view.figures(now)
        return (
            _table(view, words.HEADS, view.measures(before, now)),
            _table(view, words.STATION_HEADS, view.table(before, now, town or None)),
            drawn.get("map", {}),
            drawn.get("load", {}),
            view.budget(moves),
            view.moves(moves),
            view.say(words.TOOK, seconds=now.seconds),
        )


def _exported(app: Dash, view: View) -> None:
    """Hand the layout out as a file that a scenario names."""

    @app.callback(
        Output("file", "data"), Input("export", "n_clicks"), State("moves", "data"), prevent_initial_call=True
    )
    def export(_: int, kept: str) -> Any:  # noqa: ANN401 - Dash's outputs
        """Return the layout as CSV."""
        layout, _store = view.exploration.moved(_read(kept))
        return {"content": layout.write_csv(), "filename": "explored.csv", "type": "text/csv"}


def _table(view: View, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> html.Table:
    """Return a table."""
    cell = {"padding": "2px 12px 2px 0", "textAlign": "left"}
    head = html.Tr([html.Th(view.say(text), style=cell) for text in heads])
    body = [html.Tr([html.Td(text, style=cell) for text in row]) for row in rows]
    return html.Table([html.Thead(head), html.Tbody(body)])
