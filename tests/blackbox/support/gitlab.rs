//! A project of the test's own at the stand-in for GitLab.

use serde_json::{Value, json};

use super::{Shared, Tool};

/// A project with a merge request, and tokens for it.
pub(crate) struct GitLab {
    project: Value,
}

/// A request that GitLab had, such as `POST /api/v4/projects/7012/issues`, and its answer's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// The method.
    pub(crate) method: String,
    /// The path behind the project's, with the query.
    pub(crate) path: String,
    /// The status.
    pub(crate) status: u64,
}

impl GitLab {
    /// A new project without issues or notes.
    pub(crate) fn project() -> Self {
        let url = Shared::gitlab("projects_url");
        let mut answer = ureq::post(url).send_json(json!({})).expect("a project");
        let project = answer.body_mut().read_json().expect("JSON");
        Self { project }
    }

    /// The tool in a job of the default branch.
    pub(crate) fn job(&self, tool: Tool) -> Tool {
        tool.with_env("CI_API_V4_URL", Shared::gitlab("api_url"))
            .with_env("CI_PROJECT_ID", &self.id())
            .with_env("GITLAB_TOKEN", self.token("api"))
            .with_env(
                "CI_PIPELINE_URL",
                "https://git.example.com/devops/vault/-/pipelines/1212",
            )
            .with_env("CI_COMMIT_SHA", "714a629c0b401fdce83e847fc9589983fc6f46bc")
            .with_env("CI_COMMIT_REF_NAME", "main")
    }

    /// The tool in a job of the merge request.
    pub(crate) fn merge_request_job(&self, tool: Tool) -> Tool {
        self.job(tool).with_env("CI_MERGE_REQUEST_IID", "1")
    }

    /// The project's number.
    pub(crate) fn id(&self) -> String {
        self.project["id"].to_string()
    }

    /// A token of the kind `api`, `read_api`, `guest` or `stranger`.
    pub(crate) fn token(&self, kind: &str) -> &str {
        self.project["tokens"][kind].as_str().expect("a token")
    }

    /// The name of a member.
    pub(crate) fn developer(&self) -> &str {
        self.project["developer"].as_str().expect("a name")
    }

    /// All that the project holds.
    pub(crate) fn state(&self) -> Value {
        let url = format!("{}/{}", Shared::gitlab("projects_url"), self.id());
        let mut answer = ureq::get(&url).call().expect("the project");
        let body = answer.body_mut().with_config().limit(100 << 20);
        body.read_json().expect("JSON")
    }

    /// The issues in this state, `opened` or `closed`.
    pub(crate) fn issues(&self, state: &str) -> Vec<Value> {
        let mut issues = self.state()["issues"].take();
        let issues = issues.as_array_mut().expect("a list");
        issues.retain(|issue| issue["state"] == state);
        std::mem::take(issues)
    }

    /// The one open issue.
    pub(crate) fn open_issue(&self) -> Value {
        let mut open = self.issues("opened");
        assert_eq!(open.len(), 1, "{open:#?}");
        open.remove(0)
    }

    /// The notes on the merge request.
    pub(crate) fn merge_request_notes(&self) -> Vec<Value> {
        let notes = self.state()["merge_requests"][0]["notes"].take();
        notes.as_array().expect("a list").clone()
    }

    /// What was asked of the project and of users so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let mut state = self.state();
        let requests = state["requests"].as_array_mut().expect("a list");
        let project = format!("/api/v4/projects/{}", self.id());
        let requests = requests.iter().map(|request| {
            let path = request["path"].as_str().expect("a path");
            Request {
                method: request["method"].as_str().expect("a method").to_owned(),
                path: path.strip_prefix(&project).unwrap_or(path).to_owned(),
                status: request["status"].as_u64().expect("a status"),
            }
        });
        requests.collect()
    }

    /// The requests so far that write.
    pub(crate) fn writes(&self) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.method != "GET");
        requests
    }

    /// The quick actions that GitLab found and carried out.
    pub(crate) fn quick_actions(&self) -> Value {
        self.state()["quick_actions"].take()
    }

    /// Whether every fault has struck.
    pub(crate) fn is_past_faults(&self) -> bool {
        self.state()["faults_to_come"] == 0
    }

    /// Lets requests fail; the stand-in's `control.py` says what there is.
    pub(crate) fn fault(&self, fault: Value) {
        self.post("faults", fault);
    }

    /// Someone changes an issue: its state, labels or description.
    pub(crate) fn change_issue(&self, iid: u64, change: Value) {
        self.post(&format!("issues/{iid}"), change);
    }

    /// The merge request adds these lines, by file.
    pub(crate) fn add_lines(&self, lines: Value) {
        self.post("added-lines", lines);
    }

    /// Open issues of other people, or with `own` of the token's user.
    pub(crate) fn add_issues(&self, issues: Value) {
        self.post("issues", issues);
    }

    /// Notes of a developer on the merge request.
    pub(crate) fn add_notes(&self, notes: Value) {
        self.post("notes", notes);
    }

    fn post(&self, what: &str, body: Value) {
        let url = format!("{}/{}/{what}", Shared::gitlab("projects_url"), self.id());
        ureq::post(&url).send_json(body).expect("done");
    }
}

/// Projects and groups of the test's own at the stand-in for GitLab, and a user who is a member of them.
pub(crate) struct GitLabDirectory {
    answer: Value,
}

impl GitLabDirectory {
    /// What the stand-in's `control.py` describes, below a group of the test's own.
    pub(crate) fn of(content: Value) -> Self {
        let url = Shared::gitlab("projects_url").replace("/projects", "/directory");
        let mut answer = ureq::post(&url).send_json(content).expect("a directory");
        let answer = answer.body_mut().read_json().expect("JSON");
        Self { answer }
    }

    /// The group above all of it.
    pub(crate) fn root(&self) -> &str {
        field(&self.answer, "root")
    }

    /// The number of a project, counted from 0 in the order in which they were described.
    pub(crate) fn project(&self, number: usize) -> u64 {
        self.projects(number)[0]
    }

    /// The numbers of projects that were described together.
    pub(crate) fn projects(&self, number: usize) -> Vec<u64> {
        let ids = self.answer["projects"][number].as_array().expect("a list");
        ids.iter().filter_map(Value::as_u64).collect()
    }

    /// The number of a group.
    pub(crate) fn group(&self, number: usize) -> u64 {
        self.answer["groups"][number].as_u64().expect("a number")
    }

    /// A token of the kind `read_api` or `job`.
    pub(crate) fn token(&self, kind: &str) -> &str {
        field(&self.answer["tokens"], kind)
    }

    /// Limits how many requests the user may send in a time.
    pub(crate) fn limit(&self, count: u64, seconds: u64) {
        let body = json!({"count": count, "seconds": seconds});
        ureq::post(self.user("limit"))
            .send_json(body)
            .expect("done");
    }

    /// What the user asked for so far: paths of the API with their queries.
    pub(crate) fn requests(&self) -> Vec<String> {
        let mut answer = ureq::get(self.user("requests")).call().expect("a list");
        let paths: Vec<String> = answer.body_mut().read_json().expect("JSON");
        let paths = paths.into_iter();
        paths.map(|path| path.replace("/api/v4/", "")).collect()
    }

    fn user(&self, what: &str) -> String {
        let url = Shared::gitlab("projects_url").replace("/projects", "/users");
        format!("{url}/{}/{what}", self.answer["user"])
    }
}

/// A field of an issue or a note, as text.
pub(crate) fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

/// What of a text of Markdown is not code, as readers see it, and the HTML in it.
pub(crate) fn prose(markdown: &str) -> String {
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};

    let mut prose = String::new();
    let mut in_code = false;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if !in_code => prose.push_str(&text),
            Event::Html(html) | Event::InlineHtml(html) => prose.push_str(&html),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => prose.push('\n'),
            _ => {}
        }
    }
    prose
}
