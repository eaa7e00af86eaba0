"""What every kind of recipient sees at every stage, read from the table in disclosure-matrix.md.

Shares no code with the hub's filter. `python -m tests.golden.disclosure` writes `disclosure/*.json` anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILES = HERE / "disclosure"
STAGES = ("preview", "accepted", "closed", "revoked")
NAMES = {
    "Detox centre": "CENTRE",
    "Lead worker": "LEAD_WORKER",
    "Station lead": "STATION_LEAD",
    "District workstation": "DISTRICT",
    "City guidance station": "CITY",
    "街道": "STREET",
    "Community police": "POLICE",
    "Labour bureau": "LABOUR",
    "Street unified window": "WINDOW",
    "Clinic": "CLINIC",
    "Education": "EDUCATION",
    "Legal aid": "LEGAL_AID",
    "Community corrections": "CORRECTIONS",
    "安置帮教": "RESETTLEMENT",
    "Designated family": "FAMILY",
    "The person": "PERSON",
    "Ops": "OPS",
    "Auditor": "AUDITOR",
}
OUTSIDE = {"LABOUR", "EMPLOYER", "WINDOW", "CLINIC", "EDUCATION", "LEGAL_AID", "CORRECTIONS"}
UNSTAGED = {"PERSON", "OPS", "AUDITOR"}
RECORD: dict[str, dict[str, Any]] = {
    "F1": {"ref": "01PERSON"},
    "F2": {"name": "合成示例", "sex": "M"},
    "F3": {"resident_id": "000103199001010012"},
    "F4": {"phone": "10000000001"},
    "F5": {"residence_div": "000103012", "residence_address": "合成路1号"},
    "F6": {"hukou_div": "000104011", "hukou_address": "合成路2号"},
    "F7": {
        "basis": "ORDER",
        "order_kind": "CRH",
        "order_no": "O-1",
        "served_at": "2026-03-02T10:00:00+08:00",
        "term_months": 36,
        "executing_street": "A04-S011-STREET",
    },
    "F8": {
        "centre_id": "A-CENTRE-1",
        "notice_no": "N-1",
        "planned_release_date": "2026-03-30",
        "released_at": "2026-03-30T10:00:00+08:00",
        "release_kind": "EXPIRED",
        "certificate_no": "C-1",
    },
    "F9": {"codes": {"physical": "A"}, "recommend_crh": "Y", "issued_at": "2026-03-01T10:00:00+08:00"},
    "F10": {"pregnant": False, "nursing": False, "mobility": True},
    "F18": {"requested_services": ["HOUSING"]},
    "F20": {"minor": False, "sole_carer": True, "contact_phone": "10000000002"},
}


def rows(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every row of the table: recipient and its cells by group, as written."""
    lines = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    groups = [cell.strip() for cell in lines[0][1:]]
    for line in lines[2:]:
        label, cells = line[0].replace("*", "").strip(), [cell.strip() for cell in line[1:]]
        name = next(code for start, code in NAMES.items() if label.startswith(start))
        yield name, dict(zip(groups, cells, strict=True))


def table(text: str) -> dict[str, dict[str, str]]:
    """The table with what its notes add: seal state, the employer, the auditor's dual control."""
    found = dict(rows(text))
    assert "F25: person, DWS lead and auditor only" in text
    found["PERSON"]["F25"] = found["DISTRICT"]["F25"] = "●"
    found["EMPLOYER"] = found["LABOUR"] | {"F2": "C"}
    found["LABOUR"] = found["LABOUR"] | {"F2": "●"}
    found["AUDITOR"] = dict.fromkeys([*found["AUDITOR"], "F25"], "dual-control")
    return found


def conditions(cell: str) -> set[str]:
    """Any one of these must hold; none means always."""
    if cell == "dual-control":
        return {"LAWFUL_READ"}
    needs = {code for code in ("C", "L") if re.search(rf"(?<![\w-]){code}(?![\w-])", cell)}
    needs |= {"L"} if cell.startswith("L3b") else set()
    needs |= {"AGREEMENT"} if "agreement" in cell else set()
    needs |= {"C"} if "if the person allows" in cell else set()
    return needs


def disclosed(cell: str) -> bool:
    return bool(cell) and not cell.startswith("–")


def masked(cell: str) -> bool:
    return bool(re.match("◐|S$|● type|district|type|status|counts|ids", cell))


def fields(name: str, group: str, cell: str) -> dict[str, Any]:
    """The fields of a group, whole or as the cell masks it."""
    whole = RECORD.get(group, {})
    if not masked(cell):
        return whole
    kept: dict[str, list[str]] = {
        "F1": ["ref"],
        "F7": ["basis", "order_kind", *(["served_at", "term_months"] if "dates" in cell else [])],
        "F8": ["planned_release_date", "released_at"],
        "F9": ["codes"],
        "F18": [] if name in OUTSIDE | {"RESETTLEMENT"} else ["requested_services"],
    }
    cut = {
        "F2": {"name": "合***"},
        "F3": {"resident_id": "**************0012"},
        "F5": {"residence_div": "000103" if "district" in cell else "000103012"},
        "F6": {"hukou_div": "000104"},
    }
    return cut.get(group) or {field: whole[field] for field in kept.get(group, [])}


def at(name: str, cells: dict[str, str], stage: str, met: str) -> dict[str, dict[str, Any]]:
    """Group to fields, for one stage and at most one condition that holds."""
    seen = {group: cell for group, cell in cells.items() if disclosed(cell)}
    seen = {group: cell for group, cell in seen.items() if not conditions(cell) or met in conditions(cell)}
    if name not in UNSTAGED:
        seen = staged(seen, stage)
    return {group: fields(name, group, cell) for group, cell in seen.items()}


def staged(seen: dict[str, str], stage: str) -> dict[str, str]:
    """What the stage leaves."""
    preview = {"F6": "◐", "F7": "type", "F8": "◐ dates", "F18": "◐"}
    match stage:
        case "preview":
            return {group: preview.get(group, seen[group]) for group in ("F1", *preview) if group in seen}
        case "closed":
            return {group: cell for group, cell in seen.items() if group in {"F1", "F22"}}
        case "revoked":
            return {}
        case _:
            return seen


def derived(text: str) -> dict[str, dict[str, Any]]:
    """By recipient: `stage` or `stage+condition` to groups and fields."""
    found: dict[str, dict[str, Any]] = {}
    for name, cells in table(text).items():
        cases = ["", *sorted({one for cell in cells.values() if disclosed(cell) for one in conditions(cell)})]
        found[name] = {
            f"{stage}+{met}" if met else stage: at(name, cells, stage, met) for stage in STAGES for met in cases
        }
    return found


def written(one: dict[str, Any]) -> str:
    """A golden file's text."""
    return json.dumps(one, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Write the golden files."""
    FILES.mkdir(exist_ok=True)
    for name, one in derived((HERE / "disclosure-matrix.md").read_text("utf-8")).items():
        (FILES / f"{name}.json").write_text(written(one), "utf-8")


if __name__ == "__main__":
    main()
