"""The closing page of the demo, for people: receipts, rate, escalations, one person's timeline, one trace."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from services.demo.outcome import Outcome
from services.kernel.phrases import Phrases

WIDTH = 110


def show(found: Outcome, refused: Mapping[str, int], phrases: Phrases, lang: str, *, to_stderr: bool) -> None:
    """Print the page."""
    page = Console(stderr=to_stderr, highlight=False, emoji=False, width=WIDTH)
    page.rule(phrases.say("receipts", lang))
    page.print(receipts(found, phrases, lang))
    rate = f"{100 * found.reported / found.due:.2f}" if found.due else "—"
    page.print(phrases.say("report_rate", lang, num=found.reported, den=found.due, rate=rate))
    page.print(phrases.say("escalations", lang, count=found.open_escalations))
    page.print(phrases.say("states", lang, states=_listed(found.states, phrases, lang)))
    if refused:
        page.print(phrases.say("refused", lang, codes=_listed(refused, phrases, lang)))
    page.rule(phrases.say("timeline", lang, person=found.person_ref))
    page.print(timeline(found, phrases, lang))
    page.rule(phrases.say("trace", lang, handover=found.handover_id))
    page.print(trace(found, phrases, lang))


def receipts(found: Outcome, phrases: Phrases, lang: str) -> Table:
    """Totals by outcome and reason, then by routing."""
    table = Table(phrases.say("outcome", lang), phrases.say("rows", lang))
    for key, count in found.receipts.items():
        table.add_row("：".join(phrases.say(part, lang) for part in key.split(":")), str(count))
    return table


def timeline(found: Outcome, phrases: Phrases, lang: str) -> Table:
    """What happened around one person, in plain words."""
    table = Table(phrases.say("time", lang), phrases.say("what", lang), phrases.say("source", lang), show_lines=False)
    for item in found.timeline:
        table.add_row(_minute(item["time"]), item["summary"], item["source"])
    return table


def trace(found: Outcome, phrases: Phrases, lang: str) -> Table:
    """The handover's events in order, and the topic each went to."""
    table = Table(phrases.say("time", lang), phrases.say("what", lang), "topic", "#")
    for event in found.trace["events"]:
        words = found.sentences.get(event["event_id"], event["type"])
        table.add_row(_minute(event["time"]), words, event["topic"], str(event["sequence"]))
    return table


def _minute(time: str) -> str:
    return time[:16].replace("T", " ")


def _listed(counts: Mapping[str, int], phrases: Phrases, lang: str) -> str:
    return "，".join(f"{phrases.say(code, lang)} {count}" for code, count in counts.items())
