"""How compiled functions see a :class:`~charging.engine.compiled.state.world.World`: as a pointer, not as its arrays.

Numba hands an array on as seven or nine numbers, and counts references to it with atomic operations in each function
that it is handed to. With a dozen arrays in ten calls an event that took longer than the rules, to run and to compile.
A pointer to a table of where the arrays lie is one number, and there is nothing to count: the arrays belong to Python,
or to the list of boxes. This is what numba offers in its low-level extension API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba.core import cgutils, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    overload,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.arrayobj import populate_array

from charging.engine.compiled.state.world import DIMENSIONS, FIELDS, WIDTHS, World, point_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.arrays import Floats

_FLOATS, _INTS = types.float64, types.int64
_WORD = 8
"""Bytes of a number."""


class WorldType(types.Type):
    """The type of a world in compiled functions."""

    def __init__(self) -> None:
        super().__init__(name="World")


_WORLD = WorldType()
_BOXES = types.List(types.Array(_FLOATS, 2, "C"))
_TYPES: dict[str, types.Array] = {
    name: types.Array(_INTS if field.whole else _FLOATS, field.dimensions, "C") for name, field in FIELDS.items()
}
_PLACES = {name: place for place, name in enumerate(FIELDS)}


@register_model(WorldType)
class _WorldModel(models.StructModel):
    def __init__(self, manager: Any, kind: WorldType) -> None:  # noqa: ANN401 - numba has no stubs for these
        super().__init__(manager, kind, [("table", types.CPointer(_INTS)), ("boxes", _BOXES)])


@typeof_impl.register(World)
def _typeof(world: World, _: object) -> WorldType:
    """Return the type of a world of Python."""
    del world
    return _WORLD


@unbox(WorldType)
def _unbox(kind: WorldType, world: Any, context: Any) -> NativeValue:  # noqa: ANN401 - as above
    """Take over a world of Python, whose boxes are made later."""
    address = context.pyapi.object_getattr_string(world, "address")
    result = cgutils.create_struct_proxy(kind)(context.context, context.builder)
    result.table = context.builder.inttoptr(context.pyapi.long_as_longlong(address), result.table.type)
    result.boxes = context.context.get_constant_null(_BOXES)
    context.pyapi.decref(address)
    return NativeValue(result._getvalue())  # noqa: SLF001 - numba's way to read a structure


@infer_getattr
class _Attributes(AttributeTemplate):
    key = WorldType

    # numba fills the method in by name: its base says that there is none
    def generic_resolve(self, _: Any, name: str) -> Any:  # type: ignore[override]  # noqa: ANN401 - as above
        """Return the type of a field."""
        return _BOXES if name == "boxes" else _TYPES.get(name)


@lower_getattr_generic(WorldType)
def _field(context: Any, builder: Any, kind: WorldType, value: Any, name: str) -> Any:  # noqa: ANN401 - as above
    """Generate what reads a field: an array that nobody owns, at the address in the table."""
    world = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    if name == "boxes":
        if context.enable_nrt:
            context.nrt.incref(builder, _BOXES, world.boxes)
        return world.boxes
    array = context.make_array(_TYPES[name])(context, builder)
    first = _PLACES[name] * (1 + DIMENSIONS)
    number = context.get_value_type(_INTS)

    def noted(column: int) -> Any:  # noqa: ANN401 - as above
        return builder.load(builder.gep(world.table, [number(first + column)]))

    width = WIDTHS.get(name)
    shape = [noted(1 + axis) for axis in range(_TYPES[name].ndim)]
    if width is not None:
        shape[-1] = number(width)  # known here, it makes addresses of columns constant
    strides = [number(_WORD)]
    for length in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length))
    data = builder.inttoptr(noted(0), array.data.type)
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=_WORD, meminfo=None)
    return array._getvalue()  # noqa: SLF001 - as above


@intrinsic
def _joined(_: Any, world: Any, boxes: Any) -> Any:  # noqa: ANN401 - as above
    """Return the world with its boxes."""

    def generate(context: Any, builder: Any, __: Any, arguments: Any) -> Any:  # noqa: ANN401 - as above
        result = cgutils.create_struct_proxy(_WORLD)(context, builder, value=arguments[0])
        result.boxes = arguments[1]
        context.nrt.incref(builder, _BOXES, arguments[1])
        return result._getvalue()  # noqa: SLF001 - as above

    return _WORLD(world, boxes), generate


def with_boxes(world: World, boxes: list[Floats]) -> World:
    """Return a world with its boxes."""
    world.boxes = boxes
    return world


@overload(with_boxes)
def _with_boxes(world: Any, boxes: Any) -> Callable[..., Any]:  # noqa: ANN401 - types of numba
    """Compile ``with_boxes``."""
    del world, boxes

    def join(world: Any, boxes: Any) -> Any:  # noqa: ANN401 - numba wants the same words here
        result: World = _joined(world, boxes)  # type: ignore[call-arg] # numba fills in the first argument
        for box in range(len(boxes)):
            point_to(result, box, boxes[box])
        return result

    return join
