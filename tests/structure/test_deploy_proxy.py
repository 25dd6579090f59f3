"""The proxy as shipped: nginx takes its files, lets through what the gateway takes, and logs no secrets."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from services.chassis.settings import fresh_secrets, read_settings
from services.gateway.api.dispatch import Door
from services.gateway.api.routes import ROUTES
from services.gateway.settings import GatewaySettings
from tests.support.rabbitmq import free_ports

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
PROXY = DEPLOY / "nginx" / "nginx.conf"
GATEWAY = GatewaySettings()
FILES = "~ ^/api/v1/.+/(imports|evidence)/?$"
GRACE = 5
"""Seconds that the gateway may need beside the wait for a service, so that its own words arrive."""

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def proxy_in(folder: Path, **changes: str) -> list[str]:
    """Put the configuration into a folder; return the command that runs nginx with it."""
    here = PROXY.read_text().replace("/run/nginx.pid", str(folder / "nginx.pid"))
    for file in PROXY.parent.glob("*.conf"):
        shutil.copy(file, folder)
    for shipped, changed in changes.items():
        assert shipped in here
        here = here.replace(shipped, changed)
    (folder / "nginx.conf").write_text(here)
    (folder / "mime.types").write_text("types { text/html html; }\n")
    return [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]


@pytest.mark.skipif(NGINX is None, reason="needs nginx (make setup installs it, as root)")
def test_nginx_understands_its_configuration(tmp_path: Path) -> None:
    assert PROXY.read_text().count("{") == PROXY.read_text().count("}")
    done = subprocess.run([*proxy_in(tmp_path), "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(NGINX is None or os.geteuid() != 0, reason="needs nginx, and root as systemd starts it")
def test_nginx_takes_its_files_where_its_output_is_a_socket_as_under_systemd(
    tmp_path: Path,
) -> None:
    for file in ("nginx.conf", "gateways.conf", "logs.conf"):
        shutil.copy(PROXY.with_name(file), tmp_path)
    (tmp_path / "mime.types").write_text("types { text/html html; }\n")
    journal, ours = socket.socketpair()
    with journal, ours:
        command = [str(NGINX), "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
        done = subprocess.run(command, stdout=ours.fileno(), stderr=ours.fileno(), check=False)
        assert done.returncode == 0, journal.recv(10_000).decode()


def test_the_logs_of_compose_stay_with_its_container() -> None:
    mounted = COMPOSE["services"]["nginx"]["volumes"]
    assert "./nginx/logs.compose.conf:/etc/nginx/logs.conf:ro" in mounted
    assert "/dev/stdout" in PROXY.with_name("logs.compose.conf").read_text()


SECRET_ENDS = (
    "/api/v1/receipts/aliyun/{}",
    "/API/v1/receipts/aliyun/{}",
    "//api//v1/replies/http/{}?mark=1",
    "/api/v1/%72eceipts/http/{}",
    "/x/../api/v1/receipts/http/{}/more",
    "/api/v1/receipts/{}",
    "/unsubscribe/{}",
    "/api/v1/unsubscribe/{}",
)


@pytest.mark.skipif(NGINX is None, reason="needs nginx (make setup installs it, as root)")
def test_the_proxy_keeps_the_secret_ends_of_addresses_out_of_its_logs(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    command = proxy_in(
        tmp_path,
        **{
            "listen 8080 default_server backlog=4096": f"listen 127.0.0.1:{port} default_server",
            "worker_processes auto": "worker_processes 1",
            "worker_rlimit_nofile 16384": "worker_rlimit_nofile 512",
            "worker_connections 8192": "worker_connections 128",
        },
    )
    logs = (tmp_path / "logs.conf").read_text().replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "logs.conf").write_text(logs)
    (tmp_path / "gateways.conf").write_text("server 127.0.0.1:1;\n")  # away, so there is something to log
    process = subprocess.Popen([*command, "-g", "daemon off; master_process off;"])
    try:
        asked = [status_of(port, path.format("CanaryCanaryCanary")) for path in SECRET_ENDS]
        assert [*asked, status_of(port, "/api/v1/offers")] == [502] * (len(SECRET_ENDS) + 1)
    finally:
        process.terminate()
        process.wait(60)

    paths = [json.loads(line)["path"] for line in (tmp_path / "wishtree.log").read_text().splitlines()]
    faults = (tmp_path / "error.log").read_text()
    assert "Canary" not in "".join(paths) + faults
    assert paths[0] == "/api/v1/receipts/***"
    assert paths[-1] == "/api/v1/offers"
    assert "/api/v1/offers" in faults


def status_of(port: int, path: str) -> int:
    """Return the status of a GET, once somebody listens."""
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except ConnectionRefusedError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError("nobody listens")


def location(pattern: str) -> str:
    """Return what stands in the location of that pattern."""
    return PROXY.read_text().partition(f"location {pattern} {{")[2].partition("}")[0]


def limit_in(text: str, directive: str) -> int:
    """Return the bytes or seconds to which a directive limits."""
    found = re.search(rf"{directive} (\d+)([kms]);", text)
    assert found is not None, directive
    return int(found[1]) * {"k": 1024, "m": 1024 * 1024, "s": 1}[found[2]]


def test_the_proxy_lets_through_what_the_gateway_takes() -> None:
    pushes = location("~* ^/api/v1/(receipts|replies)/")
    assert limit_in(PROXY.read_text(), "client_max_body_size") > GATEWAY.largest_body
    assert limit_in(pushes, "client_max_body_size") > GATEWAY.largest_push


def test_the_proxy_lets_files_through_and_waits_until_they_are_read() -> None:
    taking = [Door(route, GATEWAY) for route in ROUTES if route.takes_file]
    assert taking
    for door in taking:
        assert re.search(FILES.removeprefix("~ "), door.route.template)
        assert limit_in(location(FILES), "client_max_body_size") > door.limit
        assert limit_in(location(FILES), "proxy_read_timeout") > (door.deadline or 0) + GRACE


def test_the_proxy_waits_longer_than_the_gateway() -> None:
    usual = read_settings(None, database_url="postgresql://city/wishtree", **fresh_secrets())
    assert limit_in(PROXY.read_text(), "proxy_read_timeout") > usual.deadline + GRACE


def test_the_proxy_hides_the_metrics_and_logs_no_query_strings() -> None:
    text = PROXY.read_text()
    assert re.search(r"location = /metrics \{\s+return 404;", text)
    log = text[text.index("log_format") : text.index("include logs.conf")]
    assert not re.search(r"\$(request|request_uri|args|query_string|http_referer)\b", log)
