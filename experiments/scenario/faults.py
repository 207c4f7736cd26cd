"""Faults of a scenario in plain words: what, where, got, expected, nearest valid name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from data.errors import ScenarioError, nearest
from experiments.scenario.files import NAME, NAME_WORDS, REFERENCE, origin_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from experiments.scenario.files import Layer

_PLAIN = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "date_type": "a date (YYYY-MM-DD)",
    "date_from_datetime_inexact": "a date (YYYY-MM-DD)",
    "dict_type": "a section with keys",
    "model_type": "a section with keys",
    "model_attributes_type": "a section with keys",
    "tuple_type": "a list of names",
    "json_invalid": "JSON",
}
_PATTERNS = {NAME: NAME_WORDS, REFERENCE: f"a path, or a name of {NAME_WORDS}"}
_SHOWN_LETTERS = 60
_BOUNDS = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le", "less_than": "lt"}
_BOUND_WORDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def scenario_error(error: ValidationError, layers: Sequence[Layer], model: type[BaseModel]) -> ScenarioError:
    """Return all faults that pydantic found as one error in plain words.

    Parameters
    ----------
    error : pydantic.ValidationError
        What pydantic found.
    layers : sequence of Layer
        Where the keys come from.
    model : type of pydantic.BaseModel
        The scenario's model, for the names that are known.

    Returns
    -------
    ScenarioError
        One line a fault.
    """
    lines = [_line(detail, layers, model) for detail in error.errors(include_url=False)]
    if len(lines) == 1:
        return ScenarioError(lines[0])
    listed = "\n".join(f"  - {line}" for line in lines)
    return ScenarioError(f"{layers[-1].origin}: {len(lines)} faults\n{listed}")


def _line(detail: ErrorDetails, layers: Sequence[Layer], model: type[BaseModel]) -> str:
    """Return one fault as a line."""
    path = [part for part in detail["loc"] if not str(part).startswith("function-")]
    origin, key = origin_of(layers, path), ".".join(str(part) for part in path)
    if detail["type"] == "extra_forbidden":
        known = _known(model, path[:-1])
        return f"{origin}: {key} is not a known key.{nearest(str(path[-1]), known)} Known: {', '.join(known)}."
    if detail["type"] == "missing":
        return f"{origin}: {key} is missing."
    if detail["type"] == "value_error":
        words = str(detail["ctx"]["error"]) if "ctx" in detail else detail["msg"]
        return f"{origin_of(layers, words.split(':')[:1])}: {words}"
    expected = _expected(detail)
    hint = nearest(str(detail["input"]), re.findall(r"'([^']+)'", expected))
    where = f"{origin}: {key}" if key else origin
    return f"{where}: got {_show(detail['input'])}; expected {expected}.{hint}"


def _expected(detail: ErrorDetails) -> str:
    """Return what a key expects."""
    kind: str = detail["type"]
    context: dict[str, Any] = detail.get("ctx", {})
    if kind in _BOUNDS:
        bound = _BOUNDS[kind]
        return f"{_BOUND_WORDS[bound]} {context[bound]:g}"
    if kind == "string_pattern_mismatch":
        return _PATTERNS[context["pattern"]]
    if kind == "literal_error":
        return str(context["expected"])
    return _PLAIN.get(kind, detail["msg"])


def _show(value: object) -> str:
    """Return a value as it may be written."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN_LETTERS else f"{value[:_SHOWN_LETTERS]}...")
    return str(value)


def _known(model: type[BaseModel], path: Sequence[object]) -> list[str]:
    """Return the keys of the section at a path."""
    for part in path:
        annotation = model.model_fields[str(part)].annotation
        options = [annotation, *get_args(annotation)]
        model = next(option for option in options if isinstance(option, type) and issubclass(option, BaseModel))
    return list(model.model_fields)
