//! The lifetimes of tokens and credentials.

use std::time::SystemTime;

use super::subject::{Login, Subject};
use super::{Finding, Lint};
use crate::diagnostic::{Code, Mend};
use crate::resource::AwsRole;
use crate::value::Ttl;

pub(super) const BEYOND_LEASE: Lint = Lint {
    code: Code::TtlBeyondLease,
    check: beyond_lease,
};

pub(super) const LONG_LEEWAY: Lint = Lint {
    code: Code::LongLeeway,
    check: long_leeway,
};
pub(super) const USELESS_TOKEN: Lint = Lint {
    code: Code::UselessToken,
    check: useless_token,
};
pub(super) const EXPIRED_POLICY: Lint = Lint {
    code: Code::ExpiredPolicy,
    check: expired_policy,
};

pub(super) const LONG_LIVED_KEY: Lint = Lint {
    code: Code::LongLivedKey,
    check: long_lived_key,
};

/// The longest leeway that differing clocks justify, in seconds.
const MAX_LEEWAY: i64 = 10 * 60;

/// The default maximum TTL of servers for tokens and leases.
const SERVERS_MAX: Ttl = Ttl::seconds(768 * 60 * 60);

/// A session ends by itself; the key of an IAM user that a job has kept is valid until Vault rotates it.
fn long_lived_key(subject: &Subject<'_>) -> Vec<Finding> {
    let keys = subject.access().kept_keys();
    let found = keys.map(|(target, way)| {
        let rules: Vec<String> = way.rules.iter().map(ToString::to_string).collect();
        Finding::new(
            subject.at(["secrets", target.mount, "static_roles", target.name]),
            format!(
                "jobs get {}, which stays valid after the job, by {}",
                way.identity,
                rules.join(" and ")
            ),
            "give the jobs a role with `credential_type: assumed_role`, whose sessions end, and remove the rule",
        )
    });
    found.collect()
}

/// A JWT that stays valid for hours after it expires is worth stealing.
fn long_leeway(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for login in subject.roles() {
        let role = login.role;
        for (key, leeway) in [
            ("expiration_leeway", role.expiration_leeway),
            ("not_before_leeway", role.not_before_leeway),
            ("clock_skew_leeway", role.clock_skew_leeway),
        ] {
            if leeway.as_seconds() > MAX_LEEWAY {
                let place = subject.at_role(login, &[key]);
                let finding = Finding::new(
                    place,
                    format!(
                        "a JWT is accepted up to {leeway} after it expires, or before it is valid"
                    ),
                    "write 10m or less: clocks differ by less than that",
                );
                found.push(finding.mended(Some(Mend {
                    span: place,
                    text: "10m".into(),
                })));
            }
        }
    }
    found
}

/// OpenBao takes no policy that has ended, and deletes one at its end: from then on each apply fails.
fn expired_policy(subject: &Subject<'_>) -> Vec<Finding> {
    let now = SystemTime::now();
    let policies = subject.platform().policies.iter();
    let expired = policies.filter_map(|(name, policy)| {
        let end = policy.expiration.as_ref()?;
        end.is_before(now).then(|| {
            Finding::new(
                subject.at(["policies", name.as_str(), "expiration"]),
                format!("the policy `{name}` has ended, so OpenBao has deleted it and does not take it again"),
                "remove the policy and what gives it, or write a later time or `never`",
            )
        })
    });
    expired.collect()
}

/// Vault revokes a token and its leases at its last use, before it has asked STS.
fn useless_token(subject: &Subject<'_>) -> Vec<Finding> {
    let once = subject
        .roles()
        .filter(|login| login.role.token_num_uses == 1);
    let found = once.map(|login| {
        Finding::new(
            subject.at_role(login, &["token_num_uses"]),
            format!("no job gets credentials with `{}`: its token is revoked at its first use, before AWS answers", login.name),
            "remove `token_num_uses`, or write 2 or more",
        )
    });
    found.collect()
}

fn beyond_lease(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = tokens(subject);
    found.extend(credentials(subject));
    found
}

/// A token that outlives the leases that it gets is worth stealing: it can get new credentials.
fn tokens(subject: &Subject<'_>) -> Vec<Finding> {
    let platform = subject.platform();
    let engines = platform.secrets.values();
    let engines = engines
        .filter(|engine| engine.is_aws())
        .map(|engine| engine.max_lease_ttl);
    let lease = engines.map(|max| or(max, SERVERS_MAX)).max();
    let Some(lease) = lease else {
        return Vec::new();
    };
    let found = subject.roles().filter_map(|login| {
        let (key, life) = life(login, method_max(subject, login));
        (life > lease).then(|| {
            Finding::new(
                subject.at_role(login, &[key]),
                format!(
                    "a token of `{}` is valid for up to {life}, longer than any credentials that it can get",
                    login.name
                ),
                "write `token_explicit_max_ttl: 10m`: a job that needs more credentials logs in again",
            )
        })
    });
    found.collect()
}

fn method_max(subject: &Subject<'_>, login: Login<'_>) -> Ttl {
    let methods = subject.platform().auth.iter();
    let max = methods
        .filter(|(mount, _)| mount.as_str() == login.mount)
        .map(|(_, method)| method.max_lease_ttl)
        .next();
    or(max.unwrap_or_default(), SERVERS_MAX)
}

/// The longest lifetime of a token, and the key that sets it.
fn life(login: Login<'_>, method_max: Ttl) -> (&'static str, Ttl) {
    let role = login.role;
    let bounds = [
        ("token_explicit_max_ttl", role.token_explicit_max_ttl),
        ("token_max_ttl", role.token_max_ttl),
    ];
    let given = bounds.into_iter().filter(|(_, ttl)| !ttl.is_default());
    given
        .min_by_key(|(_, ttl)| *ttl)
        .unwrap_or(("token_explicit_max_ttl", method_max))
}

/// An STS session can't be revoked: it outlives its lease.
fn credentials(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (mount, engine) in &subject.platform().secrets {
        for (name, role) in &engine.keys.roles {
            let path = ["secrets", mount.as_str(), "roles", name.as_str()];
            if let Some((key, ttl)) = longer(role, engine.max_lease_ttl) {
                let span = subject.at(path.into_iter().chain([key]));
                found.push(too_long(span, ttl, engine.max_lease_ttl));
            }
        }
    }
    for role in subject.mapped_roles() {
        let Some(target) = subject.mapped(&role) else {
            continue;
        };
        let engines = subject.platform().secrets.iter();
        let engine = engines
            .filter(|(mount, _)| mount.as_str() == target.mount)
            .map(|(_, engine)| engine.max_lease_ttl)
            .next();
        let Some(aws_role) = target.role() else {
            continue;
        };
        if let Some((_, ttl)) = longer(aws_role, engine.unwrap_or_default()) {
            let span = subject.at_mapping(&role);
            found.push(too_long(span, ttl, engine.unwrap_or_default()));
        }
    }
    found
}

fn longer(role: &AwsRole, lease: Ttl) -> Option<(&'static str, Ttl)> {
    let ttls = [
        ("max_sts_ttl", role.max_sts_ttl),
        ("default_sts_ttl", role.default_sts_ttl),
    ];
    ttls.into_iter()
        .find(|(_, ttl)| *ttl > or(lease, SERVERS_MAX))
}

fn too_long(span: crate::diagnostic::Span, ttl: Ttl, lease: Ttl) -> Finding {
    Finding::new(
        span,
        format!(
            "credentials with a TTL of {ttl} stay valid after their lease has ended, after {}",
            or(lease, SERVERS_MAX)
        ),
        "write a shorter TTL, or a longer `max_lease_ttl` for the engine",
    )
}

fn or(ttl: Ttl, default: Ttl) -> Ttl {
    if ttl.is_default() { default } else { ttl }
}
