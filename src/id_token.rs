//! The JWT that GitLab signs for a job: verifies it by the published keys, and sends it nowhere.
//!
//! GitLab signs with RS256 (<https://docs.gitlab.com/ci/secrets/id_token_authentication/>); the keys are a JSON Web Key Set
//! (RFC 7517). The signature is checked by `ring`, which TLS needs anyway.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How far two clocks may differ; Vault allows as much where a role sets no leeway of its own.
const LEEWAY: Duration = Duration::from_secs(60);

/// The claims of a JWT whose signature and times are right.
#[derive(Debug)]
pub(crate) struct VerifiedJwt {
    /// The claims by name.
    pub(crate) claims: BTreeMap<String, Value>,
    /// The id of the key that signed it.
    pub(crate) key_id: String,
    /// When it expires.
    pub(crate) expires: SystemTime,
}

/// Why a JWT is not to be trusted. No text of the JWT is part of the message, except the name of the algorithm and key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwtFault {
    /// It has another form.
    #[error("it is not a JWT")]
    Malformed,
    /// GitLab signs with RS256 alone.
    #[error("it is signed with the algorithm `{0}`, and GitLab signs with RS256")]
    Algorithm(String),
    /// The published keys have no such key.
    #[error("no published key has the id `{0}`, which the JWT names")]
    UnknownKey(String),
    /// The signature is not of that key.
    #[error("its signature is wrong: another key signed it, or it was changed")]
    Signature,
    /// It is past its time.
    #[error("it expired at {0}")]
    Expired(String),
    /// Its time has not come.
    #[error("it is valid from {0} on only")]
    NotYet(String),
    /// The keys have another form.
    #[error("the published keys are not a JSON Web Key Set")]
    Keys,
}

#[derive(Deserialize)]
struct JwtHeader {
    alg: String,
    #[serde(default)]
    kid: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<PublishedKey>,
}

/// A key; those of other types than RSA have no `n` and `e`.
#[derive(Deserialize)]
struct PublishedKey {
    #[serde(default)]
    kid: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

/// Verifies the signature of a JWT and its times.
///
/// # Errors
/// When it is not to be trusted.
pub(crate) fn verify(jwt: &str, keys: &[u8], now: SystemTime) -> Result<VerifiedJwt, JwtFault> {
    let mut parts = jwt.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JwtFault::Malformed);
    };
    let JwtHeader { alg, kid } = decoded(header)?;
    if alg != "RS256" {
        return Err(JwtFault::Algorithm(alg));
    }
    let keys: KeySet = serde_json::from_slice(keys).map_err(|_| JwtFault::Keys)?;
    let Some(key) = keys.keys.into_iter().find(|key| key.kid == kid) else {
        return Err(JwtFault::UnknownKey(kid));
    };
    let public = RsaPublicKeyComponents {
        n: bytes(&key.n).map_err(|_| JwtFault::Keys)?,
        e: bytes(&key.e).map_err(|_| JwtFault::Keys)?,
    };
    let signed = &jwt[..header.len() + 1 + payload.len()];
    public
        .verify(
            &RSA_PKCS1_2048_8192_SHA256,
            signed.as_bytes(),
            &bytes(signature)?,
        )
        .map_err(|_| JwtFault::Signature)?;
    let claims: BTreeMap<String, Value> = decoded(payload)?;
    let expires = time_of(&claims, "exp").ok_or(JwtFault::Malformed)?;
    if expires + LEEWAY < now {
        return Err(JwtFault::Expired(shown(expires)));
    }
    match time_of(&claims, "nbf") {
        Some(from) if now + LEEWAY < from => Err(JwtFault::NotYet(shown(from))),
        _ => Ok(VerifiedJwt {
            claims,
            key_id: kid,
            expires,
        }),
    }
}

fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, JwtFault> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| JwtFault::Malformed)
}

fn bytes(part: &str) -> Result<Vec<u8>, JwtFault> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(part);
    decoded.map_err(|_| JwtFault::Malformed)
}

/// A time, which a claim gives in Unix seconds.
fn time_of(claims: &BTreeMap<String, Value>, name: &str) -> Option<SystemTime> {
    let seconds = claims.get(name)?.as_u64()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn shown(time: SystemTime) -> String {
    httpdate::fmt_http_date(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(json: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(json)
    }

    #[test]
    fn a_jwt_that_gitlab_can_not_have_signed_is_refused_before_its_signature_is_looked_at() {
        let keys = br#"{"keys": [{"kid": "a", "kty": "RSA", "n": "AQAB", "e": "AQAB"}]}"#;
        let jwt = |header: &str| format!("{}.{}.AAAA", encoded(header), encoded("{}"));
        for (jwt, fault) in [
            (String::new(), JwtFault::Malformed),
            ("a.b".into(), JwtFault::Malformed),
            ("a.b.c.d".into(), JwtFault::Malformed),
            ("!.!.!".into(), JwtFault::Malformed),
            (
                jwt(r#"{"alg": "none"}"#),
                JwtFault::Algorithm("none".into()),
            ),
            (
                jwt(r#"{"alg": "HS256", "kid": "a"}"#),
                JwtFault::Algorithm("HS256".into()),
            ),
            (
                jwt(r#"{"alg": "RS256", "kid": "b"}"#),
                JwtFault::UnknownKey("b".into()),
            ),
            (jwt(r#"{"alg": "RS256", "kid": "a"}"#), JwtFault::Signature),
        ] {
            let found = verify(&jwt, keys, UNIX_EPOCH).unwrap_err();
            assert_eq!(found, fault, "{jwt}");
        }
        let jwt = jwt(r#"{"alg": "RS256", "kid": "a"}"#);
        let found = verify(&jwt, b"<html>", UNIX_EPOCH).unwrap_err();
        assert_eq!(found, JwtFault::Keys);
    }
}
