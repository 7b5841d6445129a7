"""Runs each topic several times, in turn with its yardstick, and prints a table of medians.

A yardstick is a client without work of its own that sends the same requests: `raw` with 16, 64 and 128 connections, and
`wrk` with 64. In each turn the fastest of them counts, and the ratio is the median over the turns: on a shared machine,
what slows one turn down slows both sides of its ratio down.
"""

import argparse
import contextlib
import os
import pathlib
import platform
import re
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator

from benchmark import mappings
from benchmark.measure import Run, run
from parts.vault import Api, Vault

TOPICS = ("start", "validate", "explain", "plan", "access", "apply", "change", "network", "ways")
CONNECTIONS = (16, 64, 128)
WRK_CONNECTIONS = 64
WRK_SECONDS = 3
HEADINGS = ("what", "raw s", "tool s", "ratio", "client CPU s", "server CPU s", "CPU ratio", "memory MB")


class Bench:
    """The programs, a folder for files, and how to start a server."""

    def __init__(self, options: argparse.Namespace, directory: pathlib.Path) -> None:
        self.options = options
        self.directory = directory

    def files(self, roles: int) -> pathlib.Path:
        folder = self.directory / f"mappings-{roles}"
        if not folder.exists():
            folder.mkdir()
            mappings.write(folder, roles)
        return folder

    @contextlib.contextmanager
    def server(self, tls: bool = False) -> Iterator["Server"]:
        with tempfile.TemporaryDirectory(dir=self.directory) as folder:
            vault = Vault(self.options.server, self.options.plugins, pathlib.Path(folder), {}, durable=False)
            with vault.serve(tls=tls, state="ready") as description:
                yield Server(self, description)

    def tool(self, *arguments: str | pathlib.Path, environment: dict[str, str] | None = None, **options) -> Run:
        environment = {"HOME": str(self.directory), **(environment or {})}
        return run([self.options.tool, *arguments], environment, **options)

    def add(self, what: str, tool: Run) -> None:
        self.compare(what, [tool], [])

    def compare(self, what: str, tools: list[Run], raws: list[float]) -> None:
        """A row: the median run of the tool, the median yardstick, and the median of the ratios of each turn."""
        tool = median(tools)
        ratios = [tool.wall / raw for tool, raw in zip(tools, raws)]
        self.show(
            what,
            f"{statistics.median(raws):.3f}" if raws else "",
            f"{tool.wall:.3f}",
            f"{statistics.median(ratios):.2f}" if ratios else "",
            f"{tool.cpu:.3f}",
            f"{tool.server_cpu:.2f}" if tool.server_cpu else "",
            f"{tool.cpu / tool.server_cpu:.3f}" if tool.server_cpu else "",
            f"{tool.memory / 1e6:.1f}",
        )

    def show(self, *cells: str) -> None:
        cells = (*cells, *[""] * (len(HEADINGS) - len(cells)))
        print(line(cells), flush=True)

    def usual(self, one: Callable[[], Run]) -> Run:
        return median([one() for _ in range(self.options.repeat)])

    def start(self) -> None:
        self.add("start-up (--version)", median([self.tool("--version") for _ in range(30)]))

    def validate(self) -> None:
        for roles in self.options.files:
            files = self.files(roles)
            self.add(f"validate, {roles:,} files", self.usual(lambda: self.tool("validate", "--mappings", files)))
        for environments in (100, 1000):
            files = self.directory / f"environments-{environments}"
            files.mkdir()
            mappings.write_environments(files, environments)
            what = f"validate, {environments:,} different environments"
            self.add(what, self.usual(lambda: self.tool("validate", "--mappings", files)))

    def explain(self) -> None:
        """Answers about every JWT, with three environments a project. Reading the files is most of each."""
        for projects, environments in ((1000, 3), (10_000, 3), (10_000, 1000)):
            files = self.directory / f"projects-{projects}-{environments}"
            files.mkdir()
            mappings.write_projects(files, projects, environments)
            arn = f"arn:aws:iam::123456789012:role/7-env-{21 % environments}"
            for what, question in (("explain --arn", ("--arn", arn)), ("explain --matrix", ("--matrix",))):
                run = self.usual(lambda: self.tool("explain", *question, "--mappings", files))
                self.add(f"{what}, {projects:,} projects, {environments:,} environments", run)

    def plan(self) -> None:
        for roles in self.options.roles:
            with self.server() as server:
                server.fill(roles)
                server.plan(f"plan, {roles:,} roles, no change", roles, server.address, with_wrk=True)

    def access(self) -> None:
        """A plan that gives every job more, so that its section on access looks at every AWS role, by one without changes."""
        for roles in self.options.roles:
            files = self.files(roles)
            unchanged, changed = [], []
            with self.server() as server:
                server.fill(roles)
                for _ in range(self.options.repeat):
                    unchanged.append(server.planned(roles, server.address))
                    mappings.change_policy(files, "[update]", "[update, read]")
                    plan = ("plan", "--detailed-exitcode", "--mappings", files)
                    changed.append(server.tool(*plan, codes=(2,)))
                    mappings.change_policy(files, "[update, read]", "[update]")
            self.compare(f"plan of a changed policy, {roles:,} roles", changed, [run.wall for run in unchanged])

    def apply(self) -> None:
        for roles in self.options.roles:
            raws, tools = [], []
            for _ in range(self.options.repeat):
                with self.server() as server:
                    server.mount()
                    raws.append(server.raw(mappings.writes(roles), connections=64))
                with self.server() as server:
                    tools.append(server.tool("apply", "--auto-approve", "--mappings", self.files(roles)))
            self.compare(f"apply, {roles:,} roles", tools, raws)

    def change(self) -> None:
        roles = max(number for number in self.options.roles)
        files = self.files(roles)
        with self.server() as server:
            server.fill(roles)
            for turn in range(self.options.repeat):
                mappings.change_one(files, f"changed-{turn}")
                planned = server.tool("plan", "--detailed-exitcode", "--out", "plan", "--mappings", files, codes=(2,))
                applied = server.tool("apply", "plan", "--mappings", files)
        mappings.change_one(files, "project-1")
        self.add(f"plan of one change among {roles:,}", planned)
        self.add(f"apply of that saved plan", applied)

    def network(self) -> None:
        roles = min(self.options.roles)
        with self.server() as server:
            server.fill(roles)
            for milliseconds in (20, 100):
                with self.delayed(server.address, milliseconds) as address:
                    for parallelism in self.options.parallelism:
                        what = f"plan, {roles:,} roles, {milliseconds} ms away, {parallelism} at once"
                        server.plan(what, roles, address, parallelism, connections=(parallelism,))

    def ways(self) -> None:
        """The gain from parallel reads, from persistent connections, and from HTTP/2."""
        roles = min(self.options.roles)
        reads = mappings.reads(roles)
        with self.server() as server:
            server.fill(roles)
            for milliseconds in (0, 20):
                with self.delayed(server.address, milliseconds) as address:
                    for parallelism in (1, 4, 16, 64, 128):
                        what = f"plan, {roles:,} roles, {milliseconds} ms away, {parallelism} at once"
                        self.add(what, self.usual(lambda: server.planned(roles, address, parallelism)))
            for what, more in (("16 connections", ()), ("a connection each", ("fresh",))):
                seconds = statistics.median(server.raw(reads, None, 16, *more) for _ in range(self.options.repeat))
                self.show(f"the same reads, {what}", f"{seconds:.3f}")
        with self.server(tls=True) as server:
            server.fill(roles)
            for milliseconds in (0, 20):
                with self.delayed(server.address, milliseconds) as address:
                    what = f"plan, {roles:,} roles, {milliseconds} ms away, HTTP/2 over TLS"
                    self.add(what, self.usual(lambda: server.planned(roles, address)))

    @contextlib.contextmanager
    def delayed(self, address: str, milliseconds: int) -> Iterator[str]:
        command = [self.options.clients / "delay", address, str(milliseconds)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as proxy:
            yield proxy.stdout.readline().strip()
            proxy.stdin.close()


class Server:
    """One fresh server."""

    def __init__(self, bench: Bench, description: dict[str, str]) -> None:
        self.bench = bench
        self.scheme, self.address = description["address"].split("://")
        self.token = description["root_token"]
        self.ca_cert = description.get("ca_cert")

    def mount(self) -> None:
        api = Api(int(self.address.rpartition(":")[2]), self.ca_cert)
        api.token = self.token
        config = {"default_lease_ttl": "30m", "max_lease_ttl": "1h"}
        api.request("POST", "sys/mounts/aws", {"type": "aws", "description": "AWS assumed roles", "config": config})

    def fill(self, roles: int) -> None:
        """Writes what the files of this many roles declare, so that a plan has no changes."""
        self.mount()
        if self.scheme == "http":
            self.raw(mappings.writes(roles), connections=64)
        self.tool("apply", "--auto-approve", "--mappings", self.bench.files(roles))

    def raw(self, requests: str, address: str | None = None, connections: int = 16, *more: str) -> float:
        """The seconds that a client without any work of its own needs for the same requests."""
        command = [self.bench.options.clients / "raw", address or self.address, self.token, str(connections), *more]
        return float(run(command, {}, requests).output)

    def tool(self, *arguments: str | pathlib.Path, address: str | None = None, codes: tuple = (0,)) -> Run:
        environment = {"VAULT_ADDR": f"{self.scheme}://{address or self.address}", "VAULT_TOKEN": self.token}
        if self.ca_cert:
            environment["VAULT_CACERT"] = self.ca_cert
        return self.bench.tool(*arguments, environment=environment, codes=codes)

    def planned(self, roles: int, address: str, parallelism: int | None = None) -> Run:
        files = self.bench.files(roles)
        limit = ["--parallelism", str(parallelism)] if parallelism else []
        return self.tool("plan", "--detailed-exitcode", "--mappings", files, *limit, address=address)

    def wrk(self, roles: int) -> float:
        """The seconds that wrk needs to read so many roles."""
        script = pathlib.Path(__file__).with_name("wrk.lua")
        command = [self.bench.options.wrk, "-t1", f"-c{WRK_CONNECTIONS}", f"-d{WRK_SECONDS}s", "-s", script]
        headers = ["-H", f"X-Vault-Token: {self.token}", "-H", "X-Vault-Request: true"]
        output = run([*command, *headers, f"http://{self.address}", "--", str(roles)], {}).output
        if "Non-2xx" in output or not (rate := re.search(r"Requests/sec:\s+([\d.]+)", output)):
            raise SystemExit(f"dev/bench: wrk failed:\n{output}")
        return roles / float(rate[1])

    def plan(
        self,
        what: str,
        roles: int,
        address: str,
        parallelism: int | None = None,
        connections: tuple[int, ...] = CONNECTIONS,
        with_wrk: bool = False,
    ) -> None:
        raws, tools = [], []
        for _ in range(self.bench.options.repeat):
            turn = [self.raw(mappings.reads(roles), address, count) for count in connections]
            if with_wrk and self.bench.options.wrk:
                turn.append(self.wrk(roles))
            raws.append(min(turn))
            tools.append(self.planned(roles, address, parallelism))
        self.bench.compare(what, tools, raws)


def median(runs: list[Run]) -> Run:
    """The run in the middle, by time."""
    return sorted(runs, key=lambda run: run.wall)[len(runs) // 2]


def line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join([cells[0].ljust(54), *(cell.rjust(12) for cell in cells[1:])]) + " |"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev/bench", description="Measures the speed of the tool compared with the best rate of its server.")
    for name in ("tool", "clients", "server", "plugins", "wrk"):
        parser.add_argument(f"--{name}", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"{', '.join(TOPICS)} [all]")
    parser.add_argument("--roles", type=int, nargs="+", default=[1000, 10_000], help="AWS roles [1000 10000]")
    parser.add_argument("--files", type=int, nargs="+", default=[10_000, 100_000], help="project files to validate")
    parser.add_argument("--parallelism", type=int, nargs="+", default=[16, 64], help="for the slow network [16 64]")
    parser.add_argument("--repeat", type=int, default=5, help="turns; the median counts [%(default)s]")
    options = parser.parse_args()
    if unknown := set(options.topics).difference(TOPICS):
        parser.error(f"no such topic: {', '.join(sorted(unknown))}")
    return options


def main() -> None:
    options = parse_arguments()
    print(f"{platform.machine()}, {os.cpu_count()} CPUs; binary {options.tool.stat().st_size / 1e6:.1f} MB\n")
    print(line(HEADINGS))
    print("|" + "|".join(["-" * 56, *(["-" * 13 + ":"] * (len(HEADINGS) - 1))]) + "|")
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        bench = Bench(options, pathlib.Path(directory))
        os.chdir(directory)
        for topic in options.topics or TOPICS:
            getattr(bench, topic)()


if __name__ == "__main__":
    main()
