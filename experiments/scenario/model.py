"""A scenario: what is simulated, where, when and how often. Frozen, checked, and loaded from TOML."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from data.schemas.limits import LEAST_MODULE_KW
from experiments.scenario.faults import scenario_error
from experiments.scenario.files import (
    NAME,
    REFERENCE,
    Layer,
    flatten,
    merge,
    overlay,
    parse_sets,
    read_layers,
    shipped,
    values_layer,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def _as_date(value: object) -> object:
    """Return a date from its ISO text; anything else is left to the check."""
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _as_tuple(value: object) -> object:
    """Return a list as a tuple; anything else is left to the check."""
    return tuple(value) if isinstance(value, list) else value


def _as_flat(value: object) -> object:
    """Return nested tables as dotted keys; anything else is left to the check."""
    return flatten(value) if isinstance(value, dict) else value


MOST_SEED = 2**63 - 1
"""Seeds stand in tables as whole numbers of 64 bits."""
Date = Annotated[dt.date, BeforeValidator(_as_date)]
Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Name = Annotated[str, Field(min_length=1, pattern=NAME)]
Reference = Annotated[str, Field(min_length=1, pattern=REFERENCE)]


class Section(BaseModel):
    """Base of the parts of a scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Charging(Section):
    """How vehicles find and use the charging stations; a value that is left out is the county's figure."""

    layout: Reference = Field(default="plan-2025", description="Layout of the county, or path of a CSV file")
    requests: Reference | None = Field(
        default=None,
        description="CSV or Parquet file of requests instead of drawn ones, as `xijiang import sessions` "
        "writes; those that arrive within the days are simulated in every replication",
    )
    travel: Reference | None = Field(
        default=None, description="CSV or Parquet file of ways from origins to stations instead of those by road"
    )
    information: Literal["nearest", "arrival", "live"] = Field(default="arrival", description="What drivers know")
    queue_rule: Literal["fifo", "priority", "reservation"] = Field(
        default="fifo", description="Who is next: by time, by priority, or who booked a free gun when setting out"
    )
    outages: bool = Field(default=True, description="Whether piles fail and are repaired")
    max_tries: int | None = Field(default=None, ge=1, le=1000, description="Stations a driver tries before giving up")
    wait_weight: float | None = Field(
        default=None, ge=0, le=1000, description="Minutes of travel a minute of waiting is worth"
    )
    module_kw: float | None = Field(
        default=None, ge=LEAST_MODULE_KW, le=10_000, description="Power modules of dynamic piles, kW"
    )
    interval_min: float = Field(default=15.0, ge=1, le=1440, description="Interval of the load table, minutes")
    engine: Literal["auto", "simpy", "compiled"] = Field(
        default="auto",
        description="The model on SimPy's clock, or the same rules in a compiled loop; auto: the faster of both",
    )


class Policy(Section):
    """What the county may change in the choice of buyers (for ``fleet.adoption = "choice"``)."""

    subsidy_cny: float = Field(default=0.0, ge=0, le=1e8, description="Paid to buyers of new-energy vehicles, CNY")
    lease_share: float = Field(
        default=1.0, ge=0, le=1, description="Share of buyers to whom leasing and battery separation are offered"
    )
    charging_access_share: float = Field(
        default=0.0, ge=0, le=1, description="Share of public charging that moves to home or depot"
    )
    electricity_price_factor: float = Field(
        default=1.0, ge=0.01, le=100, description="Multiplier of electricity prices"
    )
    fuel_price_factor: float = Field(
        default=1.0, ge=0.01, le=100, description="Multiplier of petrol, diesel and gas prices"
    )
    tax_waived_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Share of the purchase tax of new energy that is waived; left out: as the law says",
    )
    trade_in_until: int | None = Field(
        default=None,
        ge=2024,
        le=2035,
        description="Last year in which buyers of new-energy cars get more for an old car; left out: as known",
    )
    public_guns_factor: float | None = Field(
        default=None,
        ge=0.01,
        le=100,
        description="Public guns over those expected; left out: those of the scenario's layout",
    )


class Fleet(Section):
    """Which traffic asks for charging, and what its vehicles turn into."""

    adoption: Literal["path", "choice", "backcast", "frozen"] = Field(
        default="path",
        description="Shares of powers among new vehicles: the county's path as given, what buyers choose by the model "
        "that observed sales estimate, the least that meets the county's targets of the flow, or the base year's",
    )
    policy: Policy = Policy()

    towns: bool = Field(default=True, description="Vehicles of the county")
    operators: bool = Field(
        default=True,
        description="Whether vehicles of operators stand in their depots and drive planned duties, in counties with a "
        "table of operators; otherwise they charge as all others of their class",
    )
    through: bool = Field(default=True, description="Cars that pass on the expressway")
    visitors: bool = Field(
        default=True,
        description="Cars of people who come home for a holiday; without the towns' vehicles they are left out",
    )
    to_water_share: float = Field(
        default=0.0, ge=0, le=1, description="Share of the heavy trucks' t km that moves to ships after the base year"
    )
    to_rail_share: float = Field(
        default=0.0, ge=0, le=1, description="Share of the heavy trucks' t km that moves to trains after the base year"
    )
    load_factor_change: float = Field(
        default=0.0,
        ge=-1,
        le=1,
        description="Relative change of the load factor of freight, reached over the county's years of change",
    )
    empty_running_change: float = Field(
        default=0.0,
        ge=-1,
        le=1,
        description="Relative change of the empty km of freight, reached over the county's years of change",
    )
    ebikes: bool = Field(default=True, description="Whether the shared e-bikes are simulated")

    @model_validator(mode="after")
    def _shifted_at_most_all(self) -> Self:
        """Validate that no more freight moves than there is."""
        if self.to_water_share + self.to_rail_share > 1.0:
            raise ValueError("to_water_share and to_rail_share: expected a sum of at most 1.")
        return self


class Shipping(Section):
    """The river."""

    enabled: bool = Field(default=True, description="Whether the river is simulated")
    closures: bool = Field(default=True, description="Whether fog and flood close the LNG stations")
    tanks: Literal["reported", "low", "high"] = Field(
        default="reported",
        description="Tanks where sources contradict each other: the table's, or one end",
    )
    carriers: Literal["path", "frozen"] = Field(
        default="path",
        description="Shares of LNG and electricity in the ships' energy, for the accounts: the county's path, or those "
        "of the base year",
    )
    through: Literal["fleet", "arrivals"] = Field(
        default="fleet",
        description="Through traffic: a closed fleet, each next trip after the last, or arrivals at a given rate",
    )
    stations: Names | None = Field(
        default=None, description="LNG stations that may open; left out: all that are open on the first day"
    )


class Scenario(Section):
    """One question to the models. Load it with `Scenario.load`, vary it with `with_`."""

    name: Name = Field(description="Name of the scenario and of its run folders")
    title: str = Field(default="", description="One line about it")
    purpose: str = Field(default="", description="The question that it answers")
    based_on: Reference | None = Field(default=None, description="Scenario whose keys it inherits")
    counterfactual: Reference | None = Field(
        default=None,
        description="Scenario without the measures, on the same county: what is saved is against it. Name of a shipped "
        "one, or path of a TOML file",
    )
    county: Reference = Field(default="deqing", description="Built-in county, or path of a folder of tables")
    roads: Reference | None = Field(
        default=None, description="Road graph from `xijiang roads fetch` instead of the tables"
    )
    year: int = Field(ge=2015, le=2035, description="Year of stock, roads and traffic")
    start: Date = Field(description="First day; its midnight is minute 0")
    days: int = Field(default=7, ge=1, le=366, description="Days to simulate")
    replications: int = Field(default=10, ge=1, le=100_000, description="Independent repetitions")
    seed: int = Field(default=1, ge=0, le=MOST_SEED, description="Seed of all random draws")
    steady: bool = Field(
        default=False,
        description="Whether means, quantiles and shares of waits leave out the warm-up, alike in all replications",
    )
    points: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="Short runs that show what the assumptions within their ranges do to the targets; 0: none",
    )
    charging: Charging = Charging()
    fleet: Fleet = Fleet()
    shipping: Shipping = Shipping()
    figures: Annotated[dict[str, float], BeforeValidator(_as_flat)] = Field(
        default_factory=dict, description="Figures of the county with other values, by key"
    )
    tables: Annotated[dict[str, float], BeforeValidator(_as_flat)] = Field(
        default_factory=dict,
        description="Figures in the county's tables with other values, by table and keys of the row; fewer keys move "
        "all rows that they name within their ranges, from -1 (low) to 1 (high)",
    )

    @model_validator(mode="after")
    def _start_in_year(self) -> Self:
        """Validate that the first day is a day of the year."""
        if self.start.year != self.year:
            raise ValueError(f"start: got {self.start}; expected a day of year = {self.year}. Set both.")
        return self

    @classmethod
    def load(cls, name_or_path: str | Path, *, sets: Iterable[str] = ()) -> Scenario:
        """Load a scenario and check everything in it.

        Parameters
        ----------
        name_or_path : str or pathlib.Path
            Name of a shipped scenario, or path of a TOML file.
        sets : iterable of str
            Overrides such as ``charging.layout=population``.

        Returns
        -------
        Scenario
            The scenario with all that it inherits.

        Raises
        ------
        ScenarioError
            If there is no such scenario or it has faults; all are listed.
        """
        layers = read_layers(name_or_path)
        overrides = parse_sets(sets)
        if overrides.values:
            layers.append(overrides)
        return cls._checked(layers)

    def with_(self, **changes: Any) -> Scenario:  # noqa: ANN401 - any key of a scenario
        """Return the scenario with other values; sections are given as mappings and merged.

        Raises
        ------
        ScenarioError
            If a key or value is wrong; all faults are listed.
        """
        plain = {
            key: value.model_dump(exclude_unset=True) if isinstance(value, Section) else value
            for key, value in changes.items()
        }
        return self._checked([Layer(self.name, self.model_dump()), Layer(f"scenario {self.name}", plain)])

    def with_layout(self, frame: Any, *, folder: str | Path | None = None) -> Scenario:  # noqa: ANN401 - any dataframe
        """Return the scenario with a charging layout of your own.

        Parameters
        ----------
        frame : dataframe
            Of polars, pandas, pyarrow or any library that narwhals knows; columns of `data.schemas.charging.Layout`.
            It is checked, and kept in a file named by its content: the same rows give the same run, whatever they
            came in.
        folder : str or pathlib.Path, optional
            Where the file is kept; None takes the user's cache.

        Raises
        ------
        DataError
            Not a dataframe, or it has faults; each names row and column.
        """
        return self._with_frame("layout", frame, folder)

    def with_requests(self, frame: Any, *, folder: str | Path | None = None) -> Scenario:  # noqa: ANN401 - any dataframe
        """Return the scenario with charging requests of your own instead of drawn ones; see `with_layout`.

        Parameters
        ----------
        frame : dataframe
            The columns of `data.schemas.charging.Requests`; minutes count from midnight of the first day.
        folder : str or pathlib.Path, optional
            Where the file is kept; None takes the user's cache.

        Raises
        ------
        DataError
            Not a dataframe, or it has faults; each names row and column.
        """
        return self._with_frame("requests", frame, folder)

    def with_travel(self, frame: Any, *, folder: str | Path | None = None) -> Scenario:  # noqa: ANN401 - any dataframe
        """Return the scenario with ways to the stations of your own instead of those by road; see `with_layout`.

        Parameters
        ----------
        frame : dataframe
            The columns of `data.schemas.charging.Travel`: minutes and km from origins to stations.
        folder : str or pathlib.Path, optional
            Where the file is kept; None takes the user's cache.

        Raises
        ------
        DataError
            Not a dataframe, or it has faults; each names row and column.
        """
        return self._with_frame("travel", frame, folder)

    def _with_frame(self, name: str, frame: Any, folder: str | Path | None) -> Scenario:  # noqa: ANN401 - any dataframe
        """Return the scenario with a table that is kept as a file."""
        # late: only notebooks need other dataframes than those of polars
        from experiments.scenario.given_frames import kept_frame  # noqa: PLC0415

        return self.with_(charging={name: str(kept_frame(name, frame, folder=folder))})

    def apply_sets(self, sets: Iterable[str]) -> Scenario:
        """Return the scenario with overrides such as ``charging.layout=population``.

        Raises
        ------
        ScenarioError
            If an override is not ``key=value``, or a key or value is wrong; all faults are listed.
        """
        return self._checked([Layer(self.name, self.model_dump()), parse_sets(sets)])

    def with_values(self, values: Mapping[str, object]) -> Scenario:
        """Return the scenario with values by key, such as ``charging.max_tries``: `apply_sets` without the text.

        Raises
        ------
        ScenarioError
            If a key or value is wrong; all faults are listed.
        """
        return self._checked(
            [Layer(self.name, self.model_dump()), values_layer(values, origin=f"scenario {self.name}")]
        )

    @classmethod
    def _checked(cls, layers: list[Layer]) -> Scenario:
        """Return the scenario that the layers make."""
        try:
            return cls.model_validate(merge(layers))
        except ValidationError as error:
            raise scenario_error(error, layers, cls) from None

    def question(self) -> dict[str, Any]:
        """Return the keys that decide the numbers.

        Left out are names, words, seed, replications, points and the counterfactual, which change no simulation, and
        what the digests of inputs say: county, figures, tables, roads, layout, and requests and ways that are given.
        """
        labels = {
            "name",
            "title",
            "purpose",
            "based_on",
            "counterfactual",
            "county",
            "roads",
            "replications",
            "points",
            "seed",
            "figures",
            "tables",
        }
        # of files the content counts, not where they lie
        files = dict.fromkeys(("layout", "requests", "travel"), "")
        return overlay(self.model_dump(mode="json", exclude=labels), {"charging": files})


def scenarios() -> list[Scenario]:
    """Return the shipped scenarios by name."""
    return [Scenario.load(name) for name in shipped()]


def from_json(text: str, *, origin: str = "JSON of a scenario") -> Scenario:
    """Return a scenario from its JSON, as it stands in a manifest.

    Parameters
    ----------
    text : str
        The JSON.
    origin : str
        Where it comes from, for messages.

    Raises
    ------
    ScenarioError
        If it is not the JSON of a scenario; all faults are listed.
    """
    try:
        return Scenario.model_validate_json(text)
    except ValidationError as error:
        raise scenario_error(error, [Layer(origin, {})], Scenario) from None
