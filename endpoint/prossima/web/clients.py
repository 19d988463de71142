"""Who asks, for the queue: an address, or the network of a household or office; never kept and never logged."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# One customer of a provider has a whole network of this length (RFC 6177).
_IPV6_CUSTOMER = 64


class Clients:
    """Tells clients apart. trusted: addresses or networks of proxies whose X-Forwarded-For is believed."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self.trusted = [ipaddress.ip_network(network, strict=False) for network in trusted]

    def name(self, peer: str, forwarded: str) -> str:
        """The client behind a connection. peer: the address at its other end. forwarded: X-Forwarded-For, in which
        the last address that is not a trusted proxy's is the client's."""
        if not self.trusted:
            return _customer(peer)
        client = peer
        for hop in reversed(forwarded.split(",")):
            if not self._is_trusted(client):
                break
            client = hop.strip() or client
        return _customer(client)

    def _is_trusted(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self.trusted)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


@lru_cache(maxsize=4096)
def _customer(address: str) -> str:
    parsed = _parsed(address)
    if parsed is None:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _IPV6_CUSTOMER), strict=False))
