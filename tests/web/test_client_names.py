"""Who asks: the connection's address, or, behind a trusted proxy, the one it forwards for."""

from __future__ import annotations

import pytest

from prossima.web.clients import Clients


@pytest.mark.parametrize(
    ("peer", "forwarded", "name"),
    [
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("8.8.8.8", "1.2.3.4", "8.8.8.8"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("10.0.0.1", "2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "nonsense", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_trusted_proxy(peer: str, forwarded: str, name: str) -> None:
    assert Clients(["10.0.0.0/8"]).name(peer, forwarded) == name


def test_nobody_is_believed_who_is_not_trusted() -> None:
    assert Clients([]).name("10.0.0.1", "1.2.3.4") == "10.0.0.1"
