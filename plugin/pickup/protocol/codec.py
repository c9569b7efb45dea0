"""Dataclasses to JSON values and back, driven by their type hints.

Enums become their value, fractions `"24000/1001"`, tuples lists. A union of dataclasses is told
apart by a `"type"` key with the class name. Decoding is strict on types and missing fields;
unknown fields are ignored, so that an older side can read a newer one.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, TypeVar

from pickup.errors import RequestError

T = TypeVar("T")
Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

_PLAIN = frozenset((str, int, bool))
"""What is the same in JSON."""


def encode(value: object) -> Json:
    """Turn a protocol value into JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": type(value).__name__, **fields}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {str(key): encode(item) for key, item in value.items()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} cannot be sent")


def compact(value: object) -> Json:
    """As `encode` for a dataclass, without its type and without what is at its default: `decode`
    fills that in."""
    kind: type = type(value)
    found = {}
    for name, default in _defaults(kind):
        own = getattr(value, name)
        if own is not default and own != default:
            found[name] = own if type(own) in _PLAIN else encode(own)
    return found


def decode(kind: type[T] | Any, data: Json, where: str = "") -> T:
    """Rebuild a value of type `kind` from JSON values.

    Raises RequestError that names the field which does not fit.
    """
    return typing.cast(T, _decode(kind, data, where or getattr(kind, "__name__", "value")))


def _decode(kind: Any, data: Json, where: str) -> Any:
    if type(data) is kind and kind in _PLAIN:
        return data
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return _decode_union(kind, data, where)
    if origin is tuple:
        return _decode_tuple(typing.get_args(kind), data, where)
    if origin is dict:
        value_kind = typing.get_args(kind)[1]
        _expect(isinstance(data, dict), where, "an object", data)
        return {str(k): _decode(value_kind, v, f"{where}.{k}") for k, v in data.items()}
    if _is_record(kind):
        return _decode_dataclass(kind, data, where)
    return _decode_scalar(kind, data, where)


def _decode_scalar(kind: Any, data: Json, where: str) -> Any:
    if kind in (object, Any):
        return data
    if kind is Fraction:
        _expect(isinstance(data, str), where, 'a fraction such as "24000/1001"', data)
        try:
            return _fraction(data)
        except (ValueError, ZeroDivisionError):
            raise _misfit(where, 'a fraction such as "24000/1001"', data) from None
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(data)
        except ValueError:
            raise _misfit(where, "one of " + ", ".join(str(m.value) for m in kind), data) from None
    if kind is type(None):
        _expect(data is None, where, "null", data)
        return None
    if kind is float:
        _expect(
            isinstance(data, int | float) and not isinstance(data, bool), where, "a number", data
        )
        try:
            return float(data)
        except OverflowError:
            raise _misfit(where, "a number", data) from None
    if kind is int:
        _expect(isinstance(data, int) and not isinstance(data, bool), where, "an integer", data)
        return data
    _expect(isinstance(data, kind), where, f"a {kind.__name__}", data)
    return data


def _decode_union(union: Any, data: Json, where: str) -> Any:
    kinds, classes = _alternatives(union)
    if data is None and type(None) in kinds:
        return None
    if isinstance(data, dict) and classes:
        kind = data.get("type", "")
        named = classes.get(kind) if isinstance(kind, str) else None
        if named is None and len(classes) == 1:
            named = next(iter(classes.values()))
        _expect(
            named is not None, f"{where}.type", "one of " + ", ".join(classes), data.get("type")
        )
        return _decode(named, data, where)
    rest = [k for k in kinds if k is not type(None) and not _is_record(k)]
    _expect(len(rest) == 1, where, "one of " + ", ".join(classes), data)
    return _decode(rest[0], data, where)


@cache
def _alternatives(union: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The kinds of a union, and those that are dataclasses by name."""
    kinds = typing.get_args(union)
    return kinds, {kind.__name__: kind for kind in kinds if _is_record(kind)}


@lru_cache(maxsize=1024)
def _fraction(text: str) -> Fraction:
    """A long cut names few rates, many times. No exponents: "1e999999999" would fill the memory."""
    if "e" in text or "E" in text:
        raise ValueError(text)
    return Fraction(text)


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


def _decode_tuple(kinds: tuple[Any, ...], data: Json, where: str) -> tuple[Any, ...]:
    _expect(isinstance(data, list), where, "a list", data)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decode(kinds[0], item, f"{where}[{i}]") for i, item in enumerate(data))
    _expect(len(data) == len(kinds), where, f"a list of {len(kinds)}", data)
    return tuple(
        _decode(k, item, f"{where}[{i}]")
        for i, (k, item) in enumerate(zip(kinds, data, strict=True))
    )


@cache
def _fields(kind: type) -> tuple[tuple[str, Any, bool], ...]:
    """Name, type and whether it must be given, of each field of a dataclass."""
    hints = typing.get_type_hints(kind)
    missing = dataclasses.MISSING
    return tuple(
        (one.name, hints[one.name], one.default is missing and one.default_factory is missing)
        for one in dataclasses.fields(kind)
    )


@cache
def _defaults(kind: type) -> tuple[tuple[str, Any], ...]:
    """Name and default of each field of a dataclass; MISSING where it must be given."""
    return tuple((one.name, one.default) for one in dataclasses.fields(kind))


def _decode_dataclass(kind: type, data: Json, where: str) -> Any:
    _expect(isinstance(data, dict), where, "an object", data)
    values: dict[str, Any] = {}
    for name, hint, needed in _fields(kind):
        if name in data:
            values[name] = _decode(hint, data[name], f"{where}.{name}")
        elif needed:
            raise _misfit(f"{where}.{name}", "a value", None)
    return kind(**values)


def _expect(fits: bool, where: str, wanted: str, got: Json) -> None:
    if not fits:
        raise _misfit(where, wanted, got)


def _misfit(where: str, wanted: str, got: Json) -> RequestError:
    shown = repr(got)
    return RequestError(
        f"{where} must be {wanted}, not {shown[:80]}",
        "The two sides may be of different versions: restart the engine with `pickup engine stop`.",
        code="request.malformed",
    )
