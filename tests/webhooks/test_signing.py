"""Signatures that receivers' own libraries accept."""

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from inspection.errors import SettingUnusable
from inspection.webhooks.signing import Signer, hkdf, signature

BODY = b'{"id":"e1"}'


def signed(signer, versions, webhook_id="w1"):
    now = int(datetime.now(UTC).timestamp())
    return signer.headers(webhook_id, versions, event_id="e1", timestamp=now, body=BODY)


@pytest.fixture
def signer():
    return Signer((b"k" * 32,))


def test_the_specification_s_own_example_is_signed_as_it_says():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    told = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    assert signature(secret, told) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secrets_are_derived_as_rfc_5869_derives_them():
    """Its test case 1, whose first 32 bytes are one block."""
    made = hkdf(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)))
    assert made.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"


def test_a_receiver_s_own_library_accepts_the_signature(signer):
    assert Webhook(signer.shown("w1", 1)).verify(BODY, signed(signer, [1])) == {"id": "e1"}


def test_during_a_rotation_the_old_secret_and_the_new_one_are_both_good(signer):
    headers = signed(signer, [2, 1])
    for version in (1, 2):
        Webhook(signer.shown("w1", version)).verify(BODY, headers)


@pytest.mark.parametrize(("webhook_id", "version"), [("w2", 1), ("w1", 2), ("w1:1", 1)])
def test_no_other_endpoint_s_and_no_other_version_s_secret_fits(signer, webhook_id, version):
    with pytest.raises(WebhookVerificationError):
        Webhook(signer.shown(webhook_id, version)).verify(BODY, signed(signer, [1]))


def test_a_changed_body_is_found_out(signer):
    with pytest.raises(WebhookVerificationError):
        Webhook(signer.shown("w1", 1)).verify(BODY + b" ", signed(signer, [1]))


def test_while_the_service_s_own_secret_is_replaced_both_sign_and_the_new_one_is_shown():
    old, new = Signer((b"k" * 32,)), Signer((b"n" * 32,))
    both = Signer((b"n" * 32, b"k" * 32))
    assert both.shown("w1", 1) == new.shown("w1", 1) != old.shown("w1", 1)
    for signer in (old, new):
        Webhook(signer.shown("w1", 1)).verify(BODY, signed(both, [1]))


@pytest.mark.parametrize("keys", [(), (b"too short",), (b"k" * 32, b"too short")])
def test_a_short_service_secret_is_refused(keys):
    with pytest.raises(SettingUnusable):
        Signer(keys)


def test_no_secret_is_ever_printed():
    assert "kkk" not in repr(Signer((b"k" * 32,)))
