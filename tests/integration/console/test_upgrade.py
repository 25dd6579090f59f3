"""`wishtree db upgrade` on a new database, by several hosts at the same moment."""

import json
import os
import subprocess
import sys
from pathlib import Path

from services.chassis import migrations
from tests.support.database import STORING_SERVICES, empty_database
from tests.support.together import all_at_once

HOSTS = 3
UPGRADE = (sys.executable, "-W", "ignore", "-m", "services.console", "db", "upgrade", "--json")


def test_several_hosts_may_upgrade_a_new_database_at_once(database_server_url: str, tmp_path: Path) -> None:
    with empty_database(database_server_url) as url:
        surroundings = {**os.environ, "WISHTREE_DATABASE_URL": url, "WISHTREE_HOME": str(tmp_path)}

        def upgrade() -> dict[str, str]:
            done = subprocess.run(UPGRADE, env=surroundings, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr.decode()
            return {one["service"]: one["revision"] for one in json.loads(done.stdout)}

        newest = {service: migrations.head(service) for service in STORING_SERVICES}
        assert all_at_once(*[upgrade] * HOSTS) == [newest] * HOSTS
