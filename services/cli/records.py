"""`jieli seal` and `jieli erase`: the end of a person's record."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from services.cli.asking import DataFolder, Hub
from services.cli.output import JsonLines, Lang, Language, Output
from services.kernel.tokens import Actor

PersonRef = Annotated[str, typer.Argument(help="人员代号 pseudonym of the person")]
Ground = Annotated[str, typer.Option("--ground", help="删除的依据 why the record is deleted")]
By = Annotated[
    str,
    typer.Option(
        "--by",
        help="区工作站/办理人，或 /运维人员（须两人） in whose name, as A04/lead-1; as /ops-1: one of two operators",
    ),
]
PENDING: Final = "PENDING"
WORDS: Final[dict[str, dict[Lang, str]]] = {
    "pending": {
        "zh": "已登记，尚未办理：{ref}；须另一名运维人员 24 小时内以同一命令确认",
        "en": "noted, nothing done yet: {ref}; another operator has to give the same command within 24 hours",
    },
    "seal": {"zh": "已封存：{ref}", "en": "sealed: {ref}"},
    "erase": {"zh": "已删除，密钥已销毁：{ref}", "en": "deleted, the key is destroyed: {ref}"},
}


def register(app: typer.Typer) -> None:
    """Add the commands to `jieli`."""
    app.command()(seal)
    app.command()(erase)


def seal(
    person_ref: PersonRef,
    data: DataFolder = None,
    by: By = "",
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """封存期限已满的记录：此后任何查询都如同没有此人。"""
    out = Output(json, lang)
    with out.guarding():
        answer = Hub.asked_by(data, _who(by), lang).post(f"/people/{person_ref}/sealing")
    out.emit("seal", person_ref=person_ref, state=answer["state"])
    out.words(WORDS["pending" if answer["state"] == PENDING else "seal"][out.lang].format(ref=person_ref))


def erase(
    person_ref: PersonRef,
    ground: Ground,
    data: DataFolder = None,
    by: By = "",
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """删除一人的记录：销毁其密钥，各处副本从此不能解读；不可撤回。"""
    out = Output(json, lang)
    with out.guarding():
        hub = Hub.asked_by(data, _who(by), lang)
        answer = hub.post(f"/people/{person_ref}/erasure", {"ground": ground})
    out.emit("erase", person_ref=person_ref, state=answer["state"])
    out.words(WORDS["pending" if answer["state"] == PENDING else "erase"][out.lang].format(ref=person_ref))


def _who(by: str) -> Actor:
    org, _, name = by.partition("/")
    return Actor(name or "cli", "DISTRICT_LEAD", org) if org else Actor(name or "cli", "OPS", "")
