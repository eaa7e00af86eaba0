"""A real Apache Kafka (KRaft, one node) on loopback; jars are fetched once, with Maven, into our cache."""

from __future__ import annotations

import base64
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.embedded.kept import HOST, Kept, free_port, listening
from tests.support import finish

REPOSITORY = Path(__file__).parents[2]
LIBS = REPOSITORY / ".cache" / "kafka" / "libs"
POM = Path(__file__).with_name("kafka-pom.xml")
FETCH_SECONDS = 100
START_SECONDS = 60
STOP_SECONDS = 15
JVM = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"

SINGLE = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "CLIENT",
    "num.partitions": 6,
    "auto.create.topics.enable": "false",
    "default.replication.factor": 1,
    "min.insync.replicas": 1,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 6,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 6,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    "num.network.threads": 2,
    "num.io.threads": 2,
}


class KafkaUnavailable(Exception):
    """This machine cannot run the real broker; the words say what is missing."""


class KafkaNode:
    """One broker that is also its own controller; killed, it starts again on its own data."""

    def __init__(self, folder: Path) -> None:
        """Take free ports and write the settings; nothing is started yet."""
        self._folder = folder
        self._port, self._controller = free_port(), free_port()
        self._settings = folder / "kafka.properties"
        self._kept: Kept | None = None
        self._settings.write_text("".join(f"{name}={value}\n" for name, value in self._properties().items()))

    @property
    def bootstrap(self) -> str:
        """Address for Kafka clients."""
        return f"{HOST}:{self._port}"

    def format(self) -> None:
        """Give the empty folder a cluster id."""
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        tool = java("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self._settings))
        subprocess.run(tool, check=True, stdout=subprocess.DEVNULL, timeout=START_SECONDS)

    def start(self) -> None:
        """Start and wait until it listens."""
        command = java("kafka.Kafka", str(self._settings))
        self._kept = Kept(command, log=self._folder / "kafka.log", identity="self", last=signal.SIGKILL)
        deadline = time.monotonic() + START_SECONDS
        while not listening(self._port):
            if not self._kept.running() or time.monotonic() > deadline:
                raise KafkaUnavailable(self._kept.last_words())
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL."""
        self._end(signal.SIGTERM)

    def _end(self, gently: signal.Signals) -> None:
        if self._kept:
            finish(self._kept.end(gently, STOP_SECONDS))
        self._kept = None

    def _properties(self) -> dict[str, object]:
        client, controller = f"CLIENT://{self.bootstrap}", f"CONTROLLER://{HOST}:{self._controller}"
        return SINGLE | {
            "listeners": f"{client},{controller}",
            "advertised.listeners": client,
            "controller.quorum.voters": f"1@{HOST}:{self._controller}",
            "log.dirs": self._folder / "data",
        }


def java(*arguments: str) -> list[str]:
    """Command line of one of the broker's programs."""
    return [str(shutil.which("java")), *JVM, QUIET, "-cp", f"{LIBS}/*", *arguments]


def fetch() -> None:
    """Bring the jars once; later calls are free. KafkaUnavailable says why it cannot be."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        raise KafkaUnavailable(f"{' and '.join(missing)} not installed")
    if (LIBS / "complete").exists():
        return
    goal = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={LIBS}"]
    try:
        subprocess.run([*goal, "-DincludeScope=runtime"], check=True, timeout=FETCH_SECONDS, capture_output=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise KafkaUnavailable(f"the broker's jars could not be fetched ({type(error).__name__})") from error
    (LIBS / "complete").touch()


@contextmanager
def running_kafka(folder: Path) -> Iterator[KafkaNode]:
    """A fresh broker over ``folder``."""
    fetch()
    node = KafkaNode(folder)
    node.format()
    try:
        node.start()
        yield node
    finally:
        node.stop()
