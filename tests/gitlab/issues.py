"""Issues: https://docs.gitlab.com/api/issues/. In the free edition an issue has one assignee."""

from flask import Response, g, jsonify, request

from gitlab import quick_actions
from gitlab.access import Access
from gitlab.paging import paginated
from gitlab.parameters import (
    Parameter,
    at_least_one,
    boolean,
    comma_separated,
    declared,
    error,
    integer,
    integers,
    message,
    text,
)
from gitlab.store import GUEST, PLANNER, Noteable, Project, Store, now

LONGEST_TITLE = 255
LONGEST_DESCRIPTION = 1_048_576

ISSUE_PARAMETERS = {
    "description": Parameter(text),
    "assignee_ids": Parameter(integers),
    "assignee_id": Parameter(integer),
    "labels": Parameter(comma_separated),
    "add_labels": Parameter(comma_separated),
    "remove_labels": Parameter(comma_separated),
    "confidential": Parameter(boolean),
    "discussion_locked": Parameter(boolean),
    "due_date": Parameter(text),
    "issue_type": Parameter(text, values=("issue", "incident", "test_case", "task")),
}


class Issues:
    """The issues of every project."""

    def __init__(self, store: Store, access: Access) -> None:
        self._store = store
        self._access = access

    def index(self, id: str) -> Response:
        project = self._access.project(id)
        found = declared(
            state=Parameter(text, values=("opened", "closed", "all"), default="all"),
            labels=Parameter(comma_separated),
            confidential=Parameter(boolean),
            iids=Parameter(integers),
            author_id=Parameter(integer),
            search=Parameter(text),
            **{"in": Parameter(text, default="title,description")},
            order_by=Parameter(text, values=("created_at", "updated_at", "title"), default="created_at"),
            sort=Parameter(text, values=("asc", "desc"), default="desc"),
            scope=Parameter(text, values=("created_by_me", "assigned_to_me", "all"), default="all"),
        )
        issues = [issue for issue in project.issues if self._access.sees(project, issue) and fits(issue, found)]
        issues.sort(key=lambda issue: (getattr(issue, found["order_by"]), issue.id), reverse=found["sort"] == "desc")
        return paginated([self._issue(project, issue) for issue in issues], keyset=True)

    def create(self, id: str) -> tuple[Response, int]:
        user = self._access.required_user()
        project = self._access.project(id)
        if not project.issues_enabled or self._access.level(project) < GUEST:
            raise message("403 Forbidden", 403)
        found = declared(title=Parameter(text, required=True), **ISSUE_PARAMETERS)
        issue = Noteable(0, 0, "", user)
        actions = self._assign(project, issue, found)
        issue.id, issue.created_at = self._store.next_id(), now()
        issue.iid = max((other.iid for other in project.issues), default=0) + 1
        project.issues.append(issue)
        project.quick_actions += quick_actions.carry_out(actions, issue)
        return jsonify(self._issue(project, issue)), 201

    def show(self, id: str, iid: str) -> Response:
        project = self._access.project(id)
        return jsonify(self._issue(project, self._find_issue(project, iid)))

    def update(self, id: str, iid: str) -> Response:
        user = self._access.required_user()
        project = self._access.project(id)
        issue = self._find_issue(project, iid)
        if self._access.level(project) < PLANNER and issue.author is not user:
            raise message("403 Forbidden", 403)
        found = declared(
            title=Parameter(text), state_event=Parameter(text, values=("reopen", "close")), **ISSUE_PARAMETERS
        )
        at_least_one(found, ["title", "state_event", *ISSUE_PARAMETERS])
        actions = self._assign(project, issue, found)
        if "state_event" in found:
            issue.set_state({"close": "closed", "reopen": "opened"}[found["state_event"]])
        project.quick_actions += quick_actions.carry_out(actions, issue)
        return jsonify(self._issue(project, issue))

    def _assign(self, project: Project, issue: Noteable, found: dict) -> list[tuple[str, str]]:
        """Checks and sets the attributes; those that a guest may not set are silently dropped."""
        title = found.get("title", issue.title)
        if not title.strip():
            raise message({"title": ["can't be blank"]}, 400)
        if len(title) > LONGEST_TITLE:
            raise message({"title": [f"is too long (maximum is {LONGEST_TITLE} characters)"]}, 400)
        description, actions = quick_actions.extract(found.get("description", issue.description))
        if len(description) > LONGEST_DESCRIPTION:
            raise message({"description": [f"is too long (maximum is {LONGEST_DESCRIPTION} characters)"]}, 400)
        issue.title, issue.description, issue.updated_at = title, description, now()
        issue.confidential = found.get("confidential", issue.confidential)
        if self._access.level(project) < PLANNER:
            return []
        issue.discussion_locked = found.get("discussion_locked", issue.discussion_locked)
        labels = [*found.get("labels", issue.labels), *found.get("add_labels", [])]
        issue.labels = [name for name in dict.fromkeys(labels) if name not in found.get("remove_labels", [])]
        project.labels |= set(issue.labels)
        ids = found.get("assignee_ids", [found["assignee_id"]] if "assignee_id" in found else None)
        if ids is not None:
            members = [self._store.users[id] for id in ids[:1] if id in project.members]
            issue.assignees = members if members or ids == [0] else issue.assignees
        return actions

    def _find_issue(self, project: Project, iid: str) -> Noteable:
        if not iid.isdecimal():
            raise error("issue_iid is invalid")
        issue = next((issue for issue in project.issues if issue.iid == int(iid)), None)
        if issue is None or not self._access.sees(project, issue):
            raise message("404 Not found", 404)
        return issue

    def _issue(self, project: Project, issue: Noteable) -> dict:
        url = request.host_url.rstrip("/")
        api = f"{url}/api/v4/projects/{project.id}"
        assignees = [user.basic(url) for user in issue.assignees]
        return {
            "id": issue.id,
            "iid": issue.iid,
            "project_id": project.id,
            "title": issue.title,
            "description": issue.description,
            "state": issue.state,
            "created_at": issue.created_at,
            "updated_at": issue.updated_at,
            "closed_at": issue.closed_at,
            "closed_by": None,
            "labels": issue.labels,
            "milestone": None,
            "assignees": assignees,
            "assignee": assignees[0] if assignees else None,
            "author": issue.author.basic(url),
            "type": "ISSUE",
            "issue_type": "issue",
            "severity": "UNKNOWN",
            "user_notes_count": sum(not note.system for note in issue.notes),
            "upvotes": 0,
            "downvotes": 0,
            "merge_requests_count": 0,
            "due_date": None,
            "confidential": issue.confidential,
            "discussion_locked": issue.discussion_locked,
            "web_url": f"{url}/{project.path}/-/issues/{issue.iid}",
            "references": {
                "short": f"#{issue.iid}",
                "relative": f"#{issue.iid}",
                "full": f"{project.path}#{issue.iid}",
            },
            "_links": {
                "self": f"{api}/issues/{issue.iid}",
                "notes": f"{api}/issues/{issue.iid}/notes",
                "project": api,
            },
        }


def fits(issue: Noteable, found: dict) -> bool:
    """Whether an issue passes the filters of a list."""
    mine = {"created_by_me": [issue.author], "assigned_to_me": issue.assignees, "all": [g.user]}
    texts = [getattr(issue, name) for name in found["in"].split(",") if name in ("title", "description")]
    return (
        found["state"] in ("all", issue.state)
        and has_labels(issue, found.get("labels", []))
        and found.get("confidential", issue.confidential) == issue.confidential
        and issue.iid in found.get("iids", [issue.iid])
        and found.get("author_id", issue.author.id) == issue.author.id
        and any(found.get("search", "").lower() in text.lower() for text in texts)
        and g.user in mine[found["scope"]]
    )


def has_labels(issue: Noteable, wanted: list[str]) -> bool:
    match [name.lower() for name in wanted]:
        case ["none"]:
            return not issue.labels
        case ["any"]:
            return bool(issue.labels)
        case _:
            return set(wanted) <= set(issue.labels)
