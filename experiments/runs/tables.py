"""The tables of a run folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import polars as pl

    from experiments.scenario.model import Scenario

SIMULATOR = "experiments.runs.replicate:simulate_once"


SHARED = ("layout", "travel", "stock")


ACCOUNTS = ("access", "carbon", "petroleum", "outlook", "ownership", "projects", "signals")


ROW_ORDER = {
    "sessions": ("request_id",),
    "load": ("station_id", "start_min"),
    "stations": ("station_id",),
    "preview": ("station_id",),
    "checks": ("check",),
    "swapping": ("way",),
    "grid": ("town",),
    "managed": ("way",),
    "ebikes": ("bikes",),
    "calls": ("call_id",),
    "tanks": ("station", "time_min"),
    "vessels": ("vessel_id",),
    "terminals": ("terminal",),
    "ship_power": ("way",),
}
"""Tables of a replication, and the columns that order their rows."""

TABLES = (*ROW_ORDER, *SHARED, *ACCOUNTS, "scorecard", "facts", "assumptions")
"""All tables of a run folder."""


class Run(Protocol):
    """What a report needs of a run."""

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Tables of the run folder by name."""

    @property
    def manifest(self) -> dict[str, Any]:
        """Key, seed, versions and hashes."""
