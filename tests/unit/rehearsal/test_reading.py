"""A story file is read whole before anything is started; what is wrong is named with file and line."""

from __future__ import annotations

from datetime import datetime

import pytest

from schemas.topics import TOPICS
from services.kernel.errors import REASONS
from services.kernel.phrases import LANGUAGES, Phrases
from services.rehearsal.lines import scalar
from services.rehearsal.reading import story_of
from services.rehearsal.story import BadStory

HEAD = """\
start: 2026-03-02T09:00:00+08:00
people:
  p1: {track: ORDERED, hukou: "A01-S003", residence: A04-S011}
steps:
"""
NOTICE = """\
  - record: ReleaseNoticeReceived
    for: p1
    by: {role: DETOX_CENTRE, org: A-CENTRE-1}
"""

WRONG = [
    ("start: [\n", 2, "not_yaml"),
    ("just words\n", 1, "mapping_wanted"),
    ("start: 2026-03-02\npeople: {}\nsteps: []\nextra: 1\n", 4, "key_unknown"),
    ("start: 2026-03-02\nstart: 2026-03-03\n", 2, "key_twice"),
    ("start: soon\npeople: {}\nsteps: []\n", 1, "instant_wanted"),
    ("start: 2026-03-02\npeople: {}\nsteps: []\ncity: c\n", 4, "one_of"),
    ("start: 2026-03-02\npeople: {}\nsteps: []\npolicy: {report.deadline.ordered: P20D}\n", 4, "policy_above_max"),
    ("start: 2026-03-02\npeople: {}\nsteps: []\npolicy:\n  no.such.key: P1D\n", 5, "policy_key_unknown"),
    ("start: 2026-03-02\npeople:\n  p1: {residence: A99-S001}\nsteps: []\n", 3, "place_unknown"),
    (HEAD + NOTICE + "    data: {colour: red}\n", 8, "field_unknown"),
    (HEAD + NOTICE.replace("ReleaseNoticeReceived", "PersonVanished"), 5, "event_unknown"),
    (HEAD + NOTICE.replace("ReleaseNoticeReceived", "EscalationRaised"), 5, "event_unknown"),
    (HEAD + NOTICE.replace("for: p1", "for: p2"), 6, "person_unknown"),
    (HEAD + NOTICE.replace("A-CENTRE-1", "B-CENTRE-1"), 7, "org_unknown"),
    (HEAD + NOTICE.replace("DETOX_CENTRE", "KING"), 7, "role_unknown"),
    (HEAD + NOTICE + "    at: 2026-03-01T09:00:00+08:00\n", 8, "clock_backwards"),
    (HEAD + NOTICE + "    after: tomorrow\n", 8, "period_wanted"),
    (HEAD + NOTICE + "    at: 2026-03-03\n    after: P1D\n", 5, "at_or_after"),
    (HEAD + NOTICE + "    officials: [A/1, A/2]\n", 8, "officials_unwanted"),
    (HEAD + "  - data: {}\n", 5, "key_unknown"),
    (HEAD + "  - expect:\n      p2: {state: NOTICED}\n", 6, "key_unknown"),
    (HEAD + "  - expect:\n      p1:\n        mood: good\n", 7, "key_unknown"),
    (HEAD + "  - expect:\n      events: {p1: {PersonVanished: 1}}\n", 6, "event_unknown"),
    (HEAD + "  - expect:\n      topics: {hub.intake.v1: many}\n", 6, "number_wanted"),
    (HEAD + "  - expect:\n      topics:\n        stat.notices.v1: 0\n", 7, "topic_unknown"),
    (HEAD + "  - expect:\n      absent: {out.police.v1: [x]}\n", 6, "topic_unknown"),
    (HEAD + "  - expect:\n      parked:\n        total: 0\n        STALEE: 0\n", 8, "key_unknown"),
    (HEAD + "  - expect:\n      sees: {p1: {as: {role: OPS}, groups: [F26]}}\n", 6, "one_of"),
    (HEAD + "  - expect:\n      sees: {p1: {as: {role: CLINIC, org: X-1}, groups: []}}\n", 6, "org_unknown"),
    (HEAD + "  - expect:\n      sees: {p1: {groups: []}}\n", 6, "key_missing"),
    (HEAD + "  - expect:\n      kpi: {K-99: {num: 1}}\n", 6, "key_unknown"),
    (HEAD + "  - expect:\n      verify: maybe\n", 6, "one_of"),
]


@pytest.mark.parametrize(("text", "line", "code"), WRONG, ids=[f"{code}-{line}" for _, line, code in WRONG])
def test_what_cannot_be_played_is_named_with_its_line(text: str, line: int, code: str) -> None:
    with pytest.raises(BadStory) as bad:
        story_of("a.yaml", text)
    assert (bad.value.place, bad.value.code) == (f"a.yaml:{line}", code)


def test_every_fault_of_a_file_has_words_in_both_languages() -> None:
    phrases = Phrases.load("services.rehearsal")
    codes = {f"story.{code}" for _, _, code in WRONG if not code.startswith("policy_")}
    assert [code for lang in LANGUAGES for code in sorted(codes) if not phrases.knows(code, lang)] == []


def test_topics_of_the_catalogue_and_of_agencies_to_come_and_every_reason_may_be_named() -> None:
    topics = ", ".join(f"{name}: 0" for name in (*TOPICS, "out.labour.v1", "out.clinic.v1"))
    parked = ", ".join(f"{reason}: 0" for reason in ("total", *REASONS))
    [step] = story_of("a.yaml", HEAD + f"  - expect:\n      topics: {{{topics}}}\n      parked: {{{parked}}}\n").steps
    assert len(step.expect) == len(TOPICS) + 2 + 1 + len(REASONS)


def test_steps_come_at_their_instant_after_a_period_or_right_away() -> None:
    later = NOTICE + "    at: 2026-03-05T10:00:00+08:00\n" + NOTICE + "    after: P1M\n" + NOTICE
    story = story_of("a.yaml", HEAD + later)
    at = [step.at for step in story.steps]
    assert at == [
        datetime.fromisoformat("2026-03-05T10:00:00+08:00"),
        datetime.fromisoformat("2026-04-05T10:00:00+08:00"),
        datetime.fromisoformat("2026-04-05T10:00:00+08:00"),
    ]


def test_a_record_for_two_has_two_officials_unless_the_story_names_them() -> None:
    signed = "  - record: StatutoryNoticeSigned\n    for: p1\n    by: {role: STREET_OFFICER, org: A04-S011-STREET}\n"
    story = story_of("a.yaml", HEAD + signed + signed + "    data: {officials: [X/1, X/1]}\n")
    officials = [step.record.officials for step in story.steps if step.record]
    assert officials == [("A04-S011-STREET/1", "A04-S011-STREET/2"), ("X/1", "X/1")]


def test_days_codes_and_leading_zeros_stay_as_they_are_written() -> None:
    assert [scalar(text) for text in ("2026-03-30", "Y", "000101003", "12", "true", "~", "1.5")] == [
        *("2026-03-30", "Y", "000101003"),
        *(12, True, None, 1.5),
    ]
