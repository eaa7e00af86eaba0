"""The policy of a process: the shipped one, or an operator's file over it, held against the law first."""

from __future__ import annotations

from pathlib import Path

from services.kernel.errors import Refused
from services.reference.policy import Policy, load_policy
from services.reference.policy_file import Examined, examine
from services.reference.policy_words import sentence, words


def policy_of(file: Path | None, lang: str) -> Policy:
    """Raises Refused with the first fault's code and every fault's sentence."""
    if file is None:
        return load_policy()
    found = examined(file, lang)
    if found.faults:
        said = "；".join(sentence(fault, words(), lang) for fault in found.faults)
        raise Refused(found.faults[0].code, said, status=422)
    return found.policy


def examined(file: Path, lang: str) -> Examined:
    """What a file makes of the shipped policy. Raises Refused(`policy_file_unreadable`)."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        code = "policy_file_unreadable"
        raise Refused(code, words().say(code, lang), status=422) from error
    return examine(text, load_policy())
