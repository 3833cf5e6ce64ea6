"""The scripts of a route during a rollout: when its lease is over, and which side a user stays on.

Envoy picks the version by a number from 0 to 99 in a header, the new one from the top. The number
is the user's, in a cookie: as the new version's weight grows, users only move towards it.
"""

from groundplan.design.routes import Route

LEASE_HEADER = "x-groundplan-lease"
HEADER = "x-groundplan-side"
_NOTES = "groundplan"  # of a request, from its way in to its way out


def script(route: Route, *, keeps: bool) -> str:
    """What is done with a request of a route with a lease; `keeps` where a cookie counts."""
    keeps = keeps and bool(route.ways.cookie)
    return _request(route, keeps=keeps) + (_kept(route) if keeps else "")


def _request(route: Route, *, keeps: bool) -> str:
    """The dead man's switch: past its end a request looks for its route again, as one without."""
    return (
        "function envoy_on_request(handle)\n"
        f"  if os.time() >= {route.lease_until} then\n"
        f'    handle:headers():replace("{LEASE_HEADER}", "over")\n'
        "    handle:clearRouteCache()\n"
        "    return\n"
        "  end\n"
        f"{'  keep(handle)' if keeps else ''}\n"
        "end\n"
    )


def _kept(route: Route) -> str:
    """A user's number: from the cookie, else from the request's random id; then it is a cookie.

    The route is looked for again with it. On the way out the cookie is set, once.
    """
    name = "".join(sign if sign.isalnum() else f"%{sign}" for sign in route.ways.cookie)
    return (
        "function keep(handle)\n"
        '  local cookies = "; " .. (handle:headers():get("cookie") or "")\n'
        f'  local user = string.match(cookies, "; {name}=(%d%d?)")\n'
        "  if user == nil then\n"
        '    local id = handle:headers():get("x-request-id") or ""\n'
        '    local six = string.match(id, "^%x%x%x%x%x%x")\n'
        "    user = tostring(six and tonumber(six, 16) % 100 or math.random(0, 99))\n"
        f'    handle:streamInfo():dynamicMetadata():set("{_NOTES}", "user", user)\n'
        "  end\n"
        f'  handle:headers():replace("{HEADER}", user)\n'
        "  handle:clearRouteCache()\n"
        "end\n"
        "function envoy_on_response(handle)\n"
        f'  local told = handle:streamInfo():dynamicMetadata():get("{_NOTES}")\n'
        "  if told and told.user then\n"
        f'    handle:headers():add("set-cookie", "{route.ways.cookie}=" .. told.user ..\n'
        f'      "; Path=/; Max-Age={route.ways.cookie_seconds}; HttpOnly; SameSite=Lax")\n'
        "  end\n"
        "end\n"
    )
