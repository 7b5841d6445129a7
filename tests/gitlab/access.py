"""Who asks, by which token, and what they may see: https://docs.gitlab.com/api/rest/authentication/

Projects here are private: to strangers they do not exist.
"""

import re

from flask import g, request

from gitlab.parameters import Refusal, message
from gitlab.store import GUEST, PLANNER, Noteable, Project, Store, User


class Access:
    """The part of every request that comes before its resource."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def authenticated(self) -> User | None:
        if text := request.headers.get("JOB-TOKEN"):
            return self._of_job(text)
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

    def _of_job(self, text: str) -> User | None:
        """At most addresses, GitLab treats a job's token as none: https://docs.gitlab.com/ci/jobs/ci_job_token/"""
        token = self._store.tokens.get(text)
        if token is None or token.job_of is None:
            raise message("401 Unauthorized", 401)
        is_open = re.fullmatch(rf"/api/v4/projects/{token.job_of}/environments", request.path)
        return token.user if is_open else None

    def required_user(self) -> User:
        if g.user is None:
            raise message("401 Unauthorized", 401)
        return g.user

    def project(self, id: str) -> Project:
        id = id.replace("%2F", "/")
        if id.isdecimal():
            project = self._store.projects.get(int(id))
        else:
            known = self._store.projects.values()
            project = next((one for one in known if one.path.lower() == id.lower()), None)
        if project is None or not self.sees_project(project):
            raise message("404 Project Not Found", 404)
        return project

    def sees_project(self, project: Project) -> bool:
        return project.visibility == "public" or self.level(project) >= GUEST

    def requires(self, level: int, project: Project) -> None:
        if self.level(project) < level:
            raise message("403 Forbidden", 403)

    def level(self, project: Project) -> int:
        return project.members.get(g.user.id, 0) if g.user else 0

    def sees(self, project: Project, issue: Noteable) -> bool:
        own = issue.author is g.user or g.user in issue.assignees
        return not issue.confidential or own or self.level(project) >= PLANNER
