"""A stand-in for GitLab, for the demo and the tests: it signs the jobs' JWTs, keeps issues and notes, and
knows projects, groups and environments.

Each module beside this one is one part of GitLab, as a Flask blueprint.
"""

import contextlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from gitlab.control import Control
from gitlab.id_tokens import IdTokens
from gitlab.rest import Rest
from gitlab.store import Store


@contextlib.contextmanager
def serve(issuer: str) -> Iterator[dict]:
    """Runs on a free loopback port, and says where."""
    app = Flask("gitlab")
    store = Store()
    control = Control(store)
    control.watch(app)
    for part in (IdTokens(issuer), Rest(store), control):
        app.register_blueprint(part.blueprint())
    app.wsgi_app = with_encoded_slashes(app.wsgi_app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietRequestHandler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield {
            "url": url,
            "jwks_url": f"{url}/-/jwks",
            "id_token_url": f"{url}/test/id_token",
            "issuer": issuer,
            "api_url": f"{url}/api/v4",
            "projects_url": f"{url}/test/projects",
        }
    finally:
        server.shutdown()


def with_encoded_slashes(app: Callable) -> Callable:
    """Leaves `%2F` in a path as it is: `/projects/group%2Fproject` has two segments."""

    def wrapped(environ: dict, start_response: Callable) -> Iterable[bytes]:
        raw = environ.get("RAW_URI", "").partition("?")[0]
        if "%2f" in raw.lower():
            environ["PATH_INFO"] = unquote(re.sub("%2f", "%252F", raw, flags=re.IGNORECASE))
        return app(environ, start_response)

    return wrapped


class QuietRequestHandler(WSGIRequestHandler):
    """Leaves standard error to failures."""

    def log(self, *_message: object) -> None:
        pass
