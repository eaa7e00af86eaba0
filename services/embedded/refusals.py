"""Why the embedded stack does not start: a code for programs, one sentence in Chinese and in English for people.

StackRefused
├── already_running   another live process owns the data folder
├── part_missing      a wheel of the embedded extra is not installed
├── no_identity       no way on this machine to run PostgreSQL without being root
└── did_not_start     a server ended or stayed silent; its own last words follow
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.kernel.errors import JieliError

Code: TypeAlias = Literal["already_running", "part_missing", "no_identity", "did_not_start"]

WORDS: dict[Code, str] = {
    "already_running": "数据目录正被另一个进程使用。Another running process owns this data folder.",
    "part_missing": (
        "缺少内置组件的安装包，请安装 embedded 可选依赖，或设置 JIELI_DATABASE_URL 与 JIELI_KAFKA_BOOTSTRAP。"
        "A wheel of the embedded extra is missing: install it, or set JIELI_DATABASE_URL and JIELI_KAFKA_BOOTSTRAP."
    ),
    "no_identity": (
        "PostgreSQL 不能以 root 运行，本机也无法切换身份;请改用普通用户,或设置 JIELI_DATABASE_URL 指向已有的数据库。"
        "PostgreSQL refuses to run as root and this machine allows no other identity: "
        "use an ordinary user, or set JIELI_DATABASE_URL to an existing database."
    ),
    "did_not_start": "内置服务未能启动,其最后输出如下。An embedded server did not start; its last words follow.",
}


class StackRefused(JieliError):
    """The embedded stack cannot run here. ``detail`` names the folder, package or last words."""

    def __init__(self, code: Code, detail: str) -> None:
        """Keep the code and compose the sentence."""
        super().__init__(f"{WORDS[code]} ({detail})")
        self.code: Code = code
        self.detail = detail
