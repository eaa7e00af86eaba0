"""Support levels (三级分类): rules that suggest, for a named worker who decides (specification §3.3).

A level changes how often somebody visits and who is in the team, nothing else. Rules read a closed list of facts;
religion, origin, places, associations, records of others and suspicion are not among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from services.kernel.errors import InvalidInput
from services.reference.conditions import Condition, Facts
from services.reference.terms import Duration, parse_duration

FACTS: Final = frozenset(
    {
        "contact_lost_days",
        "no_hold",
        "unexcused_test_misses_consecutive",
        "track",
        "test_result",
        "self_reported_crisis",
        "months_since_release",
        "no_fixed_residence",
        "open_needs.high",
        "agreement_signed",
        "visits_confirmed_last_3m",
    }
)
CHANGES: Final = frozenset({"visit.interval", "team.composition"})
NEVER: Final = frozenset({"benefits", "referral_priority_down", "police_notice", "employment"})


@dataclass(frozen=True, slots=True)
class LevelRule:
    """One rule. `source`: the practice behind it."""

    id: str
    level: str
    condition: Condition
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the rules suggest; no rule decides. `rules` are those that hold for the level, none at intake's default."""

    level: str
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    review_after: Duration
    ruleset: str


@dataclass(frozen=True, slots=True)
class SupportLevels:
    """One version of the rules."""

    ruleset: str
    rules: tuple[LevelRule, ...]
    precedence: tuple[str, ...]
    default: str
    review_every: Mapping[str, Duration]

    def suggest(self, facts: Facts) -> Suggestion:
        """The first level in precedence for which a rule holds; the default at intake where none does."""
        holding = self._holding(facts)
        level = next((one for one in self.precedence if any(rule.level == one for rule in holding)), self.default)
        why = [rule for rule in holding if rule.level == level]
        ids, reasons = tuple(rule.id for rule in why), tuple(rule.reason for rule in why)
        return Suggestion(level, ids, reasons, self.review_every[level], self.ruleset)

    def _holding(self, facts: Facts) -> list[LevelRule]:
        """In the order of the file; `any(A*)` sees the rules above it, and is unknown while one of those is."""
        truths: dict[str, bool | None] = {}
        for rule in self.rules:
            seen = {f"any_{prefix}": _any(truths, prefix) for prefix in rule.condition.rules_of}
            known = {name: truth for name, truth in seen.items() if truth is not None}
            truths[rule.id] = rule.condition.holds({**facts, **known})
        return [rule for rule in self.rules if truths[rule.id]]


def read_support_levels(text: str) -> SupportLevels:
    """The rules from their YAML.

    Raises InvalidInput: support_levels_invalid, support_level_input (a fact outside the closed list),
    support_level_effect (an effect that a level must not have, or a decider who is no human).
    """
    try:
        given = yaml.safe_load(text)
        rules = tuple(_rule(one) for one in given["rules"])
        review = {str(level): parse_duration(term) for level, term in given["review_every"].items()}
        precedence, default = tuple(given["precedence"]), str(given["default_at_intake"])
        levels = SupportLevels(str(given["ruleset"]), rules, precedence, default, review)
        _check_effects(given)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("support_levels_invalid", what=type(error).__name__) from error
    _check(levels)
    return levels


@cache
def load_support_levels() -> SupportLevels:
    """The rules that the project ships."""
    return read_support_levels(resources.files(__package__).joinpath("support-levels.yaml").read_text("utf-8"))


def _rule(given: Mapping[str, Any]) -> LevelRule:
    return LevelRule(given["id"], given["level"], Condition(given["when"]), given["reason"], given["source"])


def _check_effects(given: Mapping[str, Any]) -> None:
    effects = given["effects"]
    if not set(effects["changes"]) <= CHANGES or not set(effects["never"]) >= NEVER or given["decider"] != "human":
        raise InvalidInput("support_level_effect")


def _check(levels: SupportLevels) -> None:
    known = set(levels.precedence)
    if {rule.level for rule in levels.rules} | {levels.default} | set(levels.review_every) != known:
        raise InvalidInput("support_levels_invalid", what="levels")
    for rule in levels.rules:
        strange = rule.condition.facts - FACTS
        if strange:
            raise InvalidInput("support_level_input", rule=rule.id, facts=sorted(strange))


def _any(truths: Mapping[str, bool | None], prefix: str) -> bool | None:
    found = [truth for rule, truth in truths.items() if rule.startswith(prefix)]
    if True in found:
        return True
    return None if None in found else False
