"""Which requests the server answers at all, and what its answers let a browser do: a layer around every route.

A page elsewhere can point a name of its own at this server (DNS rebinding), or send requests from another port of the
same machine; both carry the other name in ``Host`` or ``Origin``. Only the server's own names are answered, the
WebSocket and the upload included. Answers allow no framing by others, no guessing of types and no request to
anywhere else.
"""

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.settings import settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_EVERY_ADDRESS = ("", "0.0.0.0", "::")
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_MOST = 120
"""Characters of a stranger's name that a refusal repeats."""

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Streamlit and Plotly make functions at run time, and components arrive as scripts of the page.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "connect-src 'self' data: blob:",
        "frame-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
"""What a page of ours may load, and from where: nothing that this server does not send."""

_HEADERS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"))


class Perimeter:
    """ASGI middleware that refuses strangers and says in every answer what a browser may do with it."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request, or refuse it in a sentence."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = refusal(scope)
        if refused and scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        elif refused:
            await _refuse(send, refused)
        elif scope["type"] == "http":
            await self._app(scope, receive, lambda message: send(_guarded(message)))
        else:
            await self._app(scope, receive, send)


def refusal(scope: "Scope") -> str:
    """Why a request is not answered, in a sentence; empty where it is."""
    hosts = _values(scope, b"host")
    own = own_hosts(scope)
    if "*" in own:
        return ""
    scheme = str(scope.get("scheme", "http"))
    # A proxy that speaks TLS forwards plain HTTP: a name without a port is then that of either scheme.
    if len(hosts) != 1 or not _is_own(hosts[0], scheme, own):
        shown = ", ".join(hosts)[:_MOST] or "no name"
        return (
            f"This server does not answer to {shown!r}. Open it under {_first(own)}, or let its operator add the name "
            "to ANOMALENS_HOSTS."
        )
    for origin in _values(scope, b"origin"):
        parts = _split(origin)
        if parts is None or not _is_own(parts.netloc, parts.scheme, own):
            return (
                f"This server takes no requests from pages of {origin[:_MOST]!r}. Open its own page under "
                f"{_first(own)}, or let its operator add the name to ANOMALENS_HOSTS."
            )
    return ""


def own_hosts(scope: "Scope") -> tuple[str, ...]:
    """The names, with their ports, that this server answers to: its own machine's, then the operator's."""
    from streamlit import config

    address, port = scope.get("server") or ("", None)
    names = [*_LOOPBACK]
    said = str(config.get_option("server.address") or "")
    for name in (said, str(address)):
        written = f"[{name}]" if _is_v6(name) else name
        if name not in _EVERY_ADDRESS and not name.startswith(("/", "unix:")) and written not in names:
            names.append(written)
    own = [f"{name}:{port}" for name in names] if port is not None else names
    return (*own, *(host.lower() for host in settings().hosts))


def allow_no_lookup() -> None:
    """Keep Streamlit from asking others for this machine's addresses.

    It would do so for the origin of every WebSocket that it does not know, to let pages of these addresses in.
    """
    from streamlit import net_util

    net_util.get_external_ip = net_util.get_internal_ip = lambda: None


def _is_own(netloc: str, scheme: str, own: tuple[str, ...]) -> bool:
    said = netloc.lower()
    parts = _split(f"//{said}")
    # No names before an @, no path: only what a browser would send.
    if parts is None or not parts.hostname or parts.netloc != said or "@" in said:
        return False
    if said in own:
        return True
    written = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port is None:
        return f"{written}:{_DEFAULT_PORTS.get(scheme, 80)}" in own
    return parts.port == _DEFAULT_PORTS.get(scheme) and written in own


def _split(address: str) -> Any:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return None
    return parts


def _is_v6(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).version == 6
    except ValueError:
        return False


def _values(scope: "Scope", name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _first(own: tuple[str, ...]) -> str:
    return f"http://{own[0]}"


def _guarded(message: "Message") -> "Message":
    """An answer with the headers that hold for all; a route's own word comes before ours."""
    if message["type"] != "http.response.start":
        return message
    headers = list(message.get("headers", ()))
    known = {key.lower() for key, _ in headers}
    headers += [header for header in _HEADERS if header[0] not in known]
    if b"content-security-policy" not in known:
        headers.append((b"content-security-policy", CONTENT_POLICY.encode()))
    return {**message, "headers": headers}


async def _refuse(send: "Send", sentence: str) -> None:
    body = sentence.encode("utf-8", errors="replace")
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *_HEADERS,
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
