"""Parameters of a request, checked as GitLab's API checks them; those that it does not declare are ignored.

The texts of its errors: https://docs.gitlab.com/api/rest/troubleshooting/#status-code-400
"""

import dataclasses
from collections.abc import Callable

from flask import request


class Refusal(Exception):
    """An answer other than the one that was asked for."""

    def __init__(self, status: int, body: dict) -> None:
        super().__init__(body)
        self.status = status
        self.body = body


def error(text: str, status: int = 400) -> Refusal:
    """What the API itself refuses, before any model is asked."""
    return Refusal(status, {"error": text})


def message(text: str | dict, status: int) -> Refusal:
    """What GitLab's models or permissions refuse."""
    return Refusal(status, {"message": text})


@dataclasses.dataclass
class Parameter:
    type: Callable[[object], object]
    required: bool = False
    values: tuple[str, ...] = ()
    default: object = None


def declared(**parameters: Parameter) -> dict:
    """The declared parameters that the request has, by name."""
    given = sent()
    found = {}
    for name, parameter in parameters.items():
        if name not in given or given[name] is None:
            if parameter.required:
                raise error(f"{name} is missing")
            if parameter.default is not None:
                found[name] = parameter.default
            continue
        try:
            value = parameter.type(given[name])
        except (TypeError, ValueError, KeyError):
            raise error(f"{name} is invalid") from None
        if parameter.values and value not in parameter.values:
            raise error(f"{name} does not have a valid value")
        found[name] = value
    return found


def at_least_one(found: dict, names: list[str]) -> None:
    if not any(name in found for name in names):
        raise error(f"{', '.join(names)} are missing, at least one parameter must be provided")


def sent() -> dict:
    """The query and the body, which may be JSON or a form."""
    given: dict = {}
    for name in request.args:
        given[name.removesuffix("[]")] = request.args.getlist(name) if name.endswith("[]") else request.args[name]
    if request.method in ("POST", "PUT") and request.get_data():
        if request.mimetype == "application/json":
            body = request.get_json(silent=True)
            if not isinstance(body, dict):
                raise error("Problems parsing JSON")
            given |= body
        elif request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
            given |= request.form.to_dict()
        else:
            raise error(f"The provided content-type '{request.mimetype}' is not supported.", 415)
    return given


def text(value: object) -> str:
    if not isinstance(value, str | int | float):
        raise TypeError
    return str(value)


def integer(value: object) -> int:
    if isinstance(value, bool | float):
        raise TypeError
    return int(value)


def boolean(value: object) -> bool:
    """As Grape reads them: clients in Python send `True`."""
    known = {"true": True, "1": True, "false": False, "0": False}
    if not isinstance(value, bool | str | int):
        raise TypeError
    return known[str(value).lower()]


def comma_separated(value: object) -> list[str]:
    """A text with commas, or a list of such texts."""
    texts = value if isinstance(value, list) else [value]
    return [name.strip() for item in texts for name in text(item).split(",") if name.strip()]


def integers(value: object) -> list[int]:
    if isinstance(value, int):
        value = [value]
    return [integer(item) for item in (value if isinstance(value, list) else text(value).split(","))]
