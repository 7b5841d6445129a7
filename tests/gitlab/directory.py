"""Projects, groups and environments, as they are listed and shown.

https://docs.gitlab.com/api/projects/, https://docs.gitlab.com/api/groups/,
https://docs.gitlab.com/api/environments/ and https://docs.gitlab.com/api/protected_environments/
"""

from flask import Response, g, jsonify, redirect, request

from gitlab.access import Access
from gitlab.paging import paginated
from gitlab.parameters import Parameter, boolean, declared, error, integer, message, text
from gitlab.settings import GENERAL
from gitlab.store import GUEST, MAINTAINER, OWNER, REPORTER, Environment, Group, Project, Store


class Directory:
    """What there is in one GitLab."""

    def __init__(self, store: Store, access: Access) -> None:
        self._store = store
        self._access = access

    def projects(self) -> Response:
        found = declared(
            membership=Parameter(boolean, default=False),
            archived=Parameter(boolean),
            id_after=Parameter(integer, default=0),
            id_before=Parameter(integer),
            order_by=Parameter(text, values=("id", "name", "path", "created_at"), default="created_at"),
            sort=Parameter(text, values=("asc", "desc"), default="desc"),
            pagination=Parameter(text, default="legacy"),
        )
        if found["pagination"] == "keyset" and found["order_by"] != "id":
            raise error("Keyset pagination is not yet available for this type of request", 405)
        known = sorted(self._store.projects.values(), key=lambda project: project.id, reverse=found["sort"] == "desc")
        known = [
            project
            for project in known
            if project.id > found["id_after"]
            and project.id < found.get("id_before", project.id + 1)
            and found.get("archived", project.archived) == project.archived
            and (self._access.level(project) >= GUEST or not found["membership"])
            and self._access.sees_project(project)
        ]
        return paginated(known, keyset=True, shown=self._project)

    def project(self, id: str) -> Response:
        id = id.replace("%2F", "/")
        former = (one for one in self._store.projects.values() if id in one.former_paths)
        if (moved := next(former, None)) and self._access.sees_project(moved):
            return redirect(f"{request.host_url}api/v4/projects/{moved.id}", 301)
        return jsonify(self._project(self._access.project(id)))

    def group(self, id: str) -> Response:
        return jsonify(self._group(self._visible_group(id)))

    def environments(self, id: str) -> Response:
        project = self._access.project(id)
        found = declared(
            name=Parameter(text),
            search=Parameter(text),
            states=Parameter(text, values=("available", "stopping", "stopped")),
        )
        self._access.requires(REPORTER, project)
        there = [
            environment
            for environment in project.environments
            if found.get("name", environment.name) == environment.name
            and found.get("search", "").lower() in environment.name.lower()
            and found.get("states", environment.state) == environment.state
        ]
        return paginated([self._environment(environment) for environment in there])

    def protected_environments(self, id: str) -> Response:
        project = self._access.project(id)
        if project.protected_environments is None:
            raise error("404 Not Found", 404)
        self._access.requires(MAINTAINER, project)
        return paginated([protected(name) for name in project.protected_environments])

    def protected_tiers(self, id: str) -> Response:
        group = self._visible_group(id)
        if group.protected_tiers is None:
            raise error("404 Not Found", 404)
        if group.members.get(g.user.id, 0) < MAINTAINER:
            raise message("403 Forbidden", 403)
        return paginated([protected(tier) for tier in group.protected_tiers])

    def _visible_group(self, id: str) -> Group:
        id = id.replace("%2F", "/")
        known = self._store.groups.values()
        group = next((one for one in known if id in (str(one.id), one.path)), None)
        if group is None or not g.user or g.user.id not in group.members:
            raise message("404 Group Not Found", 404)
        return group

    def _project(self, project: Project) -> dict:
        parent, _, name = project.path.rpartition("/")
        basic = {
            "id": project.id,
            "name": name,
            "path": name,
            "path_with_namespace": project.path,
            "name_with_namespace": project.path.replace("/", " / "),
            "web_url": f"{request.host_url}{project.path}",
            "default_branch": "main",
            "namespace": {"id": 1, "full_path": parent, "kind": "group"},
        }
        if g.user is None:
            return basic
        for_owners = GENERAL | project.settings.get("general", {}) if self._access.level(project) >= OWNER else {}
        return basic | for_owners | {
            "visibility": project.visibility,
            "archived": project.archived,
            "empty_repo": False,
            "marked_for_deletion_on": project.marked_for_deletion_on,
            "marked_for_deletion_at": project.marked_for_deletion_on,
        }

    def _group(self, group: Group) -> dict:
        return {
            "id": group.id,
            "full_path": group.path,
            "path": group.path.rpartition("/")[2],
            "parent_id": None,
            "visibility": "private",
            "archived": group.archived,
            "marked_for_deletion_on": group.marked_for_deletion_on,
        }

    def _environment(self, environment: Environment) -> dict:
        return {
            "id": environment.id,
            "name": environment.name,
            "slug": environment.name.replace("/", "-"),
            "state": environment.state,
            "tier": environment.tier,
            "external_url": None,
        }


def protected(name: str) -> dict:
    return {"name": name, "deploy_access_levels": [], "approval_rules": [], "required_approval_count": 0}
