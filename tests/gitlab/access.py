"""Who asks, by which token, and what they may see: https://docs.gitlab.com/api/rest/authentication/

Projects here are private: to strangers they do not exist.
"""

from flask import g, request

from gitlab.parameters import Refusal, message
from gitlab.store import GUEST, PLANNER, Noteable, Project, Store, User


class Access:
    """The part of every request that comes before its resource."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def authenticated(self) -> User | None:
        text = request.headers.get("PRIVATE-TOKEN")
        if not text and (bearer := request.headers.get("Authorization", "")).startswith("Bearer "):
            text = bearer.removeprefix("Bearer ")
        if not text:
            return None
        token = self._store.tokens.get(text)
        if not token:
            raise message("401 Unauthorized", 401)
        if token.revoked:
            described = "Token was revoked. You have to re-authorize from the user."
            raise Refusal(401, {"error": "invalid_token", "error_description": described})
        needed = {"api", "read_api"} if request.method in ("GET", "HEAD") else {"api"}
        if not token.scopes & needed:
            described = "The request requires higher privileges than provided by the access token."
            scopes = " ".join(sorted(needed))
            raise Refusal(403, {"error": "insufficient_scope", "error_description": described, "scope": scopes})
        return token.user

    def required_user(self) -> User:
        if g.user is None:
            raise message("401 Unauthorized", 401)
        return g.user

    def project(self, id: str) -> Project:
        known = self._store.projects.values()
        project = next((one for one in known if id in (str(one.id), one.path)), None)
        if project is None or self.level(project) < GUEST:
            raise message("404 Project Not Found", 404)
        return project

    def level(self, project: Project) -> int:
        return project.members.get(g.user.id, 0) if g.user else 0

    def sees(self, project: Project, issue: Noteable) -> bool:
        own = issue.author is g.user or g.user in issue.assignees
        return not issue.confidential or own or self.level(project) >= PLANNER
