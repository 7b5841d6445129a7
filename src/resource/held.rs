//! What Vault holds at an address, whether or not it can be read.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::kind::Kind;
use super::managed::Answer;
use super::registry::Resource;
use super::unreadable::Unreadable;

/// What Vault holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Held {
    /// A resource, in its canonical form.
    Readable(Resource),
    /// Something that the type of its kind can't hold.
    Unreadable(Unreadable),
}

impl Kind {
    /// The canonical form of what Vault answered.
    pub(crate) fn parse(self, data: impl Into<Value>) -> Answer<Held> {
        match data.into() {
            Value::Object(fields) => {
                let Answer { held, unmodelled } = self.parse_fields(fields);
                Answer {
                    held: held.map_or_else(Held::Unreadable, Held::Readable),
                    unmodelled,
                }
            }
            other => Answer {
                held: Held::Unreadable(Unreadable::whole(&other)),
                unmodelled: Map::new(),
            },
        }
    }
}

impl From<Resource> for Held {
    fn from(resource: Resource) -> Self {
        Self::Readable(resource)
    }
}

#[cfg(test)]
impl Answer<Held> {
    /// The resource, which has to be readable.
    pub(crate) fn resource(self) -> Resource {
        match self.held {
            Held::Readable(resource) => resource,
            Held::Unreadable(why) => panic!("{why}"),
        }
    }
}

impl Held {
    /// The resource, if it can be read.
    pub(crate) const fn readable(&self) -> Option<&Resource> {
        match self {
            Self::Readable(resource) => Some(resource),
            Self::Unreadable(_) => None,
        }
    }

    /// What is wrong with it, if it can't be read.
    pub(crate) const fn unreadable(&self) -> Option<&Unreadable> {
        match self {
            Self::Readable(_) => None,
            Self::Unreadable(unreadable) => Some(unreadable),
        }
    }

    /// The fields that can be read, by name.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        match self {
            Self::Readable(resource) => resource.fields(),
            Self::Unreadable(unreadable) => unreadable.fields().clone(),
        }
    }

    /// Whether a field can be read; of one inside another, the outer name counts.
    pub(crate) fn has(&self, field: &str) -> bool {
        let name = field.split('.').next().unwrap_or(field);
        self.fields().contains_key(name)
    }

    /// A resource of the fields that can be read, with nothing in place of the others: what the request that replaces it
    /// goes by. It says nothing about whom it lets in.
    pub(crate) fn to_replace(&self, kind: Kind) -> Option<Resource> {
        match self {
            Self::Readable(resource) => Some(resource.clone()),
            Self::Unreadable(unreadable) => kind.of_fields(unreadable.fields().clone()),
        }
    }
}
