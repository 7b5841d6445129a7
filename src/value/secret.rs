//! Where a secret comes from: files name it, and only `apply` sends it.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};

use crate::digest;

/// An environment variable or a file that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum SecretSource {
    /// The name of an environment variable.
    Env(String),
    /// The path of a file; a final newline is not part of the secret.
    File(PathBuf),
}

/// A secret that could not be read from where the files say it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// The variable is not set, empty, or not text.
    #[error("the environment variable {0} is not set; set it to the secret that the files name")]
    Env(String),
    /// The file can't be read.
    #[error("can't read the secret in {path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
}

/// As messages name it: `$VAULT_AWS_KEY_ID`, or the path of the file.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "${name}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl SecretSource {
    /// Reads the secret.
    ///
    /// # Errors
    /// When the variable is not set or empty, or the file can't be read.
    pub(crate) fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Env(name) => std::env::var(name)
                .ok()
                .filter(|text| !text.is_empty())
                .map(SecretString::from)
                .ok_or_else(|| SecretError::Env(name.clone())),
            Self::File(path) => std::fs::read_to_string(path)
                .map(|text| SecretString::from(text.trim_end_matches(['\r', '\n'])))
                .map_err(|error| SecretError::File {
                    path: path.clone(),
                    error,
                }),
        }
    }
}

/// The id of an access key, recognisable but not whole: `AKIA…#1f2e3d4c5b6a7988`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct KeyId(String);

impl KeyId {
    /// Whether there is no key.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for KeyId {
    fn from(id: &str) -> Self {
        if id.is_empty() || id.contains('…') {
            return Self(id.to_owned());
        }
        let hash = digest::hex([id], 8);
        let head: String = id.chars().take(4).collect();
        Self(format!("{head}…#{hash}"))
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(deserializer)?.as_str()))
    }
}
