"""The allow-list of what a notice may say, and the names of what the hub must never hold (specification §0.2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

ColumnFault: TypeAlias = Literal["column_forbidden", "column_unknown", "column_missing"]

HEADINGS: Mapping[str, str] = {
    "通知编号": "notice_no",
    "修订号": "revision",
    "戒毒所代码": "centre_id",
    "期次": "episode_no",
    "姓名": "name",
    "性别": "sex",
    "证件号码": "resident_id",
    "手机号码": "phone",
    "户籍地代码": "hukou_div",
    "户籍地址": "hukou_address",
    "居住地代码": "residence_div",
    "居住地址": "residence_address",
    "拟解除日期": "planned_release_date",
    "是否责令社区康复": "order_expected",
    "依据": "basis",
    "特殊情形": "flags",
    "指定联系人电话": "contact_phone",
}
IDENTITY_FIELDS = frozenset(
    {
        "name",
        "sex",
        "resident_id",
        "phone",
        "hukou_div",
        "hukou_address",
        "residence_div",
        "residence_address",
        "contact_phone",
    }
)
PLACES = frozenset({"hukou_div", "residence_div"})  # a street code alone names nobody

FORBIDDEN_TERMS = (
    *("宗教", "信仰", "教派", "邪教", "涉邪", "法轮", "民族", "种族", "族别", "政治面貌"),
    *("手环", "腕带", "脚环", "脚镣", "定位", "轨迹", "行踪", "坐标", "经度", "纬度", "经纬", "基站", "位置", "卫星"),
    *("摄像", "监控", "住宿", "酒店", "车票", "支付", "通话记录"),
    *("艾滋", "性病", "梅毒", "感染", "指纹", "人脸", "虹膜", "声纹", "基因", "掌纹", "生物识别"),
    *("同伙", "同案", "交往", "关系人", "毒友", "团伙", "毒品", "吸食", "滥用物", "案情", "案由", "嫌疑", "前科"),
    *("风险评", "风险分", "风险等级", "预警", "重点人"),
    *("religi", "belief", "faith", "church", "cult", "ethnic", "ethno", "politic"),
    *("wristband", "bracelet", "anklet", "gps", "beidou", "location", "locat", "trajector", "track", "whereabouts"),
    *("coordinate", "latitude", "longitude", "geopos", "geohash", "camera", "hotel", "payment", "celltower"),
    *("hiv", "aids", "syphilis", "biometr", "fingerprint", "facial", "faceid", "irisscan", "dna"),
    *("associat", "accomplice", "gang", "drugtype", "drugkind", "drugofchoice", "substance", "casefact", "suspic"),
    *("riskscore", "risklevel", "earlywarning", "keypopulation"),
)
FORBIDDEN_TERM = re.compile("|".join(FORBIDDEN_TERMS))
FORBIDDEN_WORDS = frozenset({"race", "lat", "lng", "lon", "face", "iris", "drug", "drugs", "contacts", "associates"})


@dataclass(frozen=True, slots=True)
class ColumnRefusal:
    """Why a heading row cannot be read; `columns` are headings, never values."""

    code: ColumnFault
    columns: tuple[str, ...]


def plain(name: str) -> str:
    """A heading or key as it is compared: NFKC, lower case, without white space and separators."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if character.isalnum())


def heading(name: str) -> str:
    """A heading as it is looked up in the allow-list: NFKC, without white space."""
    return "".join(unicodedata.normalize("NFKC", name).replace("\ufeff", "").split())


def is_forbidden(name: str) -> bool:
    """Whether a heading or key speaks of something that the hub must never hold."""
    compared = plain(name)
    return compared in FORBIDDEN_WORDS or FORBIDDEN_TERM.search(compared) is not None


def read_headings(names: Sequence[str]) -> tuple[str, ...] | ColumnRefusal:
    """The field of each column in file order, or why the file is refused. A column twice is unknown the second time."""
    found = [heading(name) for name in names]
    forbidden = tuple(name for name in found if is_forbidden(name))
    if forbidden:
        return ColumnRefusal("column_forbidden", forbidden)
    unknown = _unknown(found)
    if unknown:
        return ColumnRefusal("column_unknown", unknown)
    missing = tuple(name for name in HEADINGS if name not in found)
    return ColumnRefusal("column_missing", missing) if missing else tuple(HEADINGS[name] for name in found)


def recognises(names: Iterable[str]) -> bool:
    """Whether any of these headings is known, allowed or forbidden: text decoded with a wrong encoding has none."""
    return any(heading(name) in HEADINGS or is_forbidden(name) for name in names)


def _unknown(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        name or f"#{place}"
        for place, name in enumerate(found, start=1)
        if name not in HEADINGS or name in found[: place - 1]
    )
