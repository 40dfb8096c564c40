"""What a URL says about identity: whose machine it is on, and which other spellings mean the same page."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

# Under these a registry sells names, so the name that somebody owns has three labels (a.co.uk, b.com.ua).
_SECOND_LEVELS = """
ac asso co com edu firm gen go gob gouv gov id in info k12 kh kharkov kherson kiev kr kyiv lg ltd lviv me mil muni ne
net nic nom od odessa or org plc pp sch school sumy te web
"""
_SHARED_SECOND_LEVELS = frozenset(_SECOND_LEVELS.split())
_TWO_LETTERS = 2

_TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "at_", "stm_", "__hs", "vero_", "oly_")
_TRACKING_NAMES = """
_branch_match_id _ga _gl _hsenc _hsmi _openstat campaign_id cmp cmpid dclid echobox fb_action_ids fb_action_types fb_ref
fb_source fbclid feature_source gbraid gclid gclsrc guccounter guce_referrer guce_referrer_sig hsctatracking igsh igshid
ito mc_cid mc_eid mkt_tok msclkid ncid ns_campaign ns_mchannel ns_source ocid ref_src ref_url rss rssfeed s_cid
sc_campaign sc_channel smid smtyp spm sref syndication traffic_source trk_contact trk_module trk_msg trk_sid ttclid
twclid wbraid wickedid wt.mc_id wt_mc xtor yclid ymclid ysclid
"""
_TRACKING = frozenset(_TRACKING_NAMES.split())
_AGGREGATORS = (
    *("news.google.com", "reddit.com", "redd.it", "apple.news", "flipboard.com", "newsbreak.com", "smartnews.com"),
    *("feedly.com", "inoreader.com", "news.ycombinator.com", "digg.com", "ground.news", "upday.com", "t.co"),
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ALIASES = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
_EVEN = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=~._-]*")
_AMP_PARAMETERS = {("amp", ""), ("amp", "1"), ("amp", "true"), ("outputtype", "amp")}
_AMP_PATH = re.compile(r"/amp(?:\.html)?/?$")


def host_key(url: str) -> str:
    """Return the key that politeness counts by: the registrable domain as far as it can be told, or the address.

    Guessed from the shape of the name, not from the public suffix list: a wrong guess only makes us slower.
    """
    host = (_split(url).hostname or "").rstrip(".")
    try:
        return str(ip_address(host))
    except ValueError:
        labels = host.split(".")
    shared = len(labels) > _TWO_LETTERS and len(labels[-1]) == _TWO_LETTERS and labels[-2] in _SHARED_SECOND_LEVELS
    return ".".join(labels[-3:] if shared else labels[-2:])


def canonical_url(url: str | None, *, feed_url: str = "") -> str:
    """Return the key under which spellings of one page meet, or "" when there is none. Never something to visit.

    The scheme becomes https. What does not count: case of the host, the default port, a leading www, m or amp, an AMP
    ending, the fragment, a trailing slash, tracking parameters and the order of the others. A parameter `ref` is
    tracking where it names the host of the feed, at `feed_url`.
    """
    parts = _split(url or "")
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return ""
    port = _port(parts)
    netloc = _ALIASES.sub("", _ascii(host)) + (f":{port}" if port and port not in _DEFAULT_PORTS.values() else "")
    path = _AMP_PATH.sub("", _even(parts.path)).rstrip("/")
    query = _telling(parts.query, _host(feed_url)) if parts.query else ""
    return f"https://{netloc}{path}" + (f"?{query}" if query else "")


def is_pointer(url: str | None) -> bool:
    """Tell whether this leads to somebody else's article: an aggregator's page is no source of its own."""
    host = (_split(url or "").hostname or "").rstrip(".")
    return any(host == name or host.endswith(f".{name}") for name in _AGGREGATORS)


def is_web(url: str) -> bool:
    """Tell whether this is an absolute http or https URL with a host."""
    parts = _split(url)
    return parts.scheme in _DEFAULT_PORTS and bool(parts.hostname)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        _ = parts.hostname
    except ValueError:
        return urlsplit("")
    return parts


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        return None


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _even(path: str) -> str:
    """Write a path's escapes in one way."""
    if _EVEN.fullmatch(path):
        return path
    return quote(unquote(path, errors="surrogateescape"), safe="/:@!$&'()*+,;=~-._", errors="surrogateescape")


def _telling(query: str, feed_host: str) -> str:
    """Return the parameters that say which page it is, in order."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode(sorted((name, value) for name, value in pairs if not _tracks(name, value, feed_host)))


def _host(url: str) -> str:
    return _ALIASES.sub("", (_split(url).hostname or "").rstrip("."))


def _tracks(name: str, value: str, feed_host: str) -> bool:
    lowered, said = name.lower(), value.lower()
    if lowered == "ref":
        return bool(feed_host) and _ALIASES.sub("", said) == feed_host
    is_amp = (lowered, said) in _AMP_PARAMETERS
    return is_amp or lowered in _TRACKING or lowered.startswith(_TRACKING_PREFIXES)
