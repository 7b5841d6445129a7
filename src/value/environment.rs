//! GitLab's environments, and the names that they have in Vault.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use super::text_pattern::{TextPattern, shortest_match};
use super::{EnvironmentGlob, EnvironmentName, EnvironmentRole};

impl EnvironmentName {
    /// A name that Vault takes for roles and policies, made from a name in GitLab.
    pub(crate) fn like(name: &str) -> String {
        let words = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
        let words: Vec<&str> = words
            .map(|word| word.trim_matches('.'))
            .filter(|word| !word.is_empty())
            .collect();
        match words.as_slice() {
            [] => "other".to_owned(),
            words => words.join("-").replace("..", "-").to_lowercase(),
        }
    }

    /// What the names of AWS roles have in place of `{environment}`: the environment, with the role if it has several.
    pub(crate) fn with_role(&self, role: Option<&EnvironmentRole>) -> String {
        match role {
            Some(role) => format!("{self}-{role}"),
            None => self.to_string(),
        }
    }

    /// Whether GitLab takes an environment of this name for one of production.
    ///
    /// <https://docs.gitlab.com/ci/environments/#deployment-tier-of-environments>
    pub(crate) fn is_production(name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let has = |part: &&str| name.contains(*part);
        ["prod", "prd", "live"].iter().any(has) && !["non", "pre"].iter().any(has)
    }
}

impl EnvironmentGlob {
    /// Whether it stands for more than one name.
    pub(crate) fn is_glob(&self) -> bool {
        self.as_str().contains('*')
    }

    /// Whether it stands for a name.
    pub(crate) fn is_match(&self, name: &str) -> bool {
        have_common_text(self.as_str(), name)
    }

    /// Whether some name matches both.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        have_common_text(self.as_str(), other.as_str())
    }
}

/// Whether some text matches both globs.
fn have_common_text(one: &str, other: &str) -> bool {
    let is_name = |glob: &str| !glob.contains('*');
    let (one_pattern, other_pattern) = (TextPattern::glob(one), TextPattern::glob(other));
    if is_name(one) {
        return other_pattern.matches(one);
    }
    if is_name(other) {
        return one_pattern.matches(other);
    }
    let both = BTreeSet::from([one_pattern, other_pattern]);
    shortest_match(&both, &BTreeSet::new(), &BTreeSet::new()).is_some()
}

/// GitLab's names of environments: one name or glob, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvironmentGlobs(Vec<EnvironmentGlob>);

impl EnvironmentGlobs {
    /// The names and globs, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &EnvironmentGlob> {
        self.0.iter()
    }
}

impl<'de> Deserialize<'de> for EnvironmentGlobs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrList;

        impl<'de> Visitor<'de> for OneOrList {
            type Value = Vec<EnvironmentGlob>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an environment, or a list of names")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(vec![text.parse().map_err(E::custom)?])
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut globs = Vec::new();
                while let Some(glob) = items.next_element()? {
                    globs.push(glob);
                }
                Ok(globs)
            }
        }

        deserializer.deserialize_any(OneOrList).map(Self)
    }
}

impl JsonSchema for EnvironmentGlobs {
    fn schema_name() -> Cow<'static, str> {
        "EnvironmentGlobs".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let glob = generator.subschema_for::<EnvironmentGlob>();
        json_schema!({"anyOf": [glob, {"type": "array", "items": glob, "minItems": 1}]})
    }
}

/// GitLab's environments, by the names that they have in Vault. A name that is not here stands for itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct EnvironmentNames(BTreeMap<EnvironmentName, Vec<EnvironmentGlob>>);

impl EnvironmentNames {
    /// The name in Vault of an environment, which is given by that name or by GitLab's. None if Vault can't hold it.
    pub(crate) fn resolve(&self, name: &str) -> Option<EnvironmentName> {
        if let Some((own, _)) = self.0.get_key_value(name) {
            return Some(own.clone());
        }
        let mut known = self.0.iter();
        let matching = known.find(|(_, globs)| globs.iter().any(|glob| glob.is_match(name)));
        match matching {
            Some((own, _)) => Some(own.clone()),
            None => name.parse().ok(),
        }
    }

    /// The names in Vault of those that have an entry.
    pub(crate) fn names(&self) -> impl Iterator<Item = &EnvironmentName> {
        self.0.keys()
    }

    /// Whether there is an entry of this name.
    pub(crate) fn has(&self, name: &EnvironmentName) -> bool {
        self.0.contains_key(name)
    }

    /// GitLab's names of the environment with a name in Vault.
    pub(crate) fn globs(&self, name: &EnvironmentName) -> Vec<EnvironmentGlob> {
        match self.0.get(name) {
            Some(globs) => globs.clone(),
            None => vec![name.into()],
        }
    }

    /// GitLab's names of what is given by GitLab's name or by that in Vault.
    pub(crate) fn asked(&self, name: &str) -> Vec<String> {
        let known = self.0.get(name).into_iter().flatten();
        let globs: Vec<String> = known.map(ToString::to_string).collect();
        if globs.is_empty() {
            vec![name.to_owned()]
        } else {
            globs
        }
    }
}

impl FromIterator<(EnvironmentName, Vec<EnvironmentGlob>)> for EnvironmentNames {
    fn from_iter<I: IntoIterator<Item = (EnvironmentName, Vec<EnvironmentGlob>)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_overlap_if_one_name_matches_both() {
        let cases = [
            ("prod", "prod", true),
            ("prod", "Prod", false),
            ("review/*", "review/x/y", true),
            ("review/*", "review", false),
            ("review/*", "reviews/x", false),
            ("*", "prod/eu", true),
            ("*/eu", "prod/*", true),
            ("a*b", "ab", true),
            ("a*b", "b*a", false),
            ("a*", "*b", true),
            ("a*b*c", "axxc", false),
            ("a*b*c", "axbxc", true),
            ("**", "", true),
        ];
        for (one, other, expected) in cases {
            assert_eq!(have_common_text(one, other), expected, "{one} {other}");
            assert_eq!(have_common_text(other, one), expected, "{other} {one}");
        }
    }
}
