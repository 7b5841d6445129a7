//! Answers what the jobs of one project get.

use std::collections::BTreeSet;

use super::question::{Filter, near};
use crate::access::{Configuration, Jwts, Obstacle, Reachability, Target, Verdict, Way, Ways};
use crate::desired::{Desired, Mapping, MappingOwner};
use crate::report::explain::{Context, JobAnswer, ProjectAnswer};
use crate::resource::Address;

/// How many JWT roles that refuse a job are named; more are not listed.
const FEW: usize = 3;

/// What answers are computed from.
pub(super) struct AnswerSources<'a, 'c> {
    /// The files.
    pub(super) desired: &'a Desired,
    /// The roles and policies.
    pub(super) configuration: &'c Configuration<'c>,
    /// The ways of all tokens.
    pub(super) ways: &'a Ways<'c>,
    /// The ways to the identities in question.
    pub(super) found: Reachability<'c>,
}

/// Answers for each job of a project: one for each environment and one without, or only for the environment in question.
pub(super) fn answer<'a, 'c>(
    name: &'a str,
    filter: &'a Filter<'a>,
    mut sources: AnswerSources<'a, 'c>,
    context: Context<'a>,
) -> ProjectAnswer<'a, 'c> {
    let everybodys = sources.found.split_everybodys();
    let project = AskedProject::new(name, filter, sources);
    let environments = match filter.environment {
        Some(environment) => vec![Some(environment)],
        None if project.mappings.is_empty() && project.groups.is_empty() => vec![None],
        None => project.environments().into_iter().map(Some).collect(),
    };
    let jobs = environments.into_iter().flat_map(|environment| {
        let mut mappings = project
            .mapped_in(environment)
            .into_iter()
            .map(Some)
            .collect::<Vec<_>>();
        if mappings.is_empty() {
            mappings.push(None);
        }
        let jobs = mappings.into_iter();
        let jobs = jobs.map(|mapping| project.answer(environment, mapping, &everybodys));
        jobs.collect::<Vec<_>>()
    });
    ProjectAnswer {
        jobs: jobs.collect(),
        unknown: project.sources.found.unknown,
        everybodys,
        context,
    }
}

/// The project in question, its mappings, and what its jobs reach.
struct AskedProject<'a, 'c> {
    name: &'a str,
    mappings: Vec<(&'a Address, &'a Mapping)>,
    /// The mappings of the group that it is in, as far as that is known.
    groups: Vec<(&'a Address, &'a Mapping)>,
    /// What is known about the JWTs of its jobs.
    jwts: Jwts,
    filter: &'a Filter<'a>,
    sources: AnswerSources<'a, 'c>,
}

impl<'a, 'c> AskedProject<'a, 'c> {
    fn new(name: &'a str, filter: &'a Filter<'a>, mut sources: AnswerSources<'a, 'c>) -> Self {
        let is_named = |mapping: &Mapping| {
            mapping.owner.project_id().is_some()
                && (mapping.owner.path() == name || mapping.owner.id().to_string() == name)
        };
        let mappings = sources.desired.all_mappings();
        let mappings: Vec<_> = mappings.filter(|(_, mapping)| is_named(mapping)).collect();
        let id = mappings
            .first()
            .map(|(_, known)| known.owner.id().to_string());
        let mut jwts = named(id.as_deref(), name).and(&filter.claims());
        let groups = groups(sources.desired, name, id.is_some(), &jwts);
        if let [(_, group), ..] = groups.as_slice() {
            let group = group.owner.id().to_string();
            let claim = std::iter::once(("namespace_id", Some(group.as_str())));
            jwts = jwts.and(&Jwts::with(claim));
        }
        // The issuer of the jobs' JWTs is GitLab, if the methods name one.
        if let ([issuer], false) = (
            sources.configuration.issuers().as_slice(),
            filter.names("iss"),
        ) && !issuer.is_empty()
        {
            jwts = jwts.and(&Jwts::with(std::iter::once(("iss", Some(*issuer)))));
        }
        sources.found = sources.found.within(&jwts);
        Self {
            name,
            mappings,
            groups,
            jwts,
            filter,
            sources,
        }
    }

    /// Its environments, and finally `None` for jobs without one.
    fn environments(&self) -> Vec<Option<&'a str>> {
        let mapped = self.mappings.iter().chain(&self.groups);
        let names: BTreeSet<&str> = mapped
            .filter_map(|(_, mapping)| environment(mapping))
            .collect();
        names.into_iter().map(Some).chain([None]).collect()
    }

    /// The mappings for the jobs in an environment: of the project, or else of its group. It is more than one if the
    /// environment has several roles.
    fn mapped_in(&self, environment: Option<Option<&str>>) -> Vec<(&'a Address, &'a Mapping)> {
        let names = &self.sources.desired.environments;
        let resolved = match environment {
            None => return Vec::new(),
            Some(None) => None,
            // A name that Vault can't hold has no mapping, and is not the absence of a name.
            Some(Some(name)) => match names.resolve(name) {
                Some(name) => Some(name),
                None => return Vec::new(),
            },
        };
        let of = |mappings: &[(&'a Address, &'a Mapping)]| {
            let of = mappings.iter().copied();
            of.filter(|(_, mapping)| mapping.environment == resolved)
                .collect::<Vec<_>>()
        };
        let own = of(&self.mappings);
        if own.is_empty() {
            of(&self.groups)
        } else {
            own
        }
    }

    /// Answers for the job in an environment and one of its mappings; with `None`, for a job whose environment is unknown.
    fn answer(
        &self,
        environment: Option<Option<&str>>,
        mapping: Option<(&'a Address, &'a Mapping)>,
        everybodys: &[Way<'c>],
    ) -> JobAnswer<'c> {
        let job = match environment {
            Some(environment) => self.jwts.and(&self.filter.jobs_in(environment)),
            None => self.jwts.clone(),
        };
        let mut found = self.sources.found.within(&job);
        let role = mapping.map(|(role, _)| role);
        let mapped = role.and_then(|role| {
            let configuration = self.sources.configuration;
            configuration.target(&role.mount, &role.name)
        });
        let (verdict, reason) = match (role, mapped) {
            _ if job.is_empty() => (None, Some("no JWT has all claims of the question".into())),
            (Some(_), Some(target)) => self.verdict(&found, target, &job, everybodys),
            (Some(role), None) if self.sources.desired.expired.contains_key(role) => {
                let end = mapping.and_then(|(_, mapping)| mapping.end());
                let end = end.map(|end| format!("the mapping to {role} {end}"));
                (Some(Verdict::No), end)
            }
            (Some(role), None) => (
                None,
                Some(format!("Vault has no {role}, which the files declare")),
            ),
            (None, _) => (None, Some(self.missing(environment.flatten()))),
        };
        let ids = match self.id() {
            None => self.split_by_id(&mut found),
            Some(_) => BTreeSet::new(),
        };
        JobAnswer {
            title: self.title(environment, mapping),
            project_id: self.id(),
            environment: environment.flatten().map(str::to_owned),
            job,
            mapped,
            verdict,
            reason,
            ways: found.ways,
            ids,
        }
    }

    /// Whether a job reaches an AWS role, and if not, why.
    fn verdict(
        &self,
        found: &Reachability<'c>,
        target: Target<'c>,
        job: &Jwts,
        everybodys: &[Way<'c>],
    ) -> (Option<Verdict>, Option<String>) {
        if everybodys.iter().any(|way| way.target == target) {
            return (Some(Verdict::Yes), None);
        }
        let verdict = found.verdict(target, job);
        let is_reached = matches!(verdict, Verdict::Yes | Verdict::OnlyIf);
        let reason = (!is_reached).then(|| {
            let mut obstacles = self.sources.ways.obstacles(target, job);
            obstacles.retain(|obstacle| self.filter.admits(obstacle.through.name));
            reason(&obstacles)
        });
        (Some(verdict), reason)
    }

    /// Removes the ways of certain projects, and returns the ids of these projects.
    fn split_by_id(&self, found: &mut Reachability<'c>) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        found
            .ways
            .retain(|way| match way.jwts.texts_of("project_id") {
                Some(named) => {
                    ids.extend(named.into_iter().map(str::to_owned));
                    false
                }
                None => true,
            });
        ids
    }

    fn id(&self) -> Option<String> {
        match self.mappings.first() {
            Some((_, known)) => Some(known.owner.id().to_string()),
            None => is_id(self.name).then(|| self.name.to_owned()),
        }
    }

    fn title(
        &self,
        environment: Option<Option<&str>>,
        mapping: Option<(&Address, &Mapping)>,
    ) -> String {
        let project = match self.mappings.first() {
            Some((_, known)) => format!("{} ({})", known.owner.path(), known.owner.id()),
            None if is_id(self.name) => format!("project {}", self.name),
            None => self.name.to_owned(),
        };
        match environment {
            None => format!("{project}, any environment"),
            Some(None) => format!("{project}, no environment"),
            Some(Some(environment)) => {
                let role = mapping.and_then(|(_, mapping)| mapping.role.as_ref());
                let role = role.map(|role| format!(", role {role}"));
                let role = role.unwrap_or_default();
                format!("{project}, environment {environment}{role}")
            }
        }
    }

    /// Why the job has no AWS role.
    fn missing(&self, environment: Option<&str>) -> String {
        let Some((_, known)) = self.mappings.first() else {
            if let [(_, group), ..] = self.groups.as_slice() {
                return no_mapping(environment, "group", group.owner.id(), &self.groups);
            }
            let owners = self.sources.desired.all_mappings();
            let owners = owners.map(|(_, mapping)| &mapping.owner);
            let projects = owners.filter(|owner| owner.project_id().is_some());
            let projects = projects.map(MappingOwner::path);
            return format!(
                "the files have no project {}{}",
                self.name,
                near(self.name, projects)
            );
        };
        no_mapping(environment, "project", known.owner.id(), &self.mappings)
    }
}

/// The mappings of the group that a project is in: that of the claim `namespace_id`, or, if no file declares the project,
/// the group whose path its own begins with.
fn groups<'a>(
    desired: &'a Desired,
    name: &str,
    is_declared: bool,
    jwts: &Jwts,
) -> Vec<(&'a Address, &'a Mapping)> {
    let asked = jwts.texts_of("namespace_id");
    let parent = name.rsplit_once('/').map(|(parent, _)| parent);
    let is_its = |mapping: &Mapping| match (&mapping.owner, &asked) {
        (MappingOwner::Project { .. }, _) => false,
        (MappingOwner::Group { id, .. }, Some(asked)) => asked.contains(id.to_string().as_str()),
        (MappingOwner::Group { path, group, id }, None) => {
            !is_declared && group == id && parent == Some(path.as_str())
        }
    };
    let mappings = desired.all_mappings();
    mappings.filter(|(_, mapping)| is_its(mapping)).collect()
}

fn no_mapping(
    environment: Option<&str>,
    of: &str,
    id: u64,
    mappings: &[(&Address, &Mapping)],
) -> String {
    let Some(environment) = environment else {
        return format!("no default mapping of {of} {id}, for jobs without an environment");
    };
    let names = mappings.iter();
    let hint = near(
        environment,
        names.filter_map(|(_, mapping)| self::environment(mapping)),
    );
    format!("no mapping for environment {environment} of {of} {id}{hint}")
}

/// What is known about the JWTs of a project. If the id is known, the path decides nothing: the project may have moved.
fn named(id: Option<&str>, name: &str) -> Jwts {
    let id = id.or_else(|| is_id(name).then_some(name));
    if let Some(id) = id {
        return Jwts::with(std::iter::once(("project_id", Some(id))));
    }
    let path = ("project_path", Some(name));
    let namespace = name.rsplit_once('/');
    let namespace = namespace.map(|(namespace, _)| ("namespace_path", Some(namespace)));
    Jwts::with(std::iter::once(path).chain(namespace))
}

fn is_id(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn environment(mapping: &Mapping) -> Option<&str> {
    mapping.environment.as_ref().map(|name| name.as_str())
}

/// Why a job does not reach an AWS role, in one line.
fn reason(obstacles: &[Obstacle<'_>]) -> String {
    let (admitting, refusing): (Vec<_>, Vec<_>) =
        obstacles.iter().partition(|obstacle| obstacle.admits);
    if let Some(first) = admitting.first() {
        return format!("{} admits the job, but {}", first.through, first.why);
    }
    match refusing.as_slice() {
        [] => "there is no JWT role".to_owned(),
        few if few.len() <= FEW => {
            let few = few.iter();
            let few = few.map(|one| format!("{} refuses the job: {}", one.through, one.why));
            few.collect::<Vec<_>>().join("; ")
        }
        many => format!("no JWT role admits the job; {} refuse it", many.len()),
    }
}
