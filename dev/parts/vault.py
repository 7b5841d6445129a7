"""One fresh server: HashiCorp Vault, or OpenBao with the AWS secrets engine as a plugin.

It is a production server with storage in memory, or in files where it is to be killed and started again,
initialised and unsealed through its API. Against the `-dev` mode this starts faster, has no mount that
nobody asked for, can be left sealed or uninitialised, and its root token is in no command line,
environment or file.
"""

import base64
import contextlib
import ctypes
import hashlib
import http.client
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator

START_TIMEOUT = 30.0
PORT_ATTEMPTS = 5
# Loaded before any fork: the child may do next to nothing between fork and exec.
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
PLUGIN = "sys/plugins/catalog/secret/aws"
STARTED = re.compile(r"^==> (\w+) server started!", re.MULTILINE)
# A user's settings for another Vault or AWS account must not leak into this one.
FOREIGN = re.compile(r"(VAULT|BAO|AWS)_|(https?|all|no)_proxy$", re.IGNORECASE)


class PortTaken(Exception):
    """Another process was faster to listen on the port that was free a moment ago."""


class Vault:
    """How to start a server; `serve` starts it."""

    def __init__(
        self,
        program: pathlib.Path,
        plugins: pathlib.Path | None,
        directory: pathlib.Path,
        environment: dict[str, str],
        durable: bool,
        initialize: pathlib.Path | None = None,
    ) -> None:
        self._program = program
        self._plugins = plugins
        self._directory = directory
        self._durable = durable
        self._initialize = initialize
        self._config = directory / "vault.json"
        self._log = directory / "vault.log"
        inherited = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
        self._environment = inherited | {"HOME": str(directory), "TMPDIR": str(directory)} | environment

    @contextlib.contextmanager
    def serve(self, tls: bool, state: str) -> Iterator[dict]:
        """Runs a server that is `ready`, `sealed` or `uninitialized`, and describes it."""
        certificate = self._certificate() if tls else None
        with contextlib.ExitStack() as running:
            kind, port = running.enter_context(self._on_a_free_port(certificate))
            if kind == "OpenBao" and not self._plugins:
                raise SystemExit(f"dev/servers: VAULT_BIN={self._program} is OpenBao: use --server openbao instead")
            self._api = api = Api(port, certificate and certificate["ca_cert"])
            description = {"kind": kind.lower(), "address": api.address, "program": str(self._program)}
            if certificate:
                description["ca_cert"] = certificate["ca_cert"]
            if self._initialize:
                self._wait_until_initialized()
            elif state != "uninitialized":
                keys = api.request("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
                api.token = description["root_token"] = keys["root_token"]
                self._key = description["unseal_key"] = keys["keys_base64"][0]
            if state == "ready" and not self._initialize:
                self._unseal()
                self._register_plugin(api)
            description["version"] = api.request("GET", "sys/seal-status")["version"]
            description["log"] = str(self._log)
            yield description

    def _wait_until_initialized(self) -> None:
        """Until the server has carried out its own requests. If one fails, it ends."""
        while self._process.poll() is None:
            with contextlib.suppress(SystemExit, OSError):
                if not self._api.request("GET", "sys/health?standbyok=true")["sealed"]:
                    return
            time.sleep(0.02)
        raise SystemExit(f"dev/servers: it did not initialize itself:\n{self._log.read_text(errors='replace')}")

    def kill(self) -> None:
        """The server is gone without a chance to do anything; what it has stored in files stays."""
        # Its group holds its plugin processes too. An orderly end, half a second, would keep nothing more.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def start_again(self) -> None:
        """Starts the server once more on the port that it has, and unseals it."""
        self.kill()
        self._launch()
        self._started()
        self._unseal()

    def _unseal(self) -> None:
        self._api.request("PUT", "sys/unseal", {"key": self._key})
        # With storage in files it is a standby for a moment, until it has elected itself.
        while self._api.request("GET", "sys/health?standbyok=true")["standby"]:
            time.sleep(0.01)

    def _register_plugin(self, api: "Api") -> None:
        if self._plugins:
            api.request("PUT", PLUGIN, self._plugin())

    def _plugin(self) -> dict[str, str]:
        with (self._plugins / "aws").open("rb") as plugin:
            return {"command": "aws", "sha256": hashlib.file_digest(plugin, "sha256").hexdigest()}

    def _certificate(self) -> dict[str, str]:
        from parts.certificates import Authority

        authority = Authority(self._directory, "vault")
        cert_file, key_file = authority.issue("127.0.0.1", "localhost")
        return {"ca_cert": str(authority.ca_cert), "cert_file": str(cert_file), "key_file": str(key_file)}

    @contextlib.contextmanager
    def _on_a_free_port(self, certificate: dict[str, str] | None) -> Iterator[tuple[str, int]]:
        for attempt in range(1, PORT_ATTEMPTS + 1):
            port = free_port()
            self._config.write_text(json.dumps(self._configuration(port, certificate)))
            self._launch()
            try:
                kind = self._started()
            except PortTaken:
                self.kill()
                if attempt == PORT_ATTEMPTS:
                    raise
                continue
            except BaseException:
                self.kill()
                raise
            try:
                yield kind, port
            finally:
                self.kill()
            return

    def _configuration(self, port: int, certificate: dict[str, str] | None) -> dict:
        if certificate:
            listener = {"tls_cert_file": certificate["cert_file"], "tls_key_file": certificate["key_file"]}
        else:
            listener = {"tls_disable": True}
        configuration = {
            "storage": self._storage(),
            "listener": [{"tcp": {"address": f"127.0.0.1:{port}"} | listener}],
            "api_addr": f"{'https' if certificate else 'http'}://127.0.0.1:{port}",
            # Vault refuses to start where it may not lock memory; OpenBao has dropped the setting, and warns.
            "disable_mlock": True,
        }
        if self._durable:
            # Of a cluster of one; nobody else connects.
            configuration["cluster_addr"] = f"https://127.0.0.1:{free_port()}"
        if self._plugins:
            configuration["plugin_directory"] = str(self._plugins)
            # OpenBao takes audit devices from its configuration alone, unless told otherwise; Vault from its API.
            configuration["unsafe_allow_api_audit_creation"] = True
        if self._initialize:
            # Whoever initializes itself has to unseal itself; and the plugin has to be known before it is mounted.
            key = base64.b64encode(secrets.token_bytes(32)).decode()
            configuration["seal"] = [{"static": {"current_key_id": "1", "current_key": key}}]
            register = {"operation": "update", "path": PLUGIN, "data": self._plugin()}
            configuration["initialize"] = [{"plugins": {"request": [{"aws": register}]}}]
        return configuration

    def _storage(self) -> dict:
        if not self._durable:
            return {"inmem": {}}
        storage = self._directory / "storage"
        storage.mkdir(exist_ok=True)
        # Whoever is alone elects itself in one second, and not in five.
        return {"raft": {"path": str(storage), "node_id": "one", "performance_multiplier": "1"}}

    def _launch(self) -> None:
        more = [f"-config={self._initialize}"] if self._initialize else []
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._program, "server", f"-config={self._config}", *more],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                # Its own group gets no Ctrl-C of the terminal.
                process_group=0,
                preexec_fn=die_with_parent,
            )

    def _started(self) -> str:
        """Waits until the server listens, and returns the name that it gives itself."""
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            exited = self._process.poll() is not None
            log = self._log.read_text(errors="replace")
            if started := STARTED.search(log):
                return started[1]
            if exited and "address already in use" in log:
                raise PortTaken
            if exited:
                raise SystemExit(f"dev/servers: {self._program} did not start:\n{log}")
            time.sleep(0.01)
        raise SystemExit(f"dev/servers: {self._program} did not start in {START_TIMEOUT:.0f} s:\n{log}")


class Api:
    """The few requests that set a server up."""

    def __init__(self, port: int, ca_cert: str | None) -> None:
        self._port = port
        self._tls = ssl.create_default_context(cafile=ca_cert) if ca_cert else None
        self.address = f"{'https' if ca_cert else 'http'}://127.0.0.1:{port}"
        self.token = ""

    def request(self, method: str, path: str, body: dict | None = None) -> dict:
        if self._tls:
            connection = http.client.HTTPSConnection("127.0.0.1", self._port, context=self._tls, timeout=START_TIMEOUT)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=START_TIMEOUT)
        with contextlib.closing(connection):
            headers = {"X-Vault-Token": self.token} if self.token else {}
            connection.request(method, f"/v1/{path}", json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            text = response.read()
            if response.status >= 400:
                raise SystemExit(f"dev/servers: {method} {path}: {response.status} {text.decode(errors='replace')}")
            return json.loads(text or "{}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def die_with_parent() -> None:
    """Linux asks the server to stop when this process dies without a chance to do it itself."""
    with contextlib.suppress(AttributeError):
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
