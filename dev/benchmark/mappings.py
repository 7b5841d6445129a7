"""Mapping files with any number of roles, and the requests that a perfect client would send for them."""

import json
import pathlib

# A key that signs nothing: with `jwks_url`, Vault would fetch keys at every write of the method's configuration.
PLATFORM = """\
version: 1
auth:
  gitlab:
    type: jwt
    config:
      bound_issuer: https://git.example.com
      jwt_validation_pubkeys:
        - |
          -----BEGIN PUBLIC KEY-----
          MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuL7M8qZeGA3x+QxCLFSX
          TSvZ8kevxHcCF8g+nJrgeY1OOm8cPZqUY2ubPCOSC1nSXpt9K3SxJtW5RklX9EVt
          uZcKN4c8AJI4xnJqZY6Lw8HrL9zJMEJ6Cfzh6BDRc1gEsOSOV2mdbiqDgcgpHO7X
          1FmICh8pAYCPA9K7uxyQJY+2mUfN3KM3tPtcjSZLWpfKK+HfZ+RN2xYAruIZ4tiQ
          dsGjkTIiJ9cNZfu9hApp04/+o0l0EcZvLQfVP7djOFyCOML8/YwbcHgx5ZsClEE0
          SEZNwpEhEaNvgo1FRnxopZNSFPe6AQV/O38+vNvoCjBKpozql5NfftMnPQ3J2rOO
          fQIDAQAB
          -----END PUBLIC KEY-----
    roles:
      aws-{environment}:
        for_each: environments
        user_claim: project_id
        bound_audiences: [https://vault.example.com]
        bound_claims: {environment: "{environment}", ref_protected: "true"}
        claim_mappings: {project_id: project_id}
        token_policies: ["aws-{environment}"]
        token_explicit_max_ttl: 10m
secrets:
  aws: {type: aws, description: AWS assumed roles, default_lease_ttl: 30m, max_lease_ttl: 1h}
policies:
  aws-{environment}:
    for_each: environments
    rules:
      - path: aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-{environment}
        capabilities: [update]
mappings:
  secrets: aws
  role_name: "{project_id}-{environment}"
  allowed_accounts: ["123456789012"]
"""
PROJECT = """\
project: group-%d/project-%d
id: %d
environments:
  prod: arn:aws:iam::123456789012:role/project-%d
"""
FOLDER = 500


def write(directory: pathlib.Path, roles: int) -> None:
    """One project with one environment for each role."""
    (directory / "vault.yaml").write_text(PLATFORM)
    for start in range(1, roles + 1, FOLDER):
        folder = directory / "projects" / f"group-{start // FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(start, min(start + FOLDER, roles + 1)):
            text = PROJECT % (start // FOLDER, number, number, number)
            (folder / f"project-{number}.yaml").write_text(text)


def write_environments(directory: pathlib.Path, environments: int) -> None:
    """Projects with ten environments each that no other project has."""
    (directory / "vault.yaml").write_text(PLATFORM)
    folder = directory / "projects/group"
    folder.mkdir(parents=True)
    for number in range(environments // 10):
        mappings = (f"  env-{number}-{i}: arn:aws:iam::123456789012:role/{number}-{i}\n" for i in range(10))
        text = f"project: group/project-{number}\nid: {number + 1}\nenvironments:\n{''.join(mappings)}"
        (folder / f"project-{number}.yaml").write_text(text)


def write_projects(directory: pathlib.Path, projects: int, environments: int = 3) -> None:
    """Projects with three environments each, of this many in all."""
    (directory / "vault.yaml").write_text(PLATFORM)
    for number in range(1, projects + 1):
        folder = directory / "projects" / f"group-{number // FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        names = (f"env-{(3 * number + i) % environments}" for i in range(3))
        roles = (f"  {name}: arn:aws:iam::123456789012:role/{number}-{name}\n" for name in names)
        text = f"project: group-{number // FOLDER}/project-{number}\nid: {number}\nenvironments:\n{''.join(roles)}"
        (folder / f"project-{number}.yaml").write_text(text)


def change_one(directory: pathlib.Path, text: str) -> None:
    """Gives the first project another role."""
    file = directory / "projects/group-0/project-1.yaml"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:-1], f"  prod: arn:aws:iam::123456789012:role/{text}", ""]))


def change_policy(directory: pathlib.Path, before: str, after: str) -> None:
    """Gives the policies of all jobs other capabilities."""
    file = directory / "vault.yaml"
    file.write_text(file.read_text().replace(f"capabilities: {before}", f"capabilities: {after}"))


def reads(roles: int) -> str:
    """What a plan has to ask."""
    listing = ["GET sys/auth", "GET sys/mounts", "GET auth/gitlab/role?list=true", "GET aws/roles?list=true"]
    return "\n".join(listing + [f"GET aws/roles/{number}-prod" for number in range(1, roles + 1)])


def writes(roles: int) -> str:
    """What an apply has to send: every role whole, and a read that verifies it."""
    paths = ((number, f"aws/roles/{number}-prod") for number in range(1, roles + 1))
    return "\n".join(f"POST {path} {role(number)}\tGET {path}" for number, path in paths)


def role(number: int) -> str:
    fields = {
        "credential_type": "assumed_role",
        "role_arns": [f"arn:aws:iam::123456789012:role/project-{number}"],
        "policy_arns": [],
        "policy_document": "",
        "iam_groups": [],
        "iam_tags": {},
        "session_tags": {},
        "external_id": "",
        "default_sts_ttl": "0s",
        "max_sts_ttl": "0s",
        "user_path": "",
        "permissions_boundary_arn": "",
        "mfa_serial_number": "",
    }
    return json.dumps(fields, separators=(",", ":"))
