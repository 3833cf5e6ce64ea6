"""Fills the templates beside this module. Their marks look like %{this}; nginx's own are $that."""

import hashlib
from importlib.resources import files
from pathlib import Path
from string import Template

from groundplan.design.parts import Edge, Gate, Waf

MODULE = Path("/usr/lib/nginx/modules/ngx_http_modsecurity_module.so")
RULES = Path("/usr/share/modsecurity-crs/rules")
_KEPT_CONNECTIONS = 256  # to each gateway and worker


class _Marked(Template):
    delimiter = "%"


def nginx_conf(edge: Edge, *, user: str | None) -> str:
    """The whole of nginx's configuration. `user` is who its workers become when we are root."""
    return _rendered(edge, user=user, version=version(edge))


def version(edge: Edge) -> str:
    """What the edge answers once it runs with these facts."""
    text = _rendered(edge, user=None, version="") + waf_conf(edge)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def waf_conf(edge: Edge) -> str:
    """ModSecurity's rules, for what the platform asks to be inspected."""
    wanted = [
        "REQUEST-901-INITIALIZATION.conf",
        *(["REQUEST-941-APPLICATION-ATTACK-XSS.conf"] if edge.waf.xss else []),
        *(["REQUEST-942-APPLICATION-ATTACK-SQLI.conf"] if edge.waf.sqli else []),
        "REQUEST-949-BLOCKING-EVALUATION.conf",
    ]
    rules = "\n".join(f"Include {RULES / name}" for name in wanted)
    return _template("waf.conf").substitute(name=edge.name, rules=rules)


def run_script(edge: Edge, *, nginx: Path) -> str:
    """The script that starts nginx where a killed one may have left workers."""
    return _template("run.sh").substitute(name=edge.name, nginx=nginx)


def inspects(waf: Waf) -> bool:
    """Whether requests are looked into at all."""
    return waf.sqli or waf.xss


def _rendered(edge: Edge, *, user: str | None, version: str) -> str:
    facts = {
        "name": edge.name,
        "head": _head(edge, user),
        "regions": "\n".join(f"        {gate.region} {gate.region};" for gate in edge.gates),
        "default_region": edge.gates[0].region,
        "gates": "\n".join(_gate(gate, edge.gates) for gate in edge.gates),
        "limit": _limit(edge.waf),
        "limited": _limited(edge.waf),
        "inspection": _inspection(edge.waf),
        "address": edge.address,
        "port": edge.port,
        "version": version,
    }
    return _template("nginx.conf").substitute(facts)


def _template(name: str) -> _Marked:
    return _Marked((files(__package__) / name).read_text())


def _head(edge: Edge, user: str | None) -> str:
    lines = [f"load_module {MODULE};"] if inspects(edge.waf) else []
    lines += [f"user {user};"] if user else []
    return "\n".join(lines)


def _gate(gate: Gate, gates: tuple[Gate, ...]) -> str:
    """A region's own gateway first; the others stand in while it fails, two seconds at a time."""
    others = (other for other in gates if other != gate)
    servers = [f"server {gate.address}:{gate.port} max_fails=1 fail_timeout=2s;"]
    servers += [
        f"server {other.address}:{other.port} max_fails=1 fail_timeout=2s backup;"
        for other in others
    ]
    lines = [
        "zone gates 256k;",
        *servers,
        f"keepalive {_KEPT_CONNECTIONS};",
        "keepalive_requests 1000000;",
    ]
    body = "".join(f"        {line}\n" for line in lines)
    return f"    upstream gate_{gate.region} {{\n{body}    }}"


def _inspection(waf: Waf) -> str:
    if inspects(waf):
        return _template("inspection.conf").template
    return "    map $region $door {\n        default gate_$region;\n    }\n"


def _limit(waf: Waf) -> str:
    """A leaky bucket: all requests of a period at once, then one whenever its share has passed.

    So a client gets at most twice the limit within one period, and the limit in each later one.
    nginx counts in whole requests per minute; a limit below that is rounded up to one.
    """
    if not waf.rate_requests:
        return ""
    per_minute = max(1, round(waf.rate_requests * 60 / waf.rate_seconds))
    return f"""\
    # {waf.rate_requests} requests per {waf.rate_seconds} s for each client. Nobody is limited who
    # comes from this machine without an X-Forwarded-For: load tests, probes, drills.
    geo $limited {{
        default 1;
        127.0.0.0/8 0;
    }}
    map $limited $limited_client {{
        1 $binary_remote_addr;
    }}
    limit_req_zone $limited_client zone=clients:16m rate={per_minute}r/m;
    limit_req_status 429;
    limit_req_log_level info;  # the access log has them
"""


def _limited(waf: Waf) -> str:
    if not waf.rate_requests:
        return ""
    burst = waf.rate_requests - 1  # besides the first; nginx refuses to be told 0
    at_once = f" burst={burst} nodelay" if burst else ""
    return f"            limit_req zone=clients{at_once};"
