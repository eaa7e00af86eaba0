"""`jieli policy check`: whether a policy file keeps the law, and every reason why not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.output import FAILED, JsonLines, Language, Output
from services.reference.policy import Policy, load_policy
from services.reference.policy_bounds import Fault
from services.reference.policy_words import change, sentence, words


def register(app: typer.Typer) -> None:
    """Add the group to `jieli`."""
    group = typer.Typer(name="policy", help="政策 policy", no_args_is_help=True)
    group.callback()(_group)
    group.command("check")(check)
    app.add_typer(group)


def _group() -> None:
    """One command stays a group: more follow."""


def check(
    file: Annotated[Path, typer.Argument(help="政策文件 policy file, YAML")],
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """检查政策文件是否守法：逐条说明不予采用的键、数值、限度与依据。"""
    from services.app.policies import examined

    out = Output(json, lang)
    with out.guarding():
        found = examined(file, lang)
    if found.faults:
        _refused(out, found.faults)
        raise typer.Exit(FAILED)
    _accepted(out, found.policy)


def _refused(out: Output, faults: tuple[Fault, ...]) -> None:
    phrases = words()
    out.words(phrases.say("policy_refused", out.lang, count=len(faults)))
    for one in faults:
        said = sentence(one, phrases, out.lang)
        about = {"key": one.key, "value": one.value, "bound": one.bound, "basis": one.basis}
        out.emit("error", code=one.code, detail=said, **about)
        out.words(f"  {said}")


def _accepted(out: Output, policy: Policy) -> None:
    phrases, shipped = words(), load_policy()
    changed = {key.name: key.value for key in policy if key != shipped.key(key.name)}
    out.emit("policy", version=policy.version, changed=changed)
    out.words(phrases.say("policy_accepted", out.lang, version=policy.version, count=len(changed)))
    for name, value in changed.items():
        out.words("  " + change(name, shipped.key(name).value, value, phrases, out.lang))
