"""What a storm of passwords takes: a bounded piece of memory, which is given back."""

import subprocess
import sys

STORM = """
import eventlet
eventlet.monkey_patch()
import psutil
from pathlib import Path
from services.chassis import thrift
from services.directory import passwords

thrift.keep_little()
passwords.proven_hash(None, "the threads are there from now on")
before = psutil.Process().memory_info().rss
list(eventlet.GreenPool(30).imap(lambda word: passwords.proven_hash(None, word), map(str, range(30))))
told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
highest = int(told["VmHWM"].split()[0]) * 1024
print(highest - before, psutil.Process().memory_info().rss - before)
"""

ONE_HASH = 19 * 1024 * 1024


def test_many_passwords_at_once_take_the_memory_of_two_and_give_it_back() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", STORM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    highest, kept = map(int, done.stdout.split())
    assert ONE_HASH / 2 < highest < 3 * ONE_HASH
    assert kept < ONE_HASH / 2
