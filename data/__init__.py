"""What is known: county tables, schemas, validation, the road graph, travel times and random streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.late import late_names, public_names

if TYPE_CHECKING:
    from data.county import County, list_counties, load_county
    from data.errors import DataError, Fault, InfeasibleError, ScenarioError, XijiangError
    from data.streams import stream
    from data.tables.county_check import check_county

__all__ = [
    "County",
    "DataError",
    "Fault",
    "InfeasibleError",
    "ScenarioError",
    "XijiangError",
    "check_county",
    "list_counties",
    "load_county",
    "stream",
]

_HOMES = {
    "County": "data.county",
    "DataError": "data.errors",
    "Fault": "data.errors",
    "InfeasibleError": "data.errors",
    "ScenarioError": "data.errors",
    "XijiangError": "data.errors",
    "check_county": "data.tables.county_check",
    "list_counties": "data.county",
    "load_county": "data.county",
    "stream": "data.streams",
}

__getattr__ = late_names(__name__, _HOMES)
__dir__ = public_names(__all__)
