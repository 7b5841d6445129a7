"""Notes on issues and merge requests: https://docs.gitlab.com/api/notes/"""

from flask import Response, g, jsonify, request

from gitlab import quick_actions
from gitlab.access import Access
from gitlab.paging import paginated
from gitlab.parameters import Parameter, boolean, declared, error, message, text
from gitlab.store import DEVELOPER, GUEST, MAINTAINER, REPORTER, Note, Noteable, Project, Store, now

LONGEST_NOTE = 1_000_000

NOTE_ORDER = {
    "order_by": Parameter(text, values=("created_at", "updated_at"), default="created_at"),
    "sort": Parameter(text, values=("asc", "desc"), default="desc"),
}


class Notes:
    """The notes of every issue and merge request."""

    def __init__(self, store: Store, access: Access) -> None:
        self._store = store
        self._access = access

    def index(self, id: str, kind: str, iid: str) -> Response:
        project, noteable = self.noteable(id, kind, iid)
        found = declared(**NOTE_ORDER)
        notes = [note for note in noteable.notes if not note.internal or self._access.level(project) >= REPORTER]
        notes.sort(key=lambda note: (getattr(note, found["order_by"]), note.id), reverse=found["sort"] == "desc")
        return paginated([self._note(project, kind, noteable, note) for note in notes])

    def create(self, id: str, kind: str, iid: str) -> tuple[Response, int]:
        user = self._access.required_user()
        project, noteable = self.noteable(id, kind, iid)
        found = declared(
            body=Parameter(text, required=True), internal=Parameter(boolean), confidential=Parameter(boolean)
        )
        if self._access.level(project) < (DEVELOPER if noteable.discussion_locked else GUEST):
            raise message("403 Forbidden", 403)
        body, actions = self.body(found["body"])
        project.quick_actions += quick_actions.carry_out(actions, noteable)
        if not body:
            return jsonify(commands_changes={}, summary=["Commands applied."]), 202
        internal = found.get("internal", found.get("confidential", False))
        note = self._store.add_note(noteable, user, body, internal)
        return jsonify(self._note(project, kind, noteable, note)), 201

    def show(self, id: str, kind: str, iid: str, note_id: str) -> Response:
        project, noteable = self.noteable(id, kind, iid)
        return jsonify(self._note(project, kind, noteable, find_note(noteable, note_id)))

    def update(self, id: str, kind: str, iid: str, note_id: str) -> Response:
        self._access.required_user()
        project, noteable = self.noteable(id, kind, iid)
        note = self._own_note(project, noteable, note_id)
        found = declared(body=Parameter(text))
        if found.get("body") == "":
            raise error("body is empty")
        if "body" in found:
            body, actions = self.body(found["body"])
            note.body, note.updated_at = body, now()
            project.quick_actions += quick_actions.carry_out(actions, noteable)
        return jsonify(self._note(project, kind, noteable, note))

    def delete(self, id: str, kind: str, iid: str, note_id: str) -> tuple[str, int]:
        self._access.required_user()
        project, noteable = self.noteable(id, kind, iid)
        noteable.notes.remove(self._own_note(project, noteable, note_id))
        return "", 204

    def body(self, body: str) -> tuple[str, list[tuple[str, str]]]:
        if not body.strip():
            raise message("400 Bad request - Note {:note=>[\"can't be blank\"]}", 400)
        if len(body) > LONGEST_NOTE:
            wrong = f"is too long (maximum is {LONGEST_NOTE} characters)"
            raise message(f'400 Bad request - Note {{:note=>["{wrong}"]}}', 400)
        return quick_actions.extract(body)

    def _own_note(self, project: Project, noteable: Noteable, note_id: str) -> Note:
        note = find_note(noteable, note_id)
        if note.system or (note.author is not g.user and self._access.level(project) < MAINTAINER):
            raise message("403 Forbidden", 403)
        return note

    def noteable(self, id: str, kind: str, iid: str) -> tuple[Project, Noteable]:
        self._access.required_user()
        project = self._access.project(id)
        if kind not in ("issues", "merge_requests"):
            raise error("404 Not Found", 404)
        if not iid.isdecimal():
            raise error("noteable_id is invalid")
        found = next((one for one in getattr(project, kind) if one.iid == int(iid)), None)
        if found is None or not self._access.sees(project, found):
            raise message(f"404 {'Issue' if kind == 'issues' else 'MergeRequest'} Not Found", 404)
        return project, found

    def _note(self, project: Project, kind: str, noteable: Noteable, note: Note) -> dict:
        return {
            "id": note.id,
            "type": "DiffNote" if note.position else None,
            "body": note.body,
            "attachment": None,
            "author": note.author.basic(request.host_url.rstrip("/")),
            "created_at": note.created_at,
            "updated_at": note.updated_at,
            "system": note.system,
            "noteable_id": noteable.id,
            "noteable_type": "Issue" if kind == "issues" else "MergeRequest",
            "project_id": project.id,
            "noteable_iid": noteable.iid,
            "resolvable": False,
            "confidential": note.internal,
            "internal": note.internal,
            "imported": False,
            "imported_from": "none",
        }


def find_note(noteable: Noteable, note_id: str) -> Note:
    if not note_id.isdecimal():
        raise error("note_id is invalid")
    note = next((note for note in noteable.notes if note.id == int(note_id)), None)
    if note is None:
        raise message("404 Not found", 404)
    return note
