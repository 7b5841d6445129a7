//! Collects the ways of a configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::admission::{admitted, is_usable};
use super::piece::DirectiveValue;
use super::second_login::{SourceGroup, changes_nothing, groups};
use super::template::Template;
use super::token::{TokenRule, is_plain, with_blocked, with_mixed_wildcards};
use super::unknown::{Cause, Unknown};
use super::way::RuleRef;
use crate::access::configuration::Configuration;
use crate::access::jwts::{Jwts, ServerProfile};
use crate::access::login_role::LoginRole;
use crate::acl::{Capability, ReadRule};
use crate::resource::RoleType;

/// The tokens of one role, while the metadata is that of a login with certain roles.
#[derive(Debug)]
pub(super) struct Token<'c> {
    /// The place of the role that issued it.
    pub(super) role: usize,
    /// The roles of the latest login, if it is another one.
    pub(super) latest: Option<Rc<SourceGroup>>,
    /// The JWTs of the latest login.
    pub(super) source: Rc<Jwts>,
    pub(super) rules: Vec<TokenRule<'c>>,
    /// Each server that has to be looked at, with the logins after which it refuses every request.
    pub(super) servers: Vec<(ServerProfile, Jwts)>,
    /// Whether all servers decide alike.
    pub(super) is_plain: bool,
    /// Why it is not known who has it, or what its metadata are.
    pub(super) opaque: Option<Opaque>,
}

impl Token<'_> {
    /// Whether any of its rules gives a capability, as far as they can be read.
    pub(super) fn may_give(&self, capability: Capability) -> bool {
        let mut bodies = self.rules.iter().map(|rule| rule.body);
        bodies.any(|body| body.is_none_or(|body| body.capabilities.contains(&capability)))
    }
}

/// Why it is not known who has a token, or what the metadata are that its rules read.
#[derive(Debug)]
pub(super) struct Opaque {
    /// The reason, to go on with after "as".
    pub(super) why: String,
    /// Who may have it.
    pub(super) jwts: Rc<Jwts>,
}

/// All ways of a configuration.
#[derive(Debug)]
pub(crate) struct Ways<'c> {
    pub(super) configuration: &'c Configuration<'c>,
    /// For each role, by its position: the JWTs that get a usable token.
    pub(super) admitted: Vec<Rc<Jwts>>,
    pub(super) tokens: Vec<Token<'c>>,
}

impl<'c> Ways<'c> {
    /// Looks at all roles and policies.
    pub(crate) fn new(configuration: &'c Configuration<'c>) -> Self {
        let roles = &configuration.login_roles;
        let replacing: Vec<Rc<Jwts>> = roles.iter().map(|role| Rc::new(admitted(role))).collect();
        let usable = roles.iter().zip(&replacing).map(|(role, jwts)| {
            if is_usable(role.role) {
                Rc::clone(jwts)
            } else {
                Rc::default()
            }
        });
        let mut ways = Self {
            configuration,
            admitted: usable.collect(),
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
        ways.add_opaque_tokens();
        ways
    }

    /// The configuration.
    pub(crate) fn configuration(&self) -> &'c Configuration<'c> {
        self.configuration
    }

    /// What may lead to any AWS role: policies of which it is not known what they allow, logins of which it is not known
    /// which policies they give, and policies that let their holders give themselves more.
    pub(crate) fn unknown_everywhere(&self) -> Vec<Unknown<'c>> {
        let mut unknown: BTreeMap<String, Unknown<'c>> = BTreeMap::new();
        let people = Rc::new(Jwts::any());
        for (role, jwts) in self.configuration.login_roles.iter().zip(&self.admitted) {
            let jwts = match role.role.role_type {
                RoleType::Oidc => &people,
                RoleType::Jwt => jwts,
            };
            if jwts.is_empty() {
                continue;
            }
            for (what, why) in self.configuration.unread_of(role.role) {
                let known = unknown.entry(what.clone()).or_insert_with(|| Unknown {
                    what,
                    why,
                    cause: Cause::Unread,
                    jwts: Jwts::none(),
                    through: Vec::new(),
                    target: None,
                });
                known.jwts = known.jwts.or(jwts);
                known.through.push(role);
            }
        }
        let mut unknown: Vec<Unknown<'c>> = unknown.into_values().collect();
        unknown.extend(self.configuration.unknown_logins.iter().map(|login| {
            let issuer = (!login.issuer.is_empty()).then_some(("iss", Some(login.issuer)));
            Unknown {
                what: login.path.clone(),
                why: login.why.clone(),
                cause: Cause::Login,
                jwts: Jwts::with(issuer.into_iter()),
                through: Vec::new(),
                target: None,
            }
        }));
        unknown.extend(self.unread_targets());
        unknown.extend(self.powers());
        unknown
    }

    /// What gives credentials to some and can't be read, so that these may be of any IAM role.
    fn unread_targets(&self) -> Vec<Unknown<'c>> {
        let unread = &self.configuration.unread_targets;
        if unread.is_empty() {
            return Vec::new();
        }
        let finder = self.finder();
        let unread = unread.iter().filter_map(|(target, why)| {
            let reached = finder.to(*target);
            let ways = reached.ways.iter();
            let ways = ways.map(|way| (&way.jwts, vec![way.through]));
            let doubts = reached.unknown.iter();
            let doubts = doubts.map(|doubt| (&doubt.jwts, doubt.through.clone()));
            let mut found = Unknown {
                what: target.to_string(),
                why: why.clone(),
                cause: Cause::Credentials,
                jwts: Jwts::none(),
                through: Vec::new(),
                target: None,
            };
            for (jwts, through) in ways.chain(doubts) {
                found.jwts = found.jwts.or(jwts);
                let known = &mut found.through;
                let is_new =
                    |role: &&LoginRole<'c>| !known.iter().any(|one| std::ptr::eq(*one, *role));
                let new: Vec<_> = through.into_iter().filter(is_new).collect();
                known.extend(new);
            }
            (!found.jwts.is_empty()).then_some(found)
        });
        unread.collect()
    }

    /// The directives in the policies of a role's tokens.
    pub(super) fn directives(&self, place: usize) -> BTreeSet<&'c str> {
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
        let (rules, without_value) = self.rules(role, value);
        let templates = || {
            let templates = rules.iter().map(|rule| &rule.template);
            templates.chain(&without_value)
        };
        let is_plain = is_plain(templates(), &source);
        let servers: &[ServerProfile] = match &self.configuration.server {
            _ if is_plain => &[ServerProfile::Drop],
            Some(server) => std::slice::from_ref(server),
            None => &ServerProfile::ALL,
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
            opaque: None,
        })
    }

    /// The rules of a role's tokens with what stands for their directives, and what comes before the first directive of
    /// those that do not count.
    pub(super) fn rules(
        &self,
        role: usize,
        value: impl Fn(&str) -> DirectiveValue,
    ) -> (Vec<TokenRule<'c>>, Vec<Template>) {
        let login_role = &self.configuration.login_roles[role];
        let role = login_role.role;
        let mut rules: Vec<TokenRule<'c>> = Vec::new();
        let mut without_value = Vec::new();
        for (policy, number, rule) in self.configuration.rules_of(role) {
            let (path, body) = match rule {
                ReadRule::Whole(rule) => (&rule.path, Some(rule)),
                ReadRule::Unknown {
                    path: Some(path), ..
                } => (path, None),
                ReadRule::Unknown { path: None, .. } => continue,
            };
            match Template::read(path.as_str(), &value) {
                Ok(template) => rules.push(TokenRule {
                    policy,
                    number,
                    template,
                    body,
                    reference: RuleRef {
                        policy: policy.to_owned(),
                        number,
                        path: login_role.named(path.as_str()),
                    },
                }),
                Err(start) => without_value.push(start),
            }
        }
        (rules, without_value)
    }

    /// The JWTs that get a usable token from any role.
    pub(crate) fn admitted(&self) -> Jwts {
        let admitted = self.admitted.iter();
        admitted
            .flat_map(|jwts| jwts.bounds().iter().cloned())
            .collect()
    }

    /// Each role, with the JWTs that get a usable token from it.
    pub(crate) fn with_admitted(&self) -> impl Iterator<Item = (&'c LoginRole<'c>, &Jwts)> {
        let admitted = self.admitted.iter().map(|jwts| &**jwts);
        self.configuration.login_roles.iter().zip(admitted)
    }

    /// The JWTs that get a usable token from any role of a method.
    pub(crate) fn admitted_by(&self, mount: &str) -> Jwts {
        let of_mount = self.with_admitted().filter(|(role, _)| role.mount == mount);
        of_mount
            .flat_map(|(_, jwts)| jwts.bounds().iter().cloned())
            .collect()
    }

    /// The JWTs whose login with a role replaces the metadata of their alias.
    pub(super) fn replacing(&self, place: usize) -> Jwts {
        admitted(&self.configuration.login_roles[place])
    }
}
