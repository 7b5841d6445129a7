"""Pages and the headers that lead through them: https://docs.gitlab.com/api/rest/#pagination"""

import base64
import json
import math
from collections.abc import Callable
from urllib.parse import urlencode

from flask import Response, jsonify, request

from gitlab.parameters import Parameter, declared, error, integer, text

MOST_PER_PAGE = 100


def paginated(items: list, keyset: bool = False, shown: Callable = lambda item: item) -> Response:
    """One page; by keyset where the resource allows it and the request asks for it. Only a page's items are shown."""
    found = declared(
        page=Parameter(integer, default=1),
        per_page=Parameter(integer, default=20),
        pagination=Parameter(text, values=("legacy", "keyset"), default="legacy"),
        cursor=Parameter(text),
    )
    if found["per_page"] == 0:
        raise error("per_page can not be 0")
    size = min(found["per_page"], MOST_PER_PAGE)
    if found["pagination"] == "keyset":
        if not keyset:
            raise error("Keyset pagination is not yet available for this type of request", 405)
        return by_keyset(items, size, found.get("cursor"), shown)
    return by_offset(items, max(found["page"], 1), size, shown)


def by_offset(items: list, page: int, size: int, shown: Callable) -> Response:
    pages = max(math.ceil(len(items) / size), 1)
    response = jsonify([shown(item) for item in items[(page - 1) * size : page * size]])
    previous, following = page - 1 if page > 1 else "", page + 1 if page < pages else ""
    response.headers |= {
        "X-Next-Page": str(following),
        "X-Page": str(page),
        "X-Per-Page": str(size),
        "X-Prev-Page": str(previous),
        "X-Total": str(len(items)),
        "X-Total-Pages": str(pages),
    }
    targets = {"prev": previous, "next": following, "first": 1, "last": pages}
    links = [link(relation, page=target, per_page=size) for relation, target in targets.items() if target]
    response.headers["Link"] = ", ".join(links)
    return response


def by_keyset(items: list, size: int, cursor: str | None, shown: Callable) -> Response:
    after = 0
    if cursor:
        try:
            after = int(json.loads(base64.urlsafe_b64decode(cursor))["id"])
        except (ValueError, KeyError, TypeError):
            raise error("cursor is invalid") from None
    rest = items[next((index + 1 for index, item in enumerate(items) if shown(item)["id"] == after), 0) :]
    page = [shown(item) for item in rest[:size]]
    response = jsonify(page)
    if len(rest) > size:
        key = json.dumps({"id": str(page[-1]["id"]), "_kd": "n"})
        following = base64.urlsafe_b64encode(key.encode()).decode()
        response.headers["Link"] = link("next", cursor=following)
        response.headers["X-Next-Cursor"] = following
    return response


def link(relation: str, **parameters: object) -> str:
    query = request.args.to_dict(flat=False) | {name: [value] for name, value in parameters.items()}
    return f'<{request.base_url}?{urlencode(query, doseq=True)}>; rel="{relation}"'
