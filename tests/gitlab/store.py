"""What the REST API keeps: projects with their members, issues, merge requests and notes, all in memory."""

import dataclasses
import datetime
import itertools
import math
import secrets
import threading

# https://docs.gitlab.com/user/permissions/: the access levels of members
GUEST, PLANNER, REPORTER, DEVELOPER, MAINTAINER, OWNER = 10, 15, 20, 30, 40, 50


@dataclasses.dataclass
class Limit:
    """How many requests a user may send in a window of time."""

    count: int
    seconds: int
    began: float = 0.0
    observed: int = 0

    def admits_one_more(self, now: float) -> bool:
        if now - self.began >= self.seconds:
            self.began, self.observed = now, 0
        self.observed += 1
        return self.observed <= self.count

    def headers(self) -> dict[str, str]:
        """https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers"""
        reset = math.ceil(self.began + self.seconds)
        return {
            "RateLimit-Limit": str(self.count),
            "RateLimit-Name": "throttle_authenticated_api",
            "RateLimit-Observed": str(self.observed),
            "RateLimit-Remaining": str(max(self.count - self.observed, 0)),
            "RateLimit-Reset": str(reset),
        }


@dataclasses.dataclass
class User:
    id: int
    username: str

    def basic(self, url: str) -> dict:
        """https://docs.gitlab.com/api/users/, as other resources show a user."""
        return {
            "id": self.id,
            "username": self.username,
            "name": self.username.title(),
            "state": "active",
            "locked": False,
            "avatar_url": None,
            "web_url": f"{url}/{self.username}",
        }


@dataclasses.dataclass
class Token:
    """A personal, project or group access token, or that of a job of a project."""

    user: User
    scopes: set[str]
    revoked: bool = False
    job_of: int | None = None


@dataclasses.dataclass
class Note:
    id: int
    author: User
    body: str
    internal: bool = False
    system: bool = False
    created_at: str = ""
    updated_at: str = ""
    # Where it is in the difference of a merge request.
    position: dict | None = None


@dataclasses.dataclass
class Noteable:
    """What has notes: an issue or a merge request."""

    id: int
    iid: int
    title: str
    author: User
    description: str = ""
    state: str = "opened"
    confidential: bool = False
    discussion_locked: bool = False
    labels: list[str] = dataclasses.field(default_factory=list)
    assignees: list[User] = dataclasses.field(default_factory=list)
    notes: list[Note] = dataclasses.field(default_factory=list)
    # Of a merge request: the lines that it adds to each file.
    added_lines: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    created_at: str = ""
    updated_at: str = ""
    closed_at: str | None = None

    def set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.closed_at = now() if state == "closed" else None


@dataclasses.dataclass
class Environment:
    id: int
    name: str
    tier: str = "other"
    state: str = "available"


@dataclasses.dataclass
class Group:
    id: int
    path: str
    members: dict[int, int]
    archived: bool = False
    marked_for_deletion_on: str | None = None
    # None in the free edition.
    protected_tiers: list[str] | None = None


@dataclasses.dataclass
class Project:
    id: int
    members: dict[int, int]
    bot: User | None = None
    own_path: str | None = None
    former_paths: list[str] = dataclasses.field(default_factory=list)
    visibility: str = "private"
    archived: bool = False
    marked_for_deletion_on: str | None = None
    environments: list[Environment] = dataclasses.field(default_factory=list)
    # None in the free edition.
    protected_environments: list[str] | None = None
    # Those that `settings.py` shows.
    settings: dict = dataclasses.field(default_factory=dict)
    issues_enabled: bool = True
    issues: list[Noteable] = dataclasses.field(default_factory=list)
    merge_requests: list[Noteable] = dataclasses.field(default_factory=list)
    labels: set[str] = dataclasses.field(default_factory=set)
    # For the tests only: what was asked for, and which quick actions GitLab would have carried out.
    requests: list[dict] = dataclasses.field(default_factory=list)
    quick_actions: list[str] = dataclasses.field(default_factory=list)
    faults: list["Fault"] = dataclasses.field(default_factory=list)

    @property
    def path(self) -> str:
        return self.own_path or f"group/project-{self.id}"


@dataclasses.dataclass
class Fault:
    """What goes wrong with the next requests that it fits."""

    method: str | None
    path: str
    count: int
    status: int
    headers: dict[str, str]
    body: str
    # The request is carried out, and only its answer is lost.
    after: bool
    # Requests wait for each other here, as many as the barrier needs.
    barrier: threading.Barrier | None


class Store:
    """One GitLab. Every access holds the lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.projects: dict[int, Project] = {}
        self.groups: dict[int, Group] = {}
        self.tokens: dict[str, Token] = {}
        self.users: dict[int, User] = {}
        self.limits: dict[int, Limit] = {}
        # For the tests only: what each user asked for.
        self.asked: dict[int, list[str]] = {}
        self._ids = itertools.count(1000)
        self._project_ids = itertools.count(7012)

    def add_user(self, username: str | None = None) -> User:
        user_id = self.next_id()
        user = User(user_id, username or f"user-{user_id}")
        self.users[user_id] = user
        return user

    def add_project(self) -> Project:
        project = Project(next(self._project_ids), {})
        self.projects[project.id] = project
        return project

    def add_group(self, path: str, members: dict[int, int]) -> Group:
        group = Group(self.next_id(), path, members)
        self.groups[group.id] = group
        return group

    def add_environment(self, project: Project, name: str, tier: str) -> None:
        project.environments.append(Environment(self.next_id(), name, tier))

    def add_token(self, user: User, scopes: set[str]) -> str:
        text = f"glpat-{secrets.token_urlsafe(15)}"
        self.tokens[text] = Token(user, scopes)
        return text

    def add_issue(self, project: Project, title: str, author: User) -> Noteable:
        iid = max((issue.iid for issue in project.issues), default=0) + 1
        issue = Noteable(self.next_id(), iid, title, author, created_at=now(), updated_at=now())
        project.issues.append(issue)
        return issue

    def add_merge_request(self, project: Project, title: str, author: User) -> Noteable:
        iid = len(project.merge_requests) + 1
        merge_request = Noteable(self.next_id(), iid, title, author, created_at=now(), updated_at=now())
        project.merge_requests.append(merge_request)
        return merge_request

    def add_note(self, noteable: Noteable, author: User, body: str, internal: bool = False) -> Note:
        note = Note(self.next_id(), author, body, internal, created_at=now(), updated_at=now())
        noteable.notes.append(note)
        return note

    def next_id(self) -> int:
        return next(self._ids)


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
