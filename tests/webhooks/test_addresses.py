"""Where a webhook may lead, and all the ways to write where it may not."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.webhooks.addresses import AddressRefused, AddressRules, is_public

PUBLIC = AddressRules()


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://shop.example/hooks", "https://shop.example/hooks"),
        ("HTTPS://Shop.Example:443", "https://shop.example/"),
        ("https://shop.example.:8443/a?b=c", "https://shop.example:8443/a?b=c"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://ｓｈｏｐ。example/", "https://shop.example/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:4700:0::1111]/", "https://[2606:4700:4700::1111]/"),
    ],
)
def test_addresses_on_the_internet_are_taken_in_one_spelling(url, normal):
    assert PUBLIC.target(url).url == normal


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "javascript:alert(1)",
        "//shop.example/",
        "shop.example",
        "",
        "https://",
        "https:///path",
        "https://shop.example:22/",
        "https://shop.example:0/",
        "https://shop.example:/",
        "https://shop.example:99999/",
        "https://shop.example:4430000000000000000000/",
        "https://user@shop.example/",
        "https://user:password@shop.example/",
        "https://shop.example@127.0.0.1/",
        "https://shop.example\\@127.0.0.1/",
        "https://shop.example#@127.0.0.1/",
        "https://shop.example/a b",
        "https://shop.example/\r\nHost: inside",
        "https://shop\t.example/",
        "https://shop.example/ü",
        "https://shop.example/\x00",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 150 + "example/",
        "https://shop..example/",
        "https://shop.example../",
        "https://-shop.example/",
        "https://sho%70.example/",
        "https://localhost/",
        "https://intranet/",
        "https://xn--zzzzzzzzzzzz\u00ad/",
        "https://shop.example/" + "a" * 2000,
    ],
)
def test_what_is_no_plain_public_address_is_refused(url):
    with pytest.raises(AddressRefused):
        PUBLIC.target(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "0", "0x",
        "127。0。0。1", "１２７.0.0.1", "①②⑦.0.0.1", "1.2.3.4.5", "999.1.1.1", "8.8.8.08",
        "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.100.100.200",
        "169.254.169.254", "168.63.129.16", "192.0.0.192", "198.18.0.1", "192.0.2.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "0.0.0.0",  # noqa: S104
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]",
        "[fe80::1%25eth0]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2002:7f00:1::]", "[2001:0:1::1]",
        "[2001:db8::1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::808:808]", "[100::1]",
        "[3fff::1]", "[5f00::1]", "[v1.x]", "[", "]", "[]", "[8.8.8.8]",
    ],
)  # fmt: skip
def test_a_private_address_is_refused_however_it_is_written(host):
    with pytest.raises(AddressRefused):
        PUBLIC.target(f"https://{host}/")


@given(st.ip_addresses())
def test_nothing_is_public_that_the_standard_library_calls_private(address):
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        mapped = getattr(address, "ipv4_mapped", None)
        assert not is_public(address) or (mapped is not None and is_public(mapped))


@given(st.ip_addresses(v=4))
def test_an_address_wrapped_in_another_is_as_public_as_it_was(address):
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_public(ipaddress.IPv6Address(wrapped)) == is_public(address)


@given(st.text(max_size=60))
def test_whatever_is_written_is_taken_in_one_spelling_or_refused(text):
    for url in (text, f"https://{text}", f"https://{text}/", f"https://shop.example/{text}"):
        try:
            target = PUBLIC.target(url)
        except AddressRefused:
            continue
        assert PUBLIC.target(target.url) == target
        assert target.url.isascii()


def test_a_private_host_is_called_where_an_operator_named_it_and_there_alone():
    rules = AddressRules(frozenset({"127.0.0.1:8080", "hooks.internal"}))
    assert rules.target("http://127.0.0.1:8080/x").scheme == "http"
    assert rules.may_reach("hooks.internal", 80, "10.0.0.7")
    for url in ("http://127.0.0.1:8081/", "http://127.0.0.2:8080/", "http://other.internal/"):
        with pytest.raises(AddressRefused):
            rules.target(url)
    assert not rules.may_reach("other.internal", 80, "10.0.0.7")


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.1.1.1", "168.63.129.16", "224.0.0.1"],
)
def test_not_even_a_named_host_leads_to_a_metadata_service(address):
    assert not AddressRules(frozenset({"hooks.internal"})).may_reach("hooks.internal", 80, address)


@pytest.mark.parametrize("address", ["", "shop.example", "fe80::1%eth0", "2606:4700::1%eth0", "1.2.3"])
def test_what_a_name_server_answers_has_to_be_an_address(address):
    assert not PUBLIC.may_reach("shop.example", 443, address)
