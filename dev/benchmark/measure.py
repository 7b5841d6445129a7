"""Time, CPU and memory of a process, and the CPU of the servers meanwhile."""

import dataclasses
import os
import pathlib
import subprocess
import tempfile
import time
from collections.abc import Sequence

TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass(frozen=True)
class Run:
    """What one run of a program took: seconds, and bytes of memory at its peak."""

    wall: float
    cpu: float
    memory: int
    server_cpu: float
    output: str


def run(command: Sequence[str | pathlib.Path], environment: dict[str, str], text: str = "", codes: tuple = (0,)) -> Run:
    """Runs a program to its end with this text as its input. The servers are all other children."""
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as printed,
        tempfile.TemporaryFile("w+") as said,
    ):
        given.write(text)
        given.seek(0)
        servers = descendants(os.getpid())
        server_before = sum(map(cpu, servers))
        started = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdin=given, stdout=printed, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        server_cpu = sum(map(cpu, servers)) - server_before
        output, errors = (file.seek(0) or file.read() for file in (printed, said))
    if process.returncode not in codes:
        raise SystemExit(f"dev/bench: {command[0]} exited with {process.returncode}:\n{output}{errors}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, server_cpu, output)


def descendants(parent: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = children.get(parent, [])
    for pid in found:
        found.extend(children.get(pid, []))
    return found


def cpu(pid: int) -> float:
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS
