//! Small changes of a configuration: one bound, rule, deny, parameter, policy, role or mapping more or less.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::configuration::{self, ISSUERS};
use super::random::Random;

/// A changed configuration.
pub(super) struct Mutation {
    /// What was changed.
    pub(super) what: String,
    /// The text of `vault.yaml`.
    pub(super) platform: Value,
}

/// What kind of change it is. A run has to try each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    AwsRoleRemoved,
    BoundAdded,
    BoundNarrowed,
    BoundRemoved,
    BoundWidened,
    DenyAdded,
    DenyRemoved,
    MappingAdded,
    MappingRemoved,
    OtherIssuer,
    ParameterAdded,
    ParameterRemoved,
    PolicyAdded,
    PolicyRemoved,
    RoleAdded,
    RoleRemoved,
    RuleAdded,
    RuleNarrowed,
    RuleRemoved,
    RuleWidened,
}

impl Class {
    pub(super) const ALL: [Self; 20] = [
        Self::AwsRoleRemoved,
        Self::BoundAdded,
        Self::BoundNarrowed,
        Self::BoundRemoved,
        Self::BoundWidened,
        Self::DenyAdded,
        Self::DenyRemoved,
        Self::MappingAdded,
        Self::MappingRemoved,
        Self::OtherIssuer,
        Self::ParameterAdded,
        Self::ParameterRemoved,
        Self::PolicyAdded,
        Self::PolicyRemoved,
        Self::RoleAdded,
        Self::RoleRemoved,
        Self::RuleAdded,
        Self::RuleNarrowed,
        Self::RuleRemoved,
        Self::RuleWidened,
    ];
}

/// The changes of a configuration, by their class.
pub(super) struct Mutations<'p> {
    platform: &'p Value,
    found: BTreeMap<Class, Vec<Mutation>>,
}

/// One change of each kind and place.
pub(super) fn all(platform: &Value, random: &mut Random) -> BTreeMap<Class, Vec<Mutation>> {
    let mut mutations = Mutations {
        platform,
        found: BTreeMap::new(),
    };
    for (mount, method) in entries(&platform["auth"]) {
        for (name, role) in entries(&method["roles"]) {
            mutations.of_role(&format!("/auth/{mount}/roles/{name}"), role, random);
        }
    }
    for (name, policy) in entries(&platform["policies"]) {
        mutations.of_policy(&format!("/policies/{name}/rules"), policy, random);
    }
    for (name, _) in entries(&platform["secrets"]["aws"]["roles"]) {
        let at = format!("/secrets/aws/roles/{name}");
        mutations.change(Class::AwsRoleRemoved, &at, None);
    }
    let issuer = "/auth/second/config/bound_issuer";
    if let Some(known) = platform.pointer(issuer) {
        let other = ISSUERS.into_iter().find(|other| *known != **other);
        mutations.change(Class::OtherIssuer, issuer, other.map(Value::from));
    }
    mutations.found
}

impl Mutations<'_> {
    fn of_role(&mut self, at: &str, role: &Value, random: &mut Random) {
        self.change(Class::RoleRemoved, at, None);
        let mut open = role.clone();
        open["bound_claims"] = json!({});
        self.change(Class::RoleAdded, &format!("{at}-open"), Some(open));
        self.of_bounds(at, role, random);
        for (claim, _) in entries(&role["claim_mappings"]) {
            let at = format!("{at}/claim_mappings/{}", escaped(claim));
            self.change(Class::MappingRemoved, &at, None);
        }
        for claim in ["project_id", "environment", "ref"] {
            let mut keys = entries(&role["claim_mappings"]).map(|(_, key)| key);
            if !keys.any(|key| *key == *claim) {
                let at = format!("{at}/claim_mappings/{claim}");
                self.change(Class::MappingAdded, &at, Some(claim.into()));
            }
        }
        let policies = texts(&role["token_policies"]);
        for policy in &policies {
            let rest: Vec<&String> = policies.iter().filter(|one| *one != policy).collect();
            let at = format!("{at}/token_policies");
            self.change(Class::PolicyRemoved, &at, Some(json!(rest)));
        }
        for policy in ["p0", "p1", "p2", "p3"] {
            if !policies.iter().any(|one| one == policy) {
                let more = [&policies[..], &[policy.to_owned()]].concat();
                let at = format!("{at}/token_policies");
                self.change(Class::PolicyAdded, &at, Some(json!(more)));
            }
        }
    }

    fn of_bounds(&mut self, at: &str, role: &Value, random: &mut Random) {
        let bounds = &role["bound_claims"];
        for (claim, values) in entries(bounds) {
            let at = format!("{at}/bound_claims/{}", escaped(claim));
            self.change(Class::BoundRemoved, &at, None);
            let values = match values {
                Value::Array(list) => list.clone(),
                one => vec![one.clone()],
            };
            if values.len() > 1 {
                let index = random.below(values.len());
                self.change(Class::BoundNarrowed, &at, Some(values[index].clone()));
            }
            let others = [
                "365", "366", "900", "dev", "prod", "main", "tools", "true", "false",
            ];
            let mut more = values.clone();
            more.extend(
                others
                    .map(Value::from)
                    .into_iter()
                    .filter(|one| !values.contains(one)),
            );
            self.change(Class::BoundWidened, &at, Some(json!(more)));
        }
        for field in ["bound_subject", "groups_claim", "token_num_uses"] {
            if role.get(field).is_some() {
                self.change(Class::BoundRemoved, &format!("{at}/{field}"), None);
            }
        }
        let (claim, values) = configuration::bound(random);
        if bounds.get(claim).is_none() {
            let mut bound = role.clone();
            if values.to_string().contains('*') {
                bound["bound_claims_type"] = "glob".into();
            }
            bound["bound_claims"][claim] = values;
            self.change(Class::BoundAdded, at, Some(bound));
        }
    }

    fn of_policy(&mut self, at: &str, policy: &Value, random: &mut Random) {
        let rules = policy["rules"].as_array().unwrap();
        let with = |index: usize, rule: Option<Value>| {
            let mut changed = rules.clone();
            match rule {
                Some(rule) => changed[index] = rule,
                None => drop(changed.remove(index)),
            }
            if changed.is_empty() {
                // An empty policy is refused. A rule for a path that nobody asks for allows as little.
                changed.push(json!({"path": "nothing", "capabilities": ["read"]}));
            }
            Some(Value::from(changed))
        };
        for (index, rule) in rules.iter().enumerate() {
            let capabilities = |capabilities: &[&str]| {
                let mut rule = rule.clone();
                rule["capabilities"] = json!(capabilities);
                with(index, Some(rule))
            };
            let has = |capability: &str| {
                texts(&rule["capabilities"])
                    .iter()
                    .any(|one| one == capability)
            };
            let gives = has("update") || has("read");
            if has("deny") {
                self.change(Class::DenyRemoved, at, with(index, None));
                self.change(Class::RuleWidened, at, capabilities(&["update"]));
            } else if gives {
                self.change(Class::RuleRemoved, at, with(index, None));
                self.change(Class::RuleNarrowed, at, capabilities(&["list"]));
                let mut denied = rules.clone();
                denied.push(json!({"path": "aws/sts/365-dev", "capabilities": ["deny"]}));
                self.change(Class::DenyAdded, at, Some(denied.into()));
                self.change(Class::DenyAdded, at, capabilities(&["deny"]));
                let mut restricted = rule.clone();
                configuration::restrict(&mut restricted, random);
                self.change(Class::ParameterAdded, at, with(index, Some(restricted)));
            } else {
                self.change(Class::RuleWidened, at, capabilities(&["update"]));
            }
            for field in [
                "allowed_parameters",
                "denied_parameters",
                "required_parameters",
            ] {
                let mut freed = rule.clone();
                if freed.as_object_mut().unwrap().remove(field).is_some() {
                    self.change(Class::ParameterRemoved, at, with(index, Some(freed)));
                }
            }
        }
        for path in [
            "aws/sts/365-prod",
            "aws/sts/366-dev",
            "aws/sts/+",
            "aws/creds/*",
        ] {
            if rules.iter().all(|rule| rule["path"] != path) {
                let mut more = rules.clone();
                more.push(json!({"path": path, "capabilities": ["update"]}));
                self.change(Class::RuleAdded, at, Some(more.into()));
            }
        }
    }

    /// Puts a value at a place, or removes what is there.
    fn change(&mut self, class: Class, at: &str, value: Option<Value>) {
        let (parent, key) = at.rsplit_once('/').unwrap();
        let mut platform = self.platform.clone();
        let fields = platform.pointer_mut(parent).unwrap().as_object_mut();
        let fields = fields.unwrap();
        let key = key.replace("~1", "/");
        let what = format!("{class:?} at {at}: {value:?}");
        match value {
            Some(value) => drop(fields.insert(key, value)),
            None => drop(fields.remove(&key)),
        }
        let mutation = Mutation { what, platform };
        self.found.entry(class).or_default().push(mutation);
    }
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let entries = object.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.as_str(), value))
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// As a part of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('/', "~1")
}
