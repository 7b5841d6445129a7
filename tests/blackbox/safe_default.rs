//! The files in `mappings/` against the hole of the article's: whose credentials a running job's token gets.

mod migration;

use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault, gets, id_token, log_in, stderr};

/// What the job of an environment says of itself.
fn job(environment: &str) -> Value {
    json!({ "environment": environment })
}

/// What a job of the project that holds the files says of itself.
fn provisioner(claims: Value) -> Value {
    let mut all = json!({"project_id": "7012", "project_path": "devops/vault-provisioner"});
    for (name, value) in claims.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    all
}

fn applied(mappings: &Mappings) -> Vault {
    let vault = Vault::start();
    Tool::new(&vault, mappings).apply().assert().success();
    vault
}

#[test]
fn a_running_jobs_token_gets_its_own_environment_whoever_logs_in_besides() {
    let vault = applied(&Mappings::shipped());
    let dev = log_in(&vault, "aws-dev", &job("dev"));
    let only_dev = |when: &str| {
        assert!(gets(&dev, "365-dev"), "{when}: 365-dev");
        for other in ["365-prod", "365", "412-dev", "gitlab-tools"] {
            assert!(!gets(&dev, other), "{when}: {other}");
        }
    };
    only_dev("before");
    let prod = log_in(&vault, "aws-prod", &job("prod"));
    only_dev("while a job of prod runs");
    assert!(gets(&prod, "365-prod"));
    assert!(!gets(&prod, "365-dev"));
    let bare = log_in(&vault, "aws", &json!({}));
    only_dev("while a job without an environment runs");
    assert!(gets(&bare, "365") && gets(&bare, "gitlab-tools"));
    assert!(!gets(&bare, "365-dev") && !gets(&bare, "365-prod"));
    log_in(
        &vault,
        "aws-dev",
        &json!({"environment": "dev", "project_id": "412"}),
    );
    only_dev("while a job of another project runs");
    prod.request("POST", "auth/token/revoke-self", &json!({}));
    only_dev("after");
}

#[test]
fn with_the_articles_files_a_dev_jobs_token_gets_prod_once_a_prod_job_logs_in() {
    let mappings = Mappings::article();
    mappings.append(
        "projects/somenamespace/someproject.yaml",
        "  prod: arn:aws:iam::123456789013:role/gitlab-service-role\n",
    );
    let vault = applied(&mappings);
    // Its roles are bound to no audience, so they admit only JWTs without one, which GitLab no longer signs.
    let job = |environment| json!({"environment": environment, "aud": null});
    let dev = log_in(&vault, "aws", &job("dev"));
    assert!(gets(&dev, "365-dev") && !gets(&dev, "365-prod"));
    log_in(&vault, "aws", &job("prod"));
    assert!(gets(&dev, "365-prod") && !gets(&dev, "365-dev"));
}

/// What holds the default in place: every role of the mount has to name the same user and set the same metadata.
#[test]
fn a_login_that_maps_no_project_takes_the_running_jobs_role_away() {
    let mappings = Mappings::shipped();
    let vault = applied(&mappings);
    vault.root.write(
        "auth/gitlab/role/careless",
        &json!({"role_type": "jwt", "user_claim": "project_id", "bound_audiences": "https://vault.example.com",
            "token_policies": "default"}),
    );
    let dev = log_in(&vault, "aws-dev", &job("dev"));
    assert!(gets(&dev, "365-dev"));
    log_in(&vault, "careless", &json!({}));
    assert!(!gets(&dev, "365-dev"));
}

#[test]
fn roles_admit_only_the_jobs_that_they_are_for() {
    let vault = applied(&Mappings::shipped());
    let unprotected = |claims: Value| {
        let mut all = claims;
        all["ref"] = "feature".into();
        all["ref_protected"] = "false".into();
        all
    };
    // GitLab asks for no approval of these.
    let acting = |action: &str| json!({"environment": "prod", "environment_action": action});
    let admitted = [
        ("aws-dev", unprotected(job("dev"))),
        (
            "aws-dev",
            json!({"environment": "dev", "environment_action": "verify"}),
        ),
        ("aws-prod", acting("start")),
        ("aws-prod", job("prod")),
        ("aws", unprotected(json!({}))),
        ("aws", job("dev")),
        ("vault-provisioner", provisioner(json!({}))),
        (
            "vault-provisioner-plan",
            unprotected(provisioner(json!({}))),
        ),
    ];
    for (role, claims) in admitted {
        log_in(&vault, role, &claims);
    }
    let refused = [
        ("aws-dev", job("prod")),
        ("aws-dev", json!({})),
        ("aws-prod", job("dev")),
        ("aws-prod", unprotected(job("prod"))),
        ("aws-prod", acting("prepare")),
        ("aws-prod", acting("verify")),
        ("aws-prod", acting("access")),
        ("aws-prod", acting("stop")),
        (
            "aws-dev",
            json!({"environment": "dev", "aud": "https://other.example.com"}),
        ),
        (
            "aws-dev",
            json!({"environment": "dev", "iss": "https://evil.example.com"}),
        ),
        ("vault-provisioner", json!({})),
        ("vault-provisioner", unprotected(provisioner(json!({})))),
        ("vault-provisioner", provisioner(json!({"ref": "release"}))),
        ("vault-provisioner", provisioner(json!({"ref_type": "tag"}))),
        (
            "vault-provisioner",
            provisioner(json!({"aud": "https://other.example.com"})),
        ),
        ("vault-provisioner-plan", json!({})),
    ];
    for (role, claims) in refused {
        let login = vault.log_in("gitlab", Some(role), &id_token(&claims));
        assert!(login.is_err(), "{role} admits {claims}");
    }
}

#[test]
fn a_branch_that_is_not_protected_plans_and_cannot_apply() {
    let mappings = Mappings::shipped();
    let vault = applied(&mappings);
    mappings.replace("vault.yaml", "AWS Assumed roles", "Something else");
    let branch = id_token(&provisioner(
        json!({"ref": "feature", "ref_protected": "false"}),
    ));
    let tool = Tool::new(&vault, &mappings)
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &branch);
    let plans = [
        "plan",
        "--detailed-exitcode",
        "--auth-role",
        "vault-provisioner-plan",
    ];
    tool.run(plans).assert().code(2);
    tool.apply().assert().code(1);
    let applies = [
        "apply",
        "--auto-approve",
        "--auth-role",
        "vault-provisioner-plan",
    ];
    let refused = tool.run(applies).assert().code(1);
    let message = stderr(&refused);
    assert!(message.contains("nothing was written"), "{message}");
    tool.run(plans).assert().code(2);

    let main = tool.with_env("VAULT_ID_TOKEN", &id_token(&provisioner(json!({}))));
    main.apply().assert().success();
    main.plan().assert().code(0);
}
