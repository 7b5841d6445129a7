"""GitLab's REST API, as far as it is used: https://docs.gitlab.com/api/rest/"""

from collections.abc import Callable

from flask import Blueprint, Response, g, jsonify, request

from gitlab.access import Access
from gitlab.directory import Directory
from gitlab.discussions import Discussions
from gitlab.issues import Issues
from gitlab.notes import Notes
from gitlab.paging import paginated
from gitlab.parameters import Parameter, Refusal, declared, error, text
from gitlab.settings import Settings
from gitlab.store import Store


class Rest:
    """The API over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._access = Access(store)

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("rest", __name__, url_prefix="/api/v4")
        issues, notes = Issues(self._store, self._access), Notes(self._store, self._access)
        discussions = Discussions(self._store, self._access, notes)
        directory, settings = Directory(self._store, self._access), Settings(self._access)
        for method, path, view in (
            ("GET", "/user", self.current_user),
            ("GET", "/users", self.users),
            ("GET", "/projects", directory.projects),
            ("GET", "/projects/<id>", directory.project),
            ("GET", "/projects/<id>/environments", directory.environments),
            ("GET", "/projects/<id>/protected_environments", directory.protected_environments),
            ("GET", "/groups/<id>", directory.group),
            ("GET", "/groups/<id>/protected_environments", directory.protected_tiers),
            ("GET", "/projects/<id>/protected_branches", settings.branches),
            ("GET", "/projects/<id>/approvals", settings.approvals),
            ("GET", "/projects/<id>/approval_rules", settings.approval_rules),
            ("GET", "/projects/<id>/variables", settings.variables),
            ("GET", "/projects/<id>/variables/<key>", settings.variable),
            ("GET", "/projects/<id>/pipeline_schedules", settings.schedules),
            ("GET", "/projects/<id>/registry/protection/tag/rules", settings.tag_rules),
            ("GET", "/projects/<id>/issues", issues.index),
            ("POST", "/projects/<id>/issues", issues.create),
            ("GET", "/projects/<id>/issues/<iid>", issues.show),
            ("PUT", "/projects/<id>/issues/<iid>", issues.update),
            ("GET", "/projects/<id>/merge_requests/<iid>", discussions.merge_request),
            ("POST", "/projects/<id>/merge_requests/<iid>/discussions", discussions.create),
            ("GET", "/projects/<id>/<kind>/<iid>/notes", notes.index),
            ("POST", "/projects/<id>/<kind>/<iid>/notes", notes.create),
            ("GET", "/projects/<id>/<kind>/<iid>/notes/<note_id>", notes.show),
            ("PUT", "/projects/<id>/<kind>/<iid>/notes/<note_id>", notes.update),
            ("DELETE", "/projects/<id>/<kind>/<iid>/notes/<note_id>", notes.delete),
        ):
            blueprint.add_url_rule(path, f"{method} {path}", self._alone(view), methods=[method])
        blueprint.add_url_rule("/<path:path>", "unknown", self._alone(self.unknown))
        blueprint.register_error_handler(Refusal, lambda refusal: (jsonify(refusal.body), refusal.status))
        return blueprint

    def _alone(self, view: Callable) -> Callable:
        """A view that runs alone, for the user of the request's token."""

        def guarded(**path: str) -> Response:
            with self._store.lock:
                g.user = self._access.authenticated()
                return view(**path)

        return guarded

    def current_user(self) -> Response:
        user = self._access.required_user()
        return jsonify(user.basic(request.host_url.rstrip("/")) | {"bot": True, "email": f"{user.username}@example.com"})

    def users(self) -> Response:
        self._access.required_user()
        found = declared(username=Parameter(text))
        wanted = found.get("username", "").lower()
        users = [user for user in self._store.users.values() if not wanted or user.username.lower() == wanted]
        return paginated([user.basic(request.host_url.rstrip("/")) for user in users])

    def unknown(self, path: str) -> Response:
        raise error("404 Not Found", 404)
