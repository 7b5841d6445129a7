"""Notes on the lines of a merge request: https://docs.gitlab.com/api/discussions/"""

from flask import Response, jsonify

from gitlab.access import Access
from gitlab.notes import Notes
from gitlab.parameters import Parameter, declared, error, message, text
from gitlab.store import Noteable, Project, Store

POSITION = ("base_sha", "start_sha", "head_sha", "position_type", "old_path", "new_path", "new_line")
NOT_IN_DIFF = '400 Bad request - Note {:line_code=>["can\'t be blank", "must be a valid line code"]}'


class Discussions:
    """The merge requests with their differences, and the discussions of lines."""

    def __init__(self, store: Store, access: Access, notes: Notes) -> None:
        self._store = store
        self._access = access
        self._notes = notes

    def merge_request(self, id: str, iid: str) -> Response:
        project, merge_request = self._notes.noteable(id, "merge_requests", iid)
        return jsonify(
            id=merge_request.id,
            iid=merge_request.iid,
            project_id=project.id,
            title=merge_request.title,
            state=merge_request.state,
            diff_refs=self._refs(merge_request),
        )

    def create(self, id: str, iid: str) -> tuple[Response, int]:
        user = self._access.required_user()
        project, merge_request = self._notes.noteable(id, "merge_requests", iid)
        found = declared(body=Parameter(text, required=True), position=Parameter(dict))
        position = found.get("position", {})
        self._check(project, merge_request, position)
        body, _actions = self._notes.body(found["body"])
        note = self._store.add_note(merge_request, user, body)
        note.position = position
        return jsonify(id=f"{note.id:040x}", individual_note=False, notes=[{"id": note.id, "type": "DiffNote"}]), 201

    def _check(self, project: Project, merge_request: Noteable, position: dict) -> None:
        missing = [name for name in POSITION if name not in position]
        if missing:
            raise error(f"position[{missing[0]}] is missing")
        refs = self._refs(merge_request)
        is_current = all(position[name] == refs[name] for name in refs)
        lines = merge_request.added_lines.get(position["new_path"], [])
        if not is_current or position["position_type"] != "text" or position["new_line"] not in lines:
            raise message(NOT_IN_DIFF, 400)

    def _refs(self, merge_request: Noteable) -> dict:
        names = ("base_sha", "start_sha", "head_sha")
        return {name: f"{merge_request.id:039x}{number}" for number, name in enumerate(names)}
