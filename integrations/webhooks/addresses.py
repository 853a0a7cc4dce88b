"""Where a webhook may go: the name is resolved once, every address it has is judged, and the connection
is made to the address that was judged. A name that changes its mind in between gains nothing."""

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(Exception):
    """The address must not be asked; the message says why."""


def check_url(url: str) -> None:
    """What can be said of an address without asking anybody. Raises `Forbidden`."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise Forbidden(_("This is no address.")) from None
    is_http_allowed = settings.WEBHOOK_ALLOW_PRIVATE
    if parts.scheme not in (("http", "https") if is_http_allowed else ("https",)):
        raise Forbidden(_("The address has to begin with https://."))
    if not host:
        raise Forbidden(_("The address names no host."))
    if parts.username or parts.password:
        raise Forbidden(_("The address must not hold a user or a password."))
    if parts.fragment:
        raise Forbidden(_("The address must not hold a #fragment: it would never be sent."))
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return
    _judge(literal)


def resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    """The addresses of `host`, all of them public. Raises `Forbidden`, or `OSError` without any."""
    found = []
    for family, _type, _proto, _name, place in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        text = str(place[0])
        _judge(ipaddress.ip_address(text.split("%")[0]))
        found.append((socket.AddressFamily(family), text))
    if not found:
        raise Forbidden(_("This name has no address."))
    return found


def _judge(address: Address) -> None:
    if settings.WEBHOOK_ALLOW_PRIVATE:
        return
    if not is_public(address):
        raise Forbidden(
            _("%(address)s is in a private network. Set WEBHOOK_ALLOW_PRIVATE to allow such.")
            % {"address": address}
        )


def is_public(address: Address) -> bool:
    """Whether it is out in the internet: not private, loopback, link-local, shared, multicast or
    reserved, and neither is what an IPv6 address wraps."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
