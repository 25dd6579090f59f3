"""A real RabbitMQ node of the tests' own: private ports, folder and cookie, gone when they end."""

import atexit
import base64
import hashlib
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import amqp

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
"""Where Debian keeps the programs themselves; the ones on the path switch to another user first."""

USER = "tests"
VHOST = "tests"

STARTS_WITHIN = 90.0
STOPS_WITHIN = 30.0
LOOK_EVERY = 0.1

LOWEST_PORT, USUAL_FIRST_PORT = 10_000, 32_768

SMALL = "+S 2:2 +sbwt very_short +sbwtdcpu none +sbwtdio none +P 65536 +t 1048576"
"""Flags of the Erlang machine: two schedulers that hardly spin, small tables."""


ENDS_WITH_US = ["setpriv", "--pdeathsig", "TERM"]
"""Prefix of a command (util-linux) that is told to end when the tests are killed and cannot clean up."""


class NotInstalled(Exception):
    """RabbitMQ is not on this machine."""

    def __init__(self) -> None:
        """Say what to do about it."""
        super().__init__(
            "These tests need a real RabbitMQ: install the system package rabbitmq-server "
            "(make setup does, as root)."
        )


class DidNotStart(Exception):
    """The node did not become ready; the text is the end of its log."""


class RabbitMQ:
    """One node with its own folder; `url` leads to a virtual host whose queues are quorum queues."""

    def __init__(self, folder: Path, vhost: str = VHOST, settings: str = "") -> None:
        """Prepare a node in `folder`, an existing empty folder; `settings` go before those of the tests."""
        if not (PROGRAMS / "rabbitmq-server").exists():
            raise NotInstalled
        self.folder, self.vhost, self._settings = folder, vhost, settings
        self.password = secrets.token_hex(8)
        self.node = f"wishtree-test-{os.getpid()}@localhost"
        self.port, self._mapper_port, self._distribution_port = free_ports(3)
        self._server: subprocess.Popen[bytes] | None = None
        self._mapper: subprocess.Popen[bytes] | None = None
        self._write_settings()

    @property
    def url(self) -> str:
        """Return the AMQP address of the virtual host."""
        return self.url_of(USER, self.password, self.vhost)

    def url_of(self, user: str, password: str, vhost: str) -> str:
        """Return the AMQP address at which `user` meets `vhost`."""
        return f"amqp://{user}:{password}@127.0.0.1:{self.port}/{vhost.replace('/', '%2F')}"

    @property
    def pid(self) -> int:
        """Return the process id of the running Erlang machine."""
        return int((self.folder / "pid").read_text())

    @property
    def is_running(self) -> bool:
        """Say whether the process lives; a node that is starting counts."""
        return self._server is not None and self._server.poll() is None

    def start(self) -> "RabbitMQ":
        """Start and wait until clients are served; raise `DidNotStart` with the log otherwise."""
        if not self.is_running:
            self._start_mapper()
            self._server = self._spawn([str(PROGRAMS / "rabbitmq-server")], "output")
        self.await_ready()
        return self

    def await_ready(self) -> None:
        """Wait until a client can log in and open a channel, which the node allows after all else is up."""
        ends_at = time.monotonic() + STARTS_WITHIN
        while not self._is_serving():
            if not self.is_running or time.monotonic() > ends_at:
                log = self._last_words()
                self.kill()
                raise DidNotStart(f"RabbitMQ did not start:\n{log}")
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """Stop in good order; what was confirmed stays for the next `start`."""
        if self._server is not None:
            _end(self._server, signal.SIGTERM)
            self._server = None
        self._stop_mapper()

    def kill(self) -> None:
        """Kill without warning, as a loss of power would.

        A quorum queue younger than a second may be lost with it: the node notes new queues twice a second.
        """
        if self._server is not None:
            _end(self._server, signal.SIGKILL)
            self._server = None
        self._stop_mapper()

    def restart(self) -> None:
        """Stop and start again with the same data and addresses."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze the node, as a hanging host would; `resume` lets it go on."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen node go on."""
        os.kill(self.pid, signal.SIGCONT)

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl` with `arguments` on this node; return what it printed."""
        command = [str(PROGRAMS / "rabbitmqctl"), "--quiet", "--node", self.node, *arguments]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def add_vhost(self, name: str) -> str:
        """Make another virtual host with quorum queues, for a fresh start; return its address."""
        self.load(self._definitions(name))
        return self.url_of(USER, self.password, name)

    def load(self, definitions: dict[str, Any]) -> None:
        """Add `definitions` (users, virtual hosts, policies, queues …) to what the node has."""
        file = self.folder / "to-load.json"
        file.write_text(json.dumps(definitions))
        self.control("import_definitions", str(file))

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """Return a listing of `rabbitmqctl`, such as `list_queues name messages`, as rows by column."""
        listed: list[dict[str, Any]] = json.loads(self.control(*arguments, "--formatter", "json"))
        return listed

    # ------------------------------------------------------------ how it is set up

    def _write_settings(self) -> None:
        for name in ("mnesia", "log"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "definitions.json").write_text(json.dumps(self._definitions(self.vhost)))
        (self.folder / "rabbitmq.conf").write_text(
            f"{self._settings}\n"
            f"load_definitions = {self.folder / 'definitions.json'}\n"
            "vm_memory_high_watermark.absolute = 512MB\n"
            "disk_free_limit.absolute = 50MB\n"
            "cluster_formation.peer_discovery_backend = classic_config\n"
            "log.file.level = warning\n"
            "log.console = false\n"
        )
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(10))
        cookie.chmod(0o400)

    def _definitions(self, vhost: str) -> dict[str, Any]:
        user = {
            "name": USER,
            "password_hash": password_hash(self.password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "administrator",
        }
        everything = {"user": USER, "configure": ".*", "write": ".*", "read": ".*"}
        return {
            "users": [user],
            "vhosts": [{"name": vhost, "metadata": {"default_queue_type": "quorum"}}],
            "permissions": [everything | {"vhost": vhost}],
        }

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(folder),  # the cookie lies here
            "ERL_CRASH_DUMP_SECONDS": "0",
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "no-such-file"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ERL_ARGS": SMALL,
            "RABBITMQ_CTL_ERL_ARGS": "+S 1:1",
        }

    def _start_mapper(self) -> None:
        """Run a port mapper of our own, or Erlang would leave one behind that outlives the tests."""
        self._mapper = self._spawn(
            ["epmd", "-port", str(self._mapper_port), "-address", "127.0.0.1"], "mapper"
        )

    def _stop_mapper(self) -> None:
        if self._mapper is not None:
            _end(self._mapper, signal.SIGKILL)
            self._mapper = None

    def _spawn(self, command: list[str], log: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log" / log).open("ab") as output:
            return subprocess.Popen(
                [*ENDS_WITH_US, *command],
                env=self._environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _is_serving(self) -> bool:
        try:
            with amqp.Connection(
                f"127.0.0.1:{self.port}", USER, self.password, virtual_host=self.vhost
            ) as client:
                client.channel().close()
        except (OSError, amqp.AMQPError):
            return False
        return True

    def _last_words(self) -> str:
        logs = sorted((self.folder / "log").iterdir())
        return "\n".join(line for log in logs for line in log.read_text(errors="replace").splitlines()[-30:])


def password_hash(password: str) -> str:
    """Return the salted hash under which RabbitMQ keeps `password`."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def free_ports(count: int) -> list[int]:
    """Return so many different ports of the loopback that nobody listens on.

    The system gives ports of its own range to whoever connects without asking for one, also to somebody who
    only tries to reach a server that is away; so ours lie below that range, where they stay free.
    """
    found: list[int] = []
    for port in random.SystemRandom().sample(range(LOWEST_PORT, _first_port_of_the_system()), 1000):
        if len(found) < count and _is_free(port):
            found.append(port)
    return found


def _first_port_of_the_system() -> int:
    """Return where the range begins from which the system gives ports by itself."""
    told = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(told.read_text().split()[0]) if told.exists() else USUAL_FIRST_PORT
    return first if first > LOWEST_PORT + 1000 else USUAL_FIRST_PORT


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _end(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    """End a process and the group it leads; what does not go in time is killed."""
    for each in (how, signal.SIGKILL):
        _signal_group(process, each)
        try:
            process.wait(STOPS_WITHIN)
            break
        except subprocess.TimeoutExpired:
            continue
    _signal_group(process, signal.SIGKILL)


def _signal_group(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    try:
        os.killpg(process.pid, how)
    except ProcessLookupError:
        return


@contextmanager
def node(vhost: str = VHOST, settings: str = "") -> Iterator[RabbitMQ]:
    """Yield a running node of its own, for tests that stop, freeze or fill it."""
    folder = Path(tempfile.mkdtemp(prefix="wishtree-mq-"))
    server = RabbitMQ(folder, vhost, settings)
    try:
        yield server.start()
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@cache
def broker() -> RabbitMQ:
    """Return the node that a run of tests shares, started at the first call, killed when Python ends."""
    opened = node()
    server = opened.__enter__()
    atexit.register(opened.__exit__, None, None, None)
    return server
