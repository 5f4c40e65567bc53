"""How fast RQ takes jobs and hands them out, when there is nothing to do in them: the same as `framekeep bench jobs`."""
import statistics
import subprocess
import sys
import time
from pathlib import Path

from redis import Redis
from rq import Queue

from nothing import nothing

HERE = Path(__file__).parent
PATIENCE_SECS = 60
# As Framekeep's workers step back before other work.
NICENESS = "10"


class Broken(Exception):
    """What cannot be measured, and why."""


def measure(url, worker_class, jobs, single):
    """What `framekeep bench jobs --json` tells, of one worker."""
    connection = Redis.from_url(url)
    queue = Queue("bench", connection=connection)
    began = time.monotonic()
    queued = [queue.enqueue(nothing) for _ in range(jobs)]
    queueing = time.monotonic() - began
    with Worker(url, worker_class, "--burst") as burst:
        burst.wait()
    times = [finished(job) for job in queued]
    doing = max(end for _, end in times) - min(start for start, _ in times)
    starts = []
    with Worker(url, worker_class):
        finished(queue.enqueue(nothing))
        for number in range(single):
            # It has nothing to do again, and is at another place of its pauses each time.
            time.sleep((20 + number * 137 % 500) / 1000)
            asked = time.time()
            starts.append((finished(queue.enqueue(nothing))[0] - asked) * 1000)
    connection.flushdb()
    return {
        "queued_per_s": jobs / queueing,
        "done_per_s": jobs / doing,
        "start_ms": {"median": statistics.median(starts), "p95": sorted(starts)[round(0.95 * (single - 1))]},
    }


class Worker:
    """A process of RQ's own. It ends with the block."""

    def __init__(self, url, worker_class, *more):
        command = ["nice", "-n", NICENESS, sys.executable, "-m", "rq.cli", "worker", "--url", url, "--path", str(HERE)]
        command += ["--worker-class", worker_class, "--quiet", *more, "bench"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=HERE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def wait(self):
        if self.process.wait():
            raise Broken(f"RQ's worker ended with {self.process.returncode}; see above")


def finished(job):
    """Waits for a job, and gives when it began and ended."""
    end = time.monotonic() + PATIENCE_SECS
    while job.ended_at is None:
        if time.monotonic() > end:
            raise Broken("a job was not done by RQ within a minute")
        time.sleep(0.002)
        job.refresh()
    return job.started_at.timestamp(), job.ended_at.timestamp()
