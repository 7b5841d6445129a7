"""AWS STS and IAM by moto, and the way there for a Vault that has no `config/root`.

Two ways lead to it:
  - `endpoint`, for sts_endpoint and iam_endpoint of aws/config/root. Vault takes its AWS keys from there too,
    or else from its environment.
  - `environment`, for Vault's own environment: keys, as an EC2 instance's role would give them, and a proxy
    that answers for *.amazonaws.com with a certificate of its own. Nothing need be written to Vault then.
    (The AWS SDK for Go v1 in Vault's engine knows no AWS_ENDPOINT_URL.)

`cli` is the AWS CLI.
"""

import contextlib
import logging
import os
import pathlib
import selectors
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from parts.certificates import Authority

REGION = "us-east-1"
HOSTS = ("sts.amazonaws.com", "iam.amazonaws.com", f"sts.{REGION}.amazonaws.com")


@contextlib.contextmanager
def serve(directory: pathlib.Path) -> Iterator[dict]:
    """Runs the services on free loopback ports, and says how to reach them."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # moto asks boto3 for credentials, and boto3 would look for an EC2 instance's.
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}
    authority = Authority(directory, "aws")
    app = DomainDispatcherApplication(create_backend_app)
    with contextlib.ExitStack() as running:
        plain = make_server("127.0.0.1", 0, app, threaded=True)
        running.enter_context(in_background(plain))
        secure = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=authority.issue(*HOSTS))
        running.enter_context(in_background(secure))
        proxy = Proxy(secure.server_address)
        running.enter_context(in_background(proxy))
        yield {
            "endpoint": f"http://127.0.0.1:{plain.server_port}",
            "cli": str(pathlib.Path(sys.executable).with_name("aws")),
            "environment": {
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_REGION": REGION,
                "HTTPS_PROXY": f"http://127.0.0.1:{proxy.server_address[1]}",
                "SSL_CERT_FILE": str(authority.ca_cert),
            },
        }


@contextlib.contextmanager
def in_background(server: socketserver.BaseServer) -> Iterator[None]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class Proxy(socketserver.ThreadingTCPServer):
    """An HTTPS proxy on which all of AWS is the one server at `target`, and nothing else can be reached."""

    daemon_threads = True

    def __init__(self, target: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.target = target


class Tunnel(socketserver.StreamRequestHandler):
    """One CONNECT request, and the bytes that follow it."""

    rbufsize = 0

    def handle(self) -> None:
        method, _, rest = self.rfile.readline(1024).decode("latin-1").partition(" ")
        host = rest.partition(":")[0]
        while self.rfile.readline(8192).strip():
            pass
        if method != "CONNECT" or host not in HOSTS:
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(self.server.target) as upstream:
            relay(self.connection, upstream)


def relay(one: socket.socket, other: socket.socket) -> None:
    """Copies bytes both ways until either side closes."""
    with selectors.DefaultSelector() as ready:
        ready.register(one, selectors.EVENT_READ, other)
        ready.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in ready.select():
                data = key.fileobj.recv(65536)
                if not data:
                    return
                key.data.sendall(data)
