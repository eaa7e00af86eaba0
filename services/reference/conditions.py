"""Conditions over named facts, as rule files write them; read by our own few words, never run as code.

Comparison, `and`, `or`, `not`, facts with dots, numbers, quoted text, `true`, `false`, and `any(A*)` for whether a rule
whose id begins with A holds. A fact that nobody knows makes a comparison neither true nor false.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from services.kernel.errors import InvalidInput

Fact: TypeAlias = str | int | float | bool
Facts: TypeAlias = Mapping[str, Fact]
Truth: TypeAlias = bool | None

ANY_OF: Final = re.compile(r"any\((\w+)\*\)")
LITERALS: Final[Mapping[str, bool]] = {"true": True, "false": False}
COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Condition:
    """One condition. `facts` are the names it asks for; `rules_of` the prefixes of `any(…*)`."""

    def __init__(self, text: str) -> None:
        """Raises InvalidInput("condition_invalid") for anything beyond the few words."""
        self.text = text
        self.rules_of = frozenset(ANY_OF.findall(text))
        try:
            self._tree = ast.parse(ANY_OF.sub(r"any_\1", text), mode="eval").body
            self.facts = frozenset(_names(self._tree)) - {f"any_{prefix}" for prefix in self.rules_of}
        except (SyntaxError, ValueError) as error:
            raise InvalidInput("condition_invalid", text=text) from error

    def holds(self, facts: Facts) -> Truth:
        """True or False, or None where a fact that decides is not known. `any_A` stands for `any(A*)`."""
        return _truth(self._tree, facts)


def _names(node: ast.expr) -> list[str]:
    match node:
        case ast.BoolOp(values=parts):
            return [name for part in parts for name in _names(part)]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _names(operand)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            return [*_names(left), *_names(right)]
        case ast.Constant(value=str() | int() | float()):
            return []
        case ast.Name() | ast.Attribute():
            name = _dotted(node)
            return [] if name in LITERALS else [name]
        case _:
            raise ValueError(type(node).__name__)


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{_dotted(value)}.{name}"
        case _:
            raise ValueError(type(node).__name__)


def _truth(node: ast.expr, facts: Facts) -> Truth:
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            return _all([_truth(part, facts) for part in parts])
        case ast.BoolOp(values=parts):
            return _not(_all([_not(_truth(part, facts)) for part in parts]))
        case ast.UnaryOp(operand=operand):
            return _not(_truth(operand, facts))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(COMPARISONS[type(op)], _value(left, facts), _value(right, facts))
        case _:
            found = _value(node, facts)
            return None if found is None else bool(found)


def _value(node: ast.expr, facts: Facts) -> Fact | None:
    if isinstance(node, ast.Constant):
        found: Fact = node.value  # type: ignore[assignment]  # checked on reading
        return found
    name = _dotted(node)
    return LITERALS[name] if name in LITERALS else facts.get(name)


def _compared(compare: Callable[[Any, Any], bool], left: Fact | None, right: Fact | None) -> Truth:
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        return None
    return compare(left, right)


def _all(parts: list[Truth]) -> Truth:
    if False in parts:
        return False
    return None if None in parts else True


def _not(part: Truth) -> Truth:
    return None if part is None else not part
