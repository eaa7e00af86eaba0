"""The key-encryption key in SoftHSM2, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from services.kernel.kek import Kek
from services.kernel.pkcs11_kek import ModuleUnusable, Pkcs11Kek, Place
from services.kernel.seal_settings import SealSettings

MODULES = [Path(folder) / "softhsm/libsofthsm2.so" for folder in ("/usr/lib", "/usr/lib64", "/usr/local/lib")]
MODULE = next((path for path in MODULES if path.exists()), None)
INIT = ("softhsm2-util", "--init-token", "--free", "--label", "jieli", "--pin", "4321", "--so-pin", "8765")
pytestmark = pytest.mark.skipif(
    MODULE is None or shutil.which(INIT[0]) is None, reason="SoftHSM2 is not installed (softhsm2)"
)


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    (folder / "pin").write_text("4321\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    subprocess.run(INIT, check=True, capture_output=True)
    return f"pkcs11:token=jieli;object=kek?module-path={MODULE}&pin-source=file:{folder}/pin"


@pytest.fixture(scope="module")
def kek(uri: str) -> Kek:
    return SealSettings(None, uri).kek()


def test_what_the_module_wrapped_it_unwraps_in_the_same_context_only(kek: Kek) -> None:
    kid, wrapped = kek.wrap(b"k" * 32, b"p|1")
    assert b"kkkk" not in wrapped
    assert kek.unwrap(kid, wrapped, b"p|1") == b"k" * 32
    for other in ((kid, wrapped, b"q|1"), ("00", wrapped, b"p|1"), (kid, wrapped[:5], b"p|1")):
        with pytest.raises(InvalidTag):
            kek.unwrap(*other)


def test_a_rotation_inside_the_module_keeps_former_keys_and_derived_ones(kek: Kek, uri: str) -> None:
    derived, (former, wrapped) = kek.derive("a"), kek.wrap(b"k" * 32, b"")
    newer = kek.rotate()
    again = SealSettings(None, uri).kek()
    assert again.kid == newer > former
    assert again.unwrap(former, wrapped, b"") == b"k" * 32
    assert again.derive("a") == derived != again.derive("b")


def test_no_key_leaves_the_module(kek: Pkcs11Kek) -> None:
    pkcs11 = pytest.importorskip("pkcs11")
    for key in kek._session.get_objects():
        assert not key[pkcs11.Attribute.EXTRACTABLE]
        with pytest.raises(pkcs11.exceptions.PKCS11Error):
            key[pkcs11.Attribute.VALUE]


@pytest.mark.parametrize(
    ("uri_text", "code"),
    [
        ("pkcs11:token=jieli", "uri_invalid"),
        (f"pkcs11:token=other;object=kek?module-path={MODULE}&pin-source=file:/dev/null", "not_reached"),
        ("pkcs11:token=jieli;object=kek?module-path=/nothing.so&pin-source=file:/dev/null", "not_reached"),
        (f"pkcs11:token=jieli;object=kek?module-path={MODULE}&pin-source=file:/nowhere", "pin_unreadable"),
    ],
)
@pytest.mark.usefixtures("uri")
def test_a_module_that_cannot_be_used_is_refused_with_its_reason(uri_text: str, code: str) -> None:
    with pytest.raises(ModuleUnusable) as caught:
        Pkcs11Kek(Place.parsed(uri_text))
    assert caught.value.code == code
