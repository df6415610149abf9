import pickle
import stat
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from inspection.access.secret import Secret, secret_of
from inspection.access.signed import Signer
from inspection.errors import SettingUnusable, StoreUnusable

GOOD = "0123456789abcdef" * 2
OTHER = "fedcba9876543210" * 2


def test_a_secret_shows_nothing_of_itself():
    secret = Secret(f"{GOOD} {OTHER}")
    for said in (
        repr(secret),
        str(secret),
        f"{secret}",
        repr(secret.derived("link")),
        repr(Signer(secret, "x")),
    ):
        assert GOOD not in said
        assert GOOD[:8] not in said
        assert secret.derived("link")[0].key.hex() not in said
        assert repr(secret.derived("link")[0].key) not in said
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize(
    "text", ["", "   ", "short", GOOD[:31], f"{GOOD} short", f"{GOOD} {OTHER} {GOOD}", "a" * 64]
)
def test_a_secret_that_protects_nothing_is_refused_without_repeating_it(text):
    with pytest.raises(SettingUnusable) as refused:
        Secret(text)
    assert "INSPECTION_SECRET" in str(refused.value)
    assert not text.strip() or text.strip() not in str(refused.value)


def test_each_purpose_has_a_key_of_its_own():
    made = {key.key for purpose in ("link", "session", "form") for key in Secret(GOOD).derived(purpose)}
    assert len(made) == 3
    assert all(len(key) == 32 for key in made)


def test_keys_are_those_of_hkdf():
    """RFC 5869, as `cryptography` computes it."""
    there = HKDF(SHA256(), length=32, salt=None, info=b"inspection/link").derive(GOOD.encode())
    assert Secret(GOOD).derived("link")[0].key == there


def test_what_the_older_secret_signed_holds_and_the_newer_one_signs():
    before, both, after = Secret(GOOD), Secret(f"{OTHER} {GOOD}"), Secret(OTHER)
    old = Signer(before, "x").sign(b"hello")
    assert Signer(both, "x").said(old) == b"hello"
    assert Signer(after, "x").said(old) is None
    new = Signer(both, "x").sign(b"hello")
    assert Signer(after, "x").said(new) == b"hello"
    assert Signer(before, "x").said(new) is None


def test_what_was_signed_for_another_purpose_is_refused():
    assert Signer(Secret(GOOD), "session").said(Signer(Secret(GOOD), "link").sign(b"hello")) is None


@given(st.binary(max_size=80))
def test_what_is_signed_is_read_again(said):
    signer = Signer(Secret(GOOD), "x")
    assert signer.said(signer.sign(said)) == said


def test_every_character_of_a_token_counts():
    signer = Signer(Secret(GOOD), "x")
    for said in (b"a", b"ab", b"abc"):  # with and without spare bits at the end
        token = signer.sign(said)
        for at, character in enumerate(token):
            for other in "AQgw_-":
                if other != character:
                    assert signer.said(token[:at] + other + token[at + 1 :]) is None
        assert signer.said(token + "=") is None
        assert signer.said(token + "A") is None
        assert signer.said(token[:-1]) is None


@given(st.text(max_size=200))
def test_any_text_is_read_without_trouble(text):
    assert Signer(Secret(GOOD), "x").said(text) is None


def test_without_one_given_it_is_made_once_and_only_we_may_read_it(folder):
    first = secret_of(None, folder)
    file = folder / "secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text()) == 64
    assert secret_of(None, folder).derived("x") == first.derived("x")
    assert [one.name for one in folder.iterdir()] == ["secret"]
    assert secret_of(GOOD, folder).derived("x") == Secret(GOOD).derived("x")


def test_processes_that_start_at_once_agree_on_one(folder):
    told = (
        "import sys; from pathlib import Path; from inspection.access.secret import secret_of;"
        "sys.stdin.readline(); print(secret_of(None, Path(sys.argv[1])).derived('x')[0].key.hex())"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", told, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for one in running:
        one.stdin.write("go\n")
        one.stdin.flush()
    assert len({one.communicate(timeout=60)[0] for one in running}) == 1
    assert [one.name for one in folder.iterdir()] == ["secret"]


def test_a_secret_that_others_may_read_is_refused(folder):
    secret_of(None, folder)
    (folder / "secret").chmod(0o644)
    with pytest.raises(StoreUnusable, match="chmod 600"):
        secret_of(None, folder)


@pytest.mark.parametrize("kept", [b"", b"short", b"\xff\xfe" * 40])
def test_a_broken_file_is_no_secret(folder, kept):
    folder.mkdir()
    (folder / "secret").write_bytes(kept)
    (folder / "secret").chmod(0o600)
    with pytest.raises((StoreUnusable, SettingUnusable)):
        secret_of(None, folder)
