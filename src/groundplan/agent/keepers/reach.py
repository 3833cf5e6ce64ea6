"""How a sink is reached: what its secret says, and letters posted that way."""

import gzip
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from groundplan.operations.observe.sinks.form import Letter, Said
from groundplan.operations.observe.sinks.sender import AwayError

SEND_SECONDS = 10.0
SMALL_BYTES = 1000  # what is packed becomes no smaller
LEVEL = 1  # twice as fast as 6, and a sixth larger
NO_GZIP = 415
_CA, _PROXY, _GZIP = "ca=", "proxy=", "gzip="
_OPTIONS = (_CA, _PROXY, _GZIP)
_SCHEMES = ("http://", "https://")


class Unusable(Exception):
    """A secret that leads nowhere; the sentence names no word of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """An address, and what it takes to get there. `ca`: the certificates of an authority of one's
    own, as text, so that new ones are noticed."""

    url: str
    token: str = field(default="", repr=False)
    ca: str = ""
    proxy: str = field(default="", repr=False)
    is_packed: bool = True


def reach(secret: str, folder: Path) -> Reach:
    """What the words of a secret say: an address, maybe a token, `ca=FILE`, `proxy=ADDRESS`,
    `gzip=no`. Files are looked for beside it."""
    url, *words = secret.split() or [""]
    if not url.startswith(_SCHEMES):
        raise Unusable("holds no address that starts with http:// or https://")
    said = {name: word[len(name) :] for word in words for name in _OPTIONS if word.startswith(name)}
    proxy = said.get(_PROXY, "")
    if _PROXY in said and not proxy.startswith(_SCHEMES):
        raise Unusable("names a proxy that does not start with http:// or https://")
    if said.get(_GZIP, "no") not in ("no", "yes"):
        raise Unusable("says neither gzip=no nor gzip=yes")
    tokens = [word for word in words if not word.startswith(_OPTIONS)]
    return Reach(
        url=url,
        token=tokens[0] if tokens else "",
        ca=_certificates(folder / said[_CA]) if _CA in said else "",
        proxy=proxy,
        is_packed=said.get(_GZIP) != "no",
    )


def _certificates(path: Path) -> str:
    try:
        text = path.read_text()
        ssl.create_default_context(cadata=text)
    except (OSError, UnicodeError) as error:  # what is no certificate is an OSError, too
        what = error.strerror if isinstance(error, OSError) else ""
        why = f"names {path} as ca, which holds no certificate: {what or error}"
        raise Unusable(why) from error
    return text


def client(found: Reach) -> httpx.Client:
    """Connections to it. What the environment says of proxies plays no part: a part has none."""
    trusted: ssl.SSLContext | bool = True
    if found.ca:
        trusted = ssl.create_default_context()
        trusted.load_verify_locations(cadata=found.ca)
    return httpx.Client(
        timeout=SEND_SECONDS,
        follow_redirects=False,
        trust_env=False,
        verify=trusted,
        proxy=found.proxy or None,
    )


def postman(line: httpx.Client, found: Reach) -> Callable[[Letter], Said]:
    """Posts letters, packed unless the sink said once that it takes none."""
    is_packed = found.is_packed

    def post(letter: Letter) -> Said:
        nonlocal is_packed
        if is_packed and len(letter.body) >= SMALL_BYTES:
            said = _post(line, letter, is_packed=True)
            if said.status != NO_GZIP:
                return said
            is_packed = False
        return _post(line, letter, is_packed=False)

    return post


def _post(line: httpx.Client, letter: Letter, *, is_packed: bool) -> Said:
    headers, body = dict(letter.headers), letter.body
    if is_packed:
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, LEVEL, mtime=0)
    try:
        answer = line.post(letter.url, content=body, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise AwayError(f"it is not reached: {_why(error)}") from error
    after = answer.headers.get("Retry-After", "")
    return Said(status=answer.status_code, body=answer.content, retry_after=after)


def _why(error: Exception) -> str:
    """Without an address: that may hold a secret."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "its certificate is not trusted; add ca=FILE to its secret"
    if isinstance(error, httpx.ProxyError):
        return "the proxy lets nothing through"
    return type(error).__name__
