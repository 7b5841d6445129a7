"""What a test sets up, breaks and sees; GitLab has no such addresses.

    POST /test/projects                     a project of its own, with members and tokens
    GET  /test/projects/ID                  all that it holds, the requests for it, the quick actions carried out
    POST /test/directory                    projects, groups and environments, see `add_directory`
    POST /test/users/ID/limit               the rate limit of a user: {"count": 5, "seconds": 2}
    GET  /test/users/ID/requests            what a user asked for
    POST /test/projects/ID/issues           open issues, by someone else: {"count": 150, "labels": ["bug"]};
                                            by the user of the token `api`: {"own": true}
    POST /test/projects/ID/issues/IID       someone changes an issue: {"state": "closed", "labels": [], "description": "…"}
    POST /test/projects/ID/notes            a note on the merge request, by a developer: {"body": "…"}
    POST /test/projects/ID/added-lines      what the merge request adds: {"mappings/vault.yaml": [3, 4]}
    POST /test/projects/ID/faults           what goes wrong next, see `fault`
    POST /test/tokens/TOKEN/revoke
"""

import dataclasses
import json
import re
import threading
import time
from email.utils import formatdate

from flask import Blueprint, Flask, Response, g, jsonify, request

from gitlab.store import DEVELOPER, GUEST, MAINTAINER, OWNER, Fault, Limit, Project, Store, User

# A job that waits for another longer than this has waited in vain.
PATIENCE = 30.0


class Control:
    """The tests' hand in one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("control", __name__, url_prefix="/test")
        blueprint.post("/projects")(self.add_project)
        blueprint.get("/projects/<int:id>")(self.show_project)
        blueprint.post("/directory")(self.add_directory)
        blueprint.post("/users/<int:id>/limit")(self.limit)
        blueprint.get("/users/<int:id>/requests")(self.requests_of)
        blueprint.post("/projects/<int:id>/issues")(self.add_issues)
        blueprint.post("/projects/<int:id>/issues/<int:iid>")(self.change_issue)
        blueprint.post("/projects/<int:id>/notes")(self.add_note)
        blueprint.post("/projects/<int:id>/added-lines")(self.add_lines)
        blueprint.post("/projects/<int:id>/faults")(self.add_fault)
        blueprint.post("/tokens/<token>/revoke")(self.revoke)
        return blueprint

    def watch(self, app: Flask) -> None:
        """Writes down every request for a project, and lets it fail where a test wants that."""
        app.before_request(self._before)
        app.after_request(self._after)

    def add_project(self) -> Response:
        with self._store.lock:
            project = self._store.add_project()
            bot, developer, guest = (self._store.add_user() for _ in range(3))
            project.bot = bot
            project.members = {bot.id: DEVELOPER, developer.id: DEVELOPER, guest.id: GUEST}
            merge_request = self._store.add_merge_request(project, "Add a mapping", developer)
            return jsonify(
                id=project.id,
                merge_request_iid=merge_request.iid,
                user=bot.username,
                developer=developer.username,
                tokens={
                    "api": self._store.add_token(bot, {"api"}),
                    "read_api": self._store.add_token(bot, {"read_api"}),
                    "guest": self._store.add_token(guest, {"api"}),
                    "stranger": self._store.add_token(self._store.add_user(), {"api"}),
                },
            )

    def show_project(self, id: int) -> Response:
        with self._store.lock:
            project = self._store.projects[id]
            return jsonify(
                issues=[dataclasses.asdict(issue) for issue in project.issues],
                merge_requests=[dataclasses.asdict(one) for one in project.merge_requests],
                requests=project.requests,
                quick_actions=project.quick_actions,
                faults_to_come=sum(fault.count for fault in project.faults),
            )

    def add_directory(self) -> Response:
        """Projects and groups below a group of the test's own, and a user who is a member of them:

            {"projects": [{"path": "payments/api", "former": ["payments/old"], "archived": true, "count": 100,
                           "marked_for_deletion_on": "2026-11-26", "hidden": true, "role": 40,
                           "environments": {"prod": "production"}, "protected": ["prod"],
                           "settings": {"branches": [{"name": "main"}]}}],
             "groups": [{"path": "payments", "archived": true, "tiers": ["production"], "hidden": true, "role": 50}]}

        `ROOT` in a setting is the group above all of it. The answer has their numbers in the same order, and tokens: of the user, and of a job of the first project.
        """
        given = request.get_json()
        with self._store.lock:
            user = self._store.add_user()
            root = f"root-{user.id}"
            projects = [self._directory_project(root, user, one) for one in given.get("projects", [])]
            groups = [self._directory_group(root, user, one) for one in given.get("groups", [])]
            job = self._store.add_token(user, set())
            self._store.tokens[job].job_of = projects[0][0] if projects else None
            return jsonify(
                root=root,
                user=user.id,
                projects=projects,
                groups=groups,
                tokens={"read_api": self._store.add_token(user, {"read_api"}), "job": job},
            )

    def _directory_project(self, root: str, user: User, given: dict) -> list[int]:
        ids = []
        for number in range(given.get("count", 1)):
            project = self._store.add_project()
            project.own_path = f"{root}/{given['path']}" + (f"-{number}" if number else "")
            project.former_paths = [f"{root}/{path}" for path in given.get("former", [])]
            project.archived = given.get("archived", False)
            project.marked_for_deletion_on = given.get("marked_for_deletion_on")
            project.protected_environments = given.get("protected")
            project.settings = json.loads(json.dumps(given.get("settings", {})).replace("ROOT", root))
            project.members = {} if given.get("hidden") else {user.id: given.get("role", MAINTAINER)}
            for name, tier in given.get("environments", {}).items():
                self._store.add_environment(project, name, tier)
            ids.append(project.id)
        return ids

    def _directory_group(self, root: str, user: User, given: dict) -> int:
        path = f"{root}/{given['path']}".rstrip("/")
        members = {} if given.get("hidden") else {user.id: given.get("role", OWNER)}
        group = self._store.add_group(path, members)
        group.archived = given.get("archived", False)
        group.protected_tiers = given.get("tiers")
        return group.id

    def limit(self, id: int) -> tuple[str, int]:
        with self._store.lock:
            self._store.limits[id] = Limit(**request.get_json())
        return "", 204

    def requests_of(self, id: int) -> Response:
        with self._store.lock:
            return jsonify(self._store.asked.get(id, []))

    def add_issues(self, id: int) -> tuple[str, int]:
        given = request.get_json()
        with self._store.lock:
            project = self._store.projects[id]
            author = project.bot if given.get("own") else self._developer(project)
            for _ in range(given.get("count", 1)):
                issue = self._store.add_issue(project, given.get("title", "Another issue"), author)
                issue.labels = given.get("labels", [])
                issue.description = given.get("description", "")
        return "", 204

    def change_issue(self, id: int, iid: int) -> tuple[str, int]:
        given = request.get_json()
        with self._store.lock:
            issue = next(one for one in self._store.projects[id].issues if one.iid == iid)
            issue.set_state(given.get("state", issue.state))
            issue.labels = given.get("labels", issue.labels)
            issue.description = given.get("description", issue.description)
        return "", 204

    def add_note(self, id: int) -> tuple[str, int]:
        given = request.get_json()
        with self._store.lock:
            project = self._store.projects[id]
            for _ in range(given.get("count", 1)):
                self._store.add_note(project.merge_requests[0], self._developer(project), given["body"])
        return "", 204

    def add_lines(self, id: int) -> tuple[str, int]:
        with self._store.lock:
            self._store.projects[id].merge_requests[0].added_lines = request.get_json()
        return "", 204

    def add_fault(self, id: int) -> tuple[str, int]:
        """The next `count` requests of `method` whose path has `path` (an expression) in it:

        - are answered with `status`, `headers` and `body`; carried out nevertheless if `after` is true;
        - or, with `together`, wait until this many of them are there at once, and continue.
        """
        given = request.get_json()
        together = given.get("together")
        fault = Fault(
            method=given.get("method"),
            path=given.get("path", ""),
            count=given.get("count", together or 1),
            status=given.get("status", 500),
            headers=given.get("headers", {}),
            body=given.get("body", ""),
            after=given.get("after", False),
            barrier=threading.Barrier(together) if together else None,
        )
        with self._store.lock:
            self._store.projects[id].faults.append(fault)
        return "", 204

    def revoke(self, token: str) -> tuple[str, int]:
        with self._store.lock:
            self._store.tokens[token].revoked = True
        return "", 204

    def _developer(self, project: Project) -> User:
        return project.merge_requests[0].author

    def _asking(self) -> User | None:
        text = request.headers.get("PRIVATE-TOKEN") or request.headers.get("JOB-TOKEN") or ""
        token = self._store.tokens.get(text)
        return token.user if token else None

    def _before(self) -> Response | None:
        with self._store.lock:
            if user := self._asking():
                self._store.asked.setdefault(user.id, []).append(asked_path())
                limit = self._store.limits.get(user.id)
                if limit and not limit.admits_one_more(time.time()):
                    wait = max(int(limit.headers()["RateLimit-Reset"]) - int(time.time()), 1)
                    return too_many(limit.headers() | {"Retry-After": str(wait)})
        project = self._asked_project()
        fault = self._next_fault(project) if project else None
        g.fault = fault
        if fault is None:
            return None
        if fault.barrier:
            fault.barrier.wait(PATIENCE)
            g.fault = None
            return None
        return None if fault.after else answer(fault)

    def _after(self, response: Response) -> Response:
        project = self._asked_project()
        with self._store.lock:
            user = self._asking()
            if user and (limit := self._store.limits.get(user.id)):
                response.headers |= limit.headers()
        if g.get("fault") and g.fault.after:
            response = answer(g.fault)
        if project:
            with self._store.lock:
                made = {"method": request.method, "path": asked_path(), "status": response.status_code}
                project.requests.append(made)
        return response

    def _asked_project(self) -> Project | None:
        """The project of an address of the API; users are looked up for the token's project."""
        if found := re.match(r"/api/v4/projects/(\d+)", request.path):
            return self._store.projects.get(int(found[1]))
        token = self._store.tokens.get(request.headers.get("PRIVATE-TOKEN", ""))
        if token and request.path.startswith("/api/v4/"):
            known = self._store.projects.values()
            return next((project for project in known if token.user.id in project.members), None)
        return None

    def _next_fault(self, project: Project) -> Fault | None:
        with self._store.lock:
            for fault in project.faults:
                fits = fault.method in (None, request.method) and re.search(fault.path, asked_path())
                if fault.count and fits:
                    fault.count -= 1
                    return fault
        return None


def asked_path() -> str:
    """The path, with the query if there is one."""
    return request.full_path.rstrip("?")


def answer(fault: Fault) -> Response:
    """As GitLab, or the proxy in front of it, fails."""
    if fault.status == 429 and not fault.body:
        return too_many(fault.headers)
    if fault.status == 500 and not fault.body:
        return Response('{"message":"500 Internal Server Error"}', 500, fault.headers, mimetype="application/json")
    mimetype = "application/json" if fault.body.startswith("{") else "text/html"
    return Response(fault.body, fault.status, fault.headers, mimetype=mimetype)


def too_many(headers: dict[str, str]) -> Response:
    """https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers"""
    wait = int(headers.get("Retry-After", "1"))
    reset = int(time.time()) + wait
    limits = {
        "RateLimit-Limit": "60",
        "RateLimit-Name": "throttle_authenticated_api",
        "RateLimit-Observed": "67",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(reset),
        "RateLimit-ResetTime": formatdate(reset, usegmt=True),
        "Retry-After": str(wait),
    }
    return Response("Retry later\n", 429, limits | headers, mimetype="text/plain")
