"""The settings of a project that its maintainers and owners see.

https://docs.gitlab.com/api/protected_branches/, https://docs.gitlab.com/api/merge_request_approvals/,
https://docs.gitlab.com/api/project_level_variables/, https://docs.gitlab.com/api/pipeline_schedules/ and
https://docs.gitlab.com/api/container_registry_protection_tag_rules/
"""

from flask import Response, jsonify

from gitlab.access import Access
from gitlab.paging import paginated
from gitlab.parameters import error, message
from gitlab.store import DEVELOPER, MAINTAINER, REPORTER, Project

# What a new project has, and what is shown to owners of it only.
GENERAL = {
    "ci_forward_deployment_enabled": True,
    "ci_allow_fork_pipelines_to_run_in_parent_project": True,
    "ci_pipeline_variables_minimum_override_role": "developer",
}


class Settings:
    """The settings in one GitLab: `Project.settings` has those that a test gave."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def branches(self, id: str) -> Response:
        project = self._of(id, MAINTAINER)
        return paginated([branch(given) for given in project.settings.get("branches", [])])

    def approvals(self, id: str) -> Response:
        project = self._of(id, REPORTER)
        given = self._paid(project, "approvals")
        return jsonify({"approvals_before_merge": 0, "reset_approvals_on_push": True} | given)

    def approval_rules(self, id: str) -> Response:
        project = self._of(id, REPORTER)
        rules = self._paid(project, "approval_rules")
        return paginated(
            [
                {"id": number, "name": "Rule", "rule_type": "regular", "approvals_required": required}
                for number, required in enumerate(rules, 1)
            ]
        )

    def variables(self, id: str) -> Response:
        project = self._of(id, MAINTAINER)
        return paginated([variable(given) for given in project.settings.get("variables", [])])

    def variable(self, id: str, key: str) -> Response:
        project = self._of(id, MAINTAINER)
        for given in project.settings.get("variables", []):
            if given["key"] == key:
                return jsonify(variable(given))
        raise message("404 Variable Not Found", 404)

    def schedules(self, id: str) -> Response:
        project = self._of(id, DEVELOPER)
        return paginated(
            [
                {"id": number, "description": "Nightly", "cron": "0 3 * * *", "active": True} | given
                for number, given in enumerate(project.settings.get("schedules", []), 1)
            ]
        )

    def tag_rules(self, id: str) -> Response:
        project = self._of(id, MAINTAINER)
        return paginated(
            [
                {
                    "id": number,
                    "project_id": project.id,
                    "tag_name_pattern": pattern,
                    "minimum_access_level_for_push": "maintainer",
                    "minimum_access_level_for_delete": "maintainer",
                }
                for number, pattern in enumerate(project.settings.get("tags", []), 1)
            ]
        )

    def _of(self, id: str, level: int) -> Project:
        project = self._access.project(id)
        self._access.requires(level, project)
        return project

    def _paid(self, project: Project, what: str) -> dict | list:
        """The free edition has no such address."""
        if what not in project.settings:
            raise error("404 Not Found", 404)
        return project.settings[what]


def branch(given: dict) -> dict:
    def levels(numbers: list[int]) -> list[dict]:
        described = {0: "No one", 30: "Developers + Maintainers", 40: "Maintainers", 60: "Administrators"}
        return [
            {"id": at, "access_level": number, "access_level_description": described[number], "user_id": None}
            | {"group_id": None, "deploy_key_id": None}
            for at, number in enumerate(numbers, 1)
        ]

    return {
        "id": 1,
        "name": given["name"],
        "push_access_levels": levels(given.get("push", [40])),
        "merge_access_levels": levels(given.get("merge", [40])),
        "unprotect_access_levels": [],
        "allow_force_push": given.get("force", False),
        "inherited": False,
    }


def variable(given: dict) -> dict:
    return {
        "variable_type": "env_var",
        "key": given["key"],
        "value": given.get("value", "secret-value"),
        "protected": given.get("protected", False),
        "masked": given.get("masked", False),
        "hidden": False,
        "raw": False,
        "environment_scope": "*",
        "description": None,
    }
