//! Collects the ways of a configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::admission::{admitted, is_of_use};
use super::index::RuleIndex;
use super::request::RequestNeeds;
use super::second_login::{SourceGroup, changes_nothing, groups};
use super::template::{Template, TooComplex};
use super::token::{Asked, TokenRule, decide, is_plain, with_blocked, with_mixed_wildcards};
use super::unknown::Unknown;
use super::way::{AfterLogin, Identity, Way};
use crate::access::configuration::{Configuration, Door, Target};
use crate::access::grant::RuleRef;
use crate::access::jwts::facts::SERVER;
use crate::access::jwts::{ClaimSet, Jwts, Language, ServerProfile};
use crate::access::user_claim;
use crate::acl::{Capability, ReadRule};

/// The two requests that give credentials: an existing name needs `update` for a POST and `read` for a GET; `create` alone
/// gives nothing.
const CAPABILITIES: [Capability; 2] = [Capability::Update, Capability::Read];

/// The tokens of one role, while the metadata is that of a login with certain roles.
#[derive(Debug)]
struct Token<'c> {
    /// The place of the role that issued it.
    role: usize,
    /// The roles of the latest login, if it is another one.
    latest: Option<Rc<SourceGroup>>,
    /// The JWTs of the latest login.
    source: Rc<Jwts>,
    rules: Vec<TokenRule<'c>>,
    /// Each server that has to be looked at, with the logins after which it refuses every request.
    servers: Vec<(ServerProfile, Jwts)>,
    /// Whether all servers decide alike.
    is_plain: bool,
}

/// All ways of a configuration.
#[derive(Debug)]
pub(crate) struct Ways<'c> {
    configuration: &'c Configuration<'c>,
    /// By the place of a role: the JWTs that get a token that is of use.
    admitted: Vec<Rc<Jwts>>,
    tokens: Vec<Token<'c>>,
}

/// What leads to one AWS role.
#[derive(Debug, Default)]
pub(crate) struct Reached<'c> {
    /// The ways.
    pub(crate) ways: Vec<Way<'c>>,
    /// What may lead to it besides.
    pub(crate) unknown: Vec<Unknown<'c>>,
}

/// Finds the ways to AWS roles quickly, one after the other.
#[derive(Debug)]
pub(crate) struct Finder<'w, 'c> {
    ways: &'w Ways<'c>,
    index: RuleIndex<'w>,
}

impl<'c> Ways<'c> {
    /// Looks at all roles and policies.
    pub(crate) fn new(configuration: &'c Configuration<'c>) -> Self {
        let roles = &configuration.login_roles;
        let replacing: Vec<Rc<Jwts>> = roles.iter().map(|role| Rc::new(admitted(role))).collect();
        let of_use = roles
            .iter()
            .zip(&replacing)
            .map(|(role, jwts)| match is_of_use(role.role) {
                true => Rc::clone(jwts),
                false => Rc::default(),
            });
        let mut ways = Self {
            configuration,
            admitted: of_use.collect(),
            tokens: Vec::new(),
        };
        let mut known: BTreeMap<(&str, BTreeSet<&str>), Vec<Rc<SourceGroup>>> = BTreeMap::new();
        for (place, role) in roles.iter().enumerate() {
            if ways.admitted[place].is_empty() {
                continue;
            }
            let own = ways.token(place, place, None, Rc::clone(&replacing[place]));
            ways.tokens.extend(own);
            let directives = ways.directives(place);
            if directives.is_empty() {
                continue;
            }
            let groups = known
                .entry((role.mount, directives.clone()))
                .or_insert_with(|| {
                    let groups = groups(roles, &replacing, role.mount, &directives);
                    groups.into_iter().map(Rc::new).collect()
                });
            let groups = groups.clone();
            for group in groups {
                let first = group.members[0];
                if changes_nothing(role, &roles[first], &directives) || group.admitted.is_empty() {
                    continue;
                }
                let source = Rc::clone(&group.admitted);
                let token = ways.token(place, first, Some(group), source);
                ways.tokens.extend(token);
            }
        }
        ways
    }

    /// Prepares to find ways.
    pub(crate) fn finder(&self) -> Finder<'_, 'c> {
        let tokens = self.tokens.iter().map(|token| token.rules.as_slice());
        Finder {
            index: RuleIndex::new(tokens),
            ways: self,
        }
    }

    /// The configuration.
    pub(crate) fn configuration(&self) -> &'c Configuration<'c> {
        self.configuration
    }

    /// Policies of which it is not known what they allow, with those whose tokens have them.
    pub(crate) fn unknown_policies(&self) -> Vec<Unknown<'c>> {
        let mut unknown: BTreeMap<String, Unknown<'c>> = BTreeMap::new();
        for (role, jwts) in self.configuration.login_roles.iter().zip(&self.admitted) {
            if jwts.is_empty() {
                continue;
            }
            for (what, why) in self.configuration.unread_of(role.role) {
                let known = unknown.entry(what.clone()).or_insert_with(|| Unknown {
                    what,
                    why,
                    jwts: Jwts::none(),
                    through: Vec::new(),
                    target: None,
                });
                known.jwts = known.jwts.or(jwts);
                known.through.push(role);
            }
        }
        unknown.into_values().collect()
    }

    /// The directives in the policies of a role's tokens.
    fn directives(&self, place: usize) -> BTreeSet<&'c str> {
        let role = self.configuration.login_roles[place].role;
        let paths = self
            .configuration
            .rules_of(role)
            .filter_map(|(_, _, rule)| match rule {
                ReadRule::Whole(rule) => Some(rule.path.as_str()),
                ReadRule::Unknown { path, .. } => path.as_ref().map(|path| path.as_str()),
            });
        let pieces = paths.flat_map(|path| path.split("{{").skip(1));
        pieces
            .map(|piece| piece.split("}}").next().unwrap_or_default().trim())
            .collect()
    }

    /// The tokens of a role after a login with another one; none where no rule of theirs counts.
    fn token(
        &self,
        role: usize,
        latest: usize,
        group: Option<Rc<SourceGroup>>,
        source: Rc<Jwts>,
    ) -> Option<Token<'c>> {
        let roles = &self.configuration.login_roles;
        let value = |directive: &str| roles[latest].directive_value(directive);
        let mut rules: Vec<TokenRule<'c>> = Vec::new();
        let mut without_value = Vec::new();
        for (policy, number, rule) in self.configuration.rules_of(roles[role].role) {
            let (path, body) = match rule {
                ReadRule::Whole(rule) => (&rule.path, Some(rule)),
                ReadRule::Unknown {
                    path: Some(path), ..
                } => (path, None),
                ReadRule::Unknown { path: None, .. } => continue,
            };
            match Template::read(path.as_str(), value) {
                Ok(template) => rules.push(TokenRule {
                    policy,
                    number,
                    path: path.as_str(),
                    template,
                    body,
                }),
                Err(start) => without_value.push(start),
            }
        }
        let templates = || {
            let templates = rules.iter().map(|rule| &rule.template);
            templates.chain(&without_value)
        };
        let is_plain = is_plain(templates(), &source);
        let servers: &[ServerProfile] = match is_plain {
            true => &[ServerProfile::Drop],
            false => &ServerProfile::ALL,
        };
        let servers = servers.iter().map(|server| match server {
            ServerProfile::Drop => (*server, Jwts::none()),
            // OpenBao reads the directives from left to right, also those of a rule that then does not count.
            ServerProfile::Refuse => (*server, with_blocked(templates(), &source)),
            ServerProfile::Wild => {
                let templates = rules.iter().map(|rule| &rule.template);
                (*server, with_mixed_wildcards(templates, &source))
            }
        });
        let servers = servers.collect();
        (!rules.is_empty()).then_some(Token {
            role,
            latest: group,
            servers,
            source,
            rules,
            is_plain,
        })
    }
}

impl<'c> Finder<'_, 'c> {
    /// What leads to an AWS role, besides policies that are not known at all.
    pub(crate) fn to(&self, target: Target<'c>) -> Reached<'c> {
        let paths = Door::all().map(|door| target.path(door));
        let candidates = paths.flat_map(|path| self.index.candidates(&path));
        let mut reached = Reached::default();
        let candidates: BTreeSet<usize> = candidates.collect();
        for token in candidates {
            self.of_token(&self.ways.tokens[token], target, &mut reached);
        }
        self.leave_out_what_needs_no_other_login(&mut reached);
        reached
    }

    /// A way after another login is told of those only that have no way without it.
    fn leave_out_what_needs_no_other_login(&self, reached: &mut Reached<'c>) {
        let mut own: BTreeMap<Identity, Jwts> = BTreeMap::new();
        for way in reached.ways.iter().filter(|way| way.after.is_none()) {
            let known = own.entry(way.identity.clone()).or_default();
            *known = known.or(&way.jwts);
        }
        for way in reached.ways.iter_mut().filter(|way| way.after.is_some()) {
            if let Some(own) = own.get(&way.identity) {
                way.jwts = way.jwts.minus(own);
            }
        }
        reached.ways.retain(|way| !way.jwts.is_empty());
    }

    fn of_token(&self, token: &Token<'c>, target: Target<'c>, reached: &mut Reached<'c>) {
        let identities = Identity::of(target);
        let arns: Vec<Option<&str>> = match identities.as_slice() {
            [_] => vec![None],
            several => several.iter().map(|one| Some(one.name.as_str())).collect(),
        };
        let mut covered: BTreeMap<usize, Jwts> = BTreeMap::new();
        let requests =
            Door::all().flat_map(|door| CAPABILITIES.map(|capability| (door, capability)));
        for (door, capability) in requests {
            let path = target.path(door);
            let asked = Asked {
                path: &path,
                capability,
                arns: &arns,
            };
            let Ok(found) = self.found(token, asked) else {
                let what = format!(
                    "the policies of {}",
                    self.ways.configuration.login_roles[token.role]
                );
                let why = format!("they can match {path} in too many ways to look at");
                reached
                    .unknown
                    .push(self.unknown(token, what, why, target, &token.source));
                return;
            };
            for (rules, jwts) in found.unknown {
                let what = rules.to_string();
                let why = "it has something that this program can't read".to_owned();
                let unknown = self.unknown(token, what, why, target, &jwts);
                let is_new = |known: &Unknown<'_>| known.what != unknown.what;
                if !unknown.jwts.is_empty() && reached.unknown.iter().all(is_new) {
                    reached.unknown.push(unknown);
                }
            }
            let mut now = covered.clone();
            for (key, jwts) in found.given {
                let (own, after) = self.conditions(token, &jwts);
                let known = covered.get(&key.arn);
                if own.is_empty() || known.is_some_and(|known| known.covers(&own)) {
                    continue;
                }
                let all = now.entry(key.arn).or_default();
                *all = all.or(&own);
                reached.ways.push(Way {
                    through: &self.ways.configuration.login_roles[token.role],
                    target,
                    identity: identities[key.arn].clone(),
                    door,
                    capability,
                    rules: key.rules,
                    request: key.request,
                    jwts: own,
                    after,
                });
            }
            covered = now;
        }
    }

    /// What a token gets at a path, for the JWTs of the latest login.
    fn found(&self, token: &Token<'c>, asked: Asked<'_>) -> Result<Found, TooComplex> {
        let mut found = Found::default();
        for (server, refused) in &token.servers {
            let decision = decide(&token.rules, asked, *server, &token.source)?;
            let of_server = |jwts: &Jwts| {
                let jwts = jwts.minus(refused);
                match token.is_plain {
                    true => jwts,
                    false => jwts.require(SERVER, &ClaimSet::texts(Language::text(server.name()))),
                }
            };
            for given in decision.given {
                let key = Key {
                    rules: given
                        .rules
                        .iter()
                        .map(|rule| rule_ref(token, rule, self.ways))
                        .collect(),
                    arn: given.arn,
                    request: given.request,
                };
                let jwts = of_server(&given.jwts);
                let known = found.given.entry(key).or_default();
                *known = known.or(&jwts);
            }
            for (rule, jwts) in decision.unknown {
                let jwts = of_server(&jwts);
                let known = found
                    .unknown
                    .entry(rule_ref(token, rule, self.ways))
                    .or_default();
                *known = known.or(&jwts);
            }
        }
        Ok(found)
    }

    /// Who has a token after such logins: the own login is the latest one, or one of another job with the same alias.
    fn conditions(&self, token: &Token<'c>, latest: &Jwts) -> (Jwts, Option<AfterLogin<'c>>) {
        let roles = &self.ways.configuration.login_roles;
        let admitted = &self.ways.admitted[token.role];
        let Some(group) = &token.latest else {
            return (admitted.and(latest), None);
        };
        let other = group.admitted.and(latest);
        let (own_name, other_name) = (
            user_claim(roles[token.role].role),
            user_claim(roles[group.members[0]].role),
        );
        let own = other.bounds().iter().flat_map(|other| {
            let names = ClaimSet::texts(other.get(other_name).scalars.texts.clone());
            let own = admitted
                .require(own_name, &names)
                .require(SERVER, other.get(SERVER));
            own.bounds().to_vec()
        });
        let after = AfterLogin {
            roles: group
                .members
                .iter()
                .filter(|member| !self.ways.replacing(**member).and(&other).is_empty())
                .map(|member| &roles[*member])
                .collect(),
            jwts: other.clone(),
        };
        (own.collect(), Some(after))
    }

    fn unknown(
        &self,
        token: &Token<'c>,
        what: String,
        why: String,
        target: Target<'c>,
        latest: &Jwts,
    ) -> Unknown<'c> {
        Unknown {
            what,
            why,
            jwts: self.conditions(token, latest).0,
            through: vec![&self.ways.configuration.login_roles[token.role]],
            target: Some(target),
        }
    }
}

impl Ways<'_> {
    /// The JWTs whose login with a role replaces the metadata of their alias.
    fn replacing(&self, place: usize) -> Jwts {
        admitted(&self.configuration.login_roles[place])
    }
}

/// What a token gets at a path.
#[derive(Debug, Default)]
struct Found {
    given: BTreeMap<Key, Jwts>,
    unknown: BTreeMap<RuleRef, Jwts>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    rules: Vec<RuleRef>,
    arn: usize,
    request: RequestNeeds,
}

fn rule_ref(token: &Token<'_>, rule: &TokenRule<'_>, ways: &Ways<'_>) -> RuleRef {
    let role = &ways.configuration.login_roles[token.role];
    RuleRef {
        policy: rule.policy.to_owned(),
        number: rule.number,
        path: role.named(rule.path),
    }
}
