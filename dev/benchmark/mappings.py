"""Mapping files with any number of roles, and the requests that a perfect client would send for them."""

import json
import pathlib

PLATFORM = """\
version: 1
secrets:
  aws: {type: aws, description: AWS assumed roles, default_lease_ttl: 30m, max_lease_ttl: 1h}
mappings:
  secrets: aws
  role_name: "{project_id}-{environment}"
"""
PROJECT = """\
project: group-%d/project-%d
id: %d
environments:
  %s: arn:aws:iam::123456789012:role/project-%d
"""
FOLDER = 500


def write(directory: pathlib.Path, roles: int, environment: str = "prod") -> None:
    """One project with one environment for each role."""
    (directory / "vault.yaml").write_text(PLATFORM)
    for start in range(1, roles + 1, FOLDER):
        folder = directory / "projects" / f"group-{start // FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(start, min(start + FOLDER, roles + 1)):
            text = PROJECT % (start // FOLDER, number, number, environment, number)
            (folder / f"project-{number}.yaml").write_text(text)


def change_one(directory: pathlib.Path, text: str) -> None:
    """Gives the first project another role."""
    file = directory / "projects/group-0/project-1.yaml"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:-1], f"  prod: arn:aws:iam::123456789012:role/{text}", ""]))


def reads(roles: int) -> str:
    """What a plan has to ask."""
    listing = ["GET sys/mounts", "GET aws/roles?list=true"]
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
