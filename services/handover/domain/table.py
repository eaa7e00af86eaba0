"""The saga as data: `handover-saga.yaml` read into frozen rules; meanings in specification §3.4.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from services.handover.domain.table_text import BadTable, Entry, Plain, entries, named_entries, read_document
from services.kernel.errors import JieliError

PARTS = (
    "saga",
    "version",
    "initial",
    "terminal",
    "create",
    "reopen",
    "facts",
    "groups",
    "timers",
    "recompute",
    "transitions",
)
ALL = "ALL"
SAME = "SAME"
RESUME = "RESUME"
RECOMPUTE = "RECOMPUTE"


class UnknownTable(JieliError):
    """A saga of a table that this code does not have: no other may decide it."""

    def __init__(self, version: str) -> None:
        super().__init__(f"状态表版本不明 table_version_unknown: {version}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. `states` is `from` with its groups resolved; empty for a rule that opens a saga."""

    id: str
    event: str
    to: str
    states: tuple[str, ...] = ()
    guard: str | None = None
    emit: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    apply: bool = False

    @property
    def recomputes(self) -> bool:
        """Whether it may open a new revision."""
        return RECOMPUTE in self.start


@dataclass(frozen=True, slots=True)
class TimerRule:
    """When a timer is due. `policy` by track, `*` for all; `ordinal` decides between equal instants."""

    name: str
    at: str
    due: str
    policy: Mapping[str, str]
    again: str | None
    ordinal: int

    def key_for(self, track: str) -> str | None:
        """The policy key; None where this track never arms the timer."""
        return self.policy.get(track) or self.policy.get("*")


@dataclass(frozen=True, slots=True)
class Table:
    """All rules of the saga. `create` by event; `rules` by (state, event) in the order of the file."""

    data: Mapping[str, Plain]
    version: str
    terminal: frozenset[str]
    states: tuple[str, ...]
    facts: frozenset[str]
    groups: Mapping[str, tuple[str, ...]]
    create: Mapping[str, Rule]
    reopen: tuple[Rule, ...]
    transitions: tuple[Rule, ...]
    timers: Mapping[str, TimerRule]
    recompute: Mapping[str, tuple[str, ...]]
    rules: Mapping[tuple[str, str], tuple[Rule, ...]]

    @property
    def inputs(self) -> frozenset[str]:
        """Every event that some rule answers, timers left out."""
        every = (*self.create.values(), *self.reopen, *self.transitions)
        return frozenset(rule.event for rule in every) - frozenset(self.timers)

    def guards(self) -> frozenset[str]:
        """Every guard's text."""
        return frozenset(rule.guard for rule in (*self.reopen, *self.transitions) if rule.guard)

    def in_group(self, state: str | None, group: str) -> bool:
        """Whether the state belongs to a group such as PRE."""
        return state in self.groups[group]

    def as_data(self) -> dict[str, Plain]:
        """What `jieli saga export --format yaml` prints: the file's parts, ids and order."""
        return {part: self.data[part] for part in PARTS}


def read_table(text: str) -> Table:
    """The table from its YAML; BadTable names the line of what is wrong."""
    data, root = read_document(text)
    if tuple(data) != PARTS:
        raise BadTable(f"parts must be {list(PARTS)}", 1)
    groups = {name: tuple(states) for name, states in _lists(data["groups"]).items()}
    transitions = tuple(_rule(one, groups) for one in entries(root, "transitions"))
    reopen = tuple(_rule(one, groups) for one in entries(root, "reopen"))
    create = tuple(_rule(one, groups) for one in entries(root, "create"))
    table = Table(
        data=data,
        version=str(data["version"]),
        terminal=frozenset(_list(data["terminal"])),
        states=(*groups["LIVE"], *_list(data["terminal"])),
        facts=frozenset(_list(data["facts"])),
        groups=groups,
        create={rule.event: rule for rule in create},
        reopen=reopen,
        transitions=transitions,
        timers={name: _timer(name, one, n) for n, (name, one) in enumerate(named_entries(root, "timers").items())},
        recompute={state: tuple(names) for state, names in _lists(data["recompute"]).items()},
        rules=_by_state(transitions),
    )
    _check_names(table)
    return table


@cache
def shipped_table() -> Table:
    """The table that the project ships."""
    return read_table(resources.files(__package__).joinpath("handover-saga.yaml").read_text("utf-8"))


def table_of(version: str) -> Table:
    """The table that a saga was opened under. Raises UnknownTable."""
    table = shipped_table()
    if version != table.version:
        raise UnknownTable(version)
    return table


def _rule(one: Entry, groups: Mapping[str, tuple[str, ...]]) -> Rule:
    one.check({"id", "event", "to"}, {"from", "guard", "emit", "start", "stop", "apply"})
    written = one.texts("from")
    return Rule(
        id=one.text("id"),
        event=one.text("event"),
        to=one.text("to"),
        states=tuple(state for name in written for state in groups.get(name, (name,))),
        guard=one.text("guard") if "guard" in one.fields else None,
        emit=one.texts("emit"),
        start=one.texts("start"),
        stop=one.texts("stop"),
        apply=one.fields.get("apply") is True,
    )


def _timer(name: str, one: Entry, ordinal: int) -> TimerRule:
    one.check({"at", "due", "policy"}, {"again"})
    policy = one.fields["policy"]
    by_track = {"*": policy} if isinstance(policy, str) else policy
    if one.text("at") not in {"day", "end"} or not isinstance(by_track, dict):
        raise BadTable(f"{name}: at is day or end, policy a key or keys by track", one.line)
    again = one.text("again") if "again" in one.fields else None
    return TimerRule(name, one.text("at"), one.text("due"), {k: str(v) for k, v in by_track.items()}, again, ordinal)


def _by_state(rules: tuple[Rule, ...]) -> dict[tuple[str, str], tuple[Rule, ...]]:
    found: dict[tuple[str, str], tuple[Rule, ...]] = {}
    for rule in rules:
        for state in rule.states:
            found[state, rule.event] = (*found.get((state, rule.event), ()), rule)
    return found


def _check_names(table: Table) -> None:
    states = {*table.states, SAME, RESUME}
    timers = {*table.timers, ALL, RECOMPUTE}
    for rule in (*table.create.values(), *table.reopen, *table.transitions):
        unknown = [*({rule.to, *rule.states} - states), *({*rule.start, *rule.stop} - timers)]
        if unknown:
            raise BadTable(f"{rule.id} names {unknown}", 1)


def _list(value: Plain) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _lists(value: Plain) -> dict[str, list[str]]:
    return {name: _list(one) for name, one in value.items()} if isinstance(value, dict) else {}
