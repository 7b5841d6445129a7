"""GitLab's signing keys, and ID tokens as its jobs get them.

    GET  /-/jwks                             the public keys, as GitLab serves them
    GET  /.well-known/openid-configuration   where they are, for oidc_discovery_url
    POST /test/id_token                      a signed token; GitLab has no such address: a runner hands it to the job

The body of the POST is a JSON object of claims that replace the ones below; null takes a claim away.
`?key=foreign` signs with a key that is not among the published ones; with `&kid=published` it claims to be one of them.

Claims: https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
"""

import base64
import hashlib
import json
import time
import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Blueprint, Response, jsonify, request

LIFETIME = 300
SHA = "714a629c0b401fdce83e847fc9589983fc6f46bc"


class Key:
    """An RSA key, known by the thumbprint of RFC 7638."""

    def __init__(self) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = self._private.public_key().public_numbers()
        required = {"e": base64url(big_endian(public.e)), "kty": "RSA", "n": base64url(big_endian(public.n))}
        self.kid = base64url(hashlib.sha256(compact(required)).digest())
        self.jwk = required | {"kid": self.kid, "use": "sig", "alg": "RS256"}

    def sign(self, claims: dict, kid: str | None = None) -> str:
        header = {"typ": "JWT", "kid": kid or self.kid, "alg": "RS256"}
        message = f"{base64url(compact(header))}.{base64url(compact(claims))}"
        signature = self._private.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{message}.{base64url(signature)}"


class IdTokens:
    """The issuer of one GitLab instance."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._keys = {"published": Key(), "foreign": Key()}

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("id_tokens", __name__)
        blueprint.get("/-/jwks")(self.jwks)
        blueprint.get("/.well-known/openid-configuration")(self.discovery)
        blueprint.post("/test/id_token")(self.id_token)
        return blueprint

    def jwks(self) -> Response:
        return jsonify(keys=[self._keys["published"].jwk])

    def discovery(self) -> Response:
        """Vault takes only an issuer that is the URL it asked."""
        url = request.host_url.rstrip("/")
        return jsonify(
            issuer=url,
            jwks_uri=f"{url}/-/jwks",
            response_types_supported=["code"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
        )

    def id_token(self) -> Response | tuple[str, int]:
        overrides = request.get_json(force=True, silent=True) if request.get_data() else {}
        if not isinstance(overrides, dict):
            return "the body must be a JSON object of claims\n", 400
        key = self._keys.get(request.args.get("key", "published"))
        if key is None:
            return f"key must be one of {', '.join(self._keys)}\n", 400
        pretended = self._keys.get(request.args.get("kid", ""))
        return Response(key.sign(self.claims(overrides), pretended and pretended.kid), mimetype="text/plain")

    def claims(self, overrides: dict) -> dict:
        """What GitLab puts into the token of a job of project 365 on the branch main, except for the overrides.

        All values are strings, also of ids and booleans, except runner_id and the times.
        """
        project_path = overrides.get("project_path") or "somenamespace/someproject"
        project_id = overrides.get("project_id") or "365"
        namespace_id = overrides.get("namespace_id") or "72"
        namespace_path = overrides.get("namespace_path") or str(project_path).rpartition("/")[0]
        ref = overrides.get("ref") or "main"
        ref_type = overrides.get("ref_type") or "branch"
        ref_path = f"refs/{'tags' if ref_type == 'tag' else 'heads'}/{ref}"
        now = int(time.time())
        claims = {
            "namespace_id": namespace_id,
            "namespace_path": namespace_path,
            "project_id": project_id,
            "project_path": project_path,
            "job_namespace_id": namespace_id,
            "job_namespace_path": namespace_path,
            "job_project_id": project_id,
            "job_project_path": project_path,
            "user_id": "42",
            "user_login": "developer",
            "user_email": "developer@example.com",
            "user_access_level": "developer",
            "pipeline_id": "1212",
            "pipeline_source": "push",
            "job_id": "1213",
            "ref": ref,
            "ref_type": ref_type,
            "ref_path": ref_path,
            "ref_protected": "true",
            "groups_direct": [namespace_path],
            "runner_id": 1,
            "runner_environment": "self-hosted",
            "sha": SHA,
            "project_visibility": "private",
            "ci_config_ref_uri": f"{self._issuer.partition('://')[2]}/{project_path}//.gitlab-ci.yml@{ref_path}",
            "ci_config_sha": SHA,
            "jti": str(uuid.uuid4()),
            "iss": self._issuer,
            "iat": now,
            "nbf": now - 5,
            "exp": now + LIFETIME,
            "sub": f"project_path:{project_path}:ref_type:{ref_type}:ref:{ref}",
            "aud": "https://vault.example.com",
        }
        if overrides.get("environment"):
            claims |= {
                "environment": overrides["environment"],
                "environment_protected": "false",
                "deployment_tier": "production" if overrides["environment"] == "prod" else "development",
                "environment_action": "start",
            }
        claims |= overrides
        return {name: value for name, value in claims.items() if value is not None}


def compact(value: dict) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
