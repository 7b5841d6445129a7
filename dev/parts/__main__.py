"""Starts the parts that are asked for, says where they are, and stops them when the caller is gone."""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import sys
import tempfile

from parts.vault import Vault

PARTS = ("vault", "sts", "gitlab")


def main() -> None:
    options = parse_arguments()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with contextlib.ExitStack() as running:
        directory = running.enter_context(tempfile.TemporaryDirectory(prefix="servers-"))
        vault, ready = start(options, pathlib.Path(directory), running)
        print(json.dumps(ready), flush=True)
        wait_for_the_caller(vault)


def start(
    options: argparse.Namespace, directory: pathlib.Path, running: contextlib.ExitStack
) -> tuple[Vault | None, dict]:
    """Each part is imported only when it is wanted: a Vault alone is there before moto is imported."""
    vault, ready = None, {}
    environment = dict(options.env)
    if "sts" in options.parts:
        from parts import aws

        ready["sts"] = running.enter_context(aws.serve(directory))
        environment |= ready["sts"]["environment"]
    if "gitlab" in options.parts:
        import gitlab

        ready["gitlab"] = running.enter_context(gitlab.serve(options.issuer))
    if "vault" in options.parts:
        vault = Vault(options.program, options.plugins, directory, environment, options.durable, options.initialize)
        ready["vault"] = running.enter_context(vault.serve(tls=options.tls, state=options.state))
    return vault, ready


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev/servers", description="Starts real servers on free loopback ports.")
    parser.add_argument("--program", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--plugins", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("parts", nargs="+", choices=PARTS, metavar="PART", help="vault, sts (AWS), gitlab")
    vault = parser.add_argument_group("vault")
    # dev/servers itself reads this one, and installs that server.
    vault.add_argument(
        "--server",
        choices=("openbao", "vault"),
        help="OpenBao or HashiCorp Vault [$VAULT_PROVISIONER_TEST_SERVER, else openbao]",
    )
    vault.add_argument("--tls", action="store_true", help="serve https, with a CA of its own")
    vault.add_argument(
        "--sealed", dest="state", action="store_const", const="sealed", default="ready", help="initialised, but sealed"
    )
    vault.add_argument(
        "--uninitialized", dest="state", action="store_const", const="uninitialized", help="not initialised"
    )
    vault.add_argument(
        "--durable", action="store_true", help="keep its storage in files, for the lines `kill` and `start`"
    )
    vault.add_argument(
        "--initialize",
        type=pathlib.Path,
        metavar="FILE",
        help="configuration with which OpenBao initializes itself; then nobody has a root token",
    )
    vault.add_argument(
        "--env",
        type=variable,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set this in Vault's environment, such as `sts.environment` of another run",
    )
    gitlab = parser.add_argument_group("gitlab")
    gitlab.add_argument("--issuer", default="https://git.example.com", help="the `iss` of its JWTs [%(default)s]")
    return parser.parse_args()


def variable(argument: str) -> tuple[str, str]:
    name, equals, value = argument.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{argument!r} is not NAME=VALUE")
    return name, value


def wait_for_the_caller(vault: Vault | None) -> None:
    for line in sys.stdin:
        match line.strip():
            case "stay":
                stay()
            case "kill" if vault:
                vault.kill()
            case "start" if vault:
                vault.start_again()
    stop()


def stay() -> None:
    """Lets go of the caller's terminal and pipes, and runs until a signal comes."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with open(os.devnull, "r+b") as nothing:
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            os.dup2(nothing.fileno(), stream.fileno())
    signal.pause()


def stop(*_signal: object) -> None:
    """Unwinds everything that is running; a second signal must not cut that short."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(0)


if __name__ == "__main__":
    main()
