"""One run: the speed of Framekeep's queue of jobs and of RQ's, as one table. Called by scripts/bench-jobs, which builds and
installs what is needed.
"""
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time

import redis
import rq

import arguments
import rq_jobs


def main():
    asked = arguments.parse(sys.argv[1:])
    try:
        with redis_server(asked.appendfsync) as (url, version):
            turns = [turn(asked, url) for _ in range(asked.rounds)]
            print(f"{asked.jobs} jobs, one worker, Redis {version} with appendfsync {asked.appendfsync}, RQ {rq.VERSION}\n")
            tell(turns)
    except rq_jobs.Broken as problem:
        sys.exit(f"bench-jobs: failed to measure: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)


@contextlib.contextmanager
def redis_server(appendfsync):
    """A Redis of its own on a port that is free, and its version."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        command += ["--appendonly", "yes", "--appendfsync", appendfsync, "--daemonize", "no"]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            url = f"redis://127.0.0.1:{port}/0"
            yield url, when_up(url)
        finally:
            server.terminate()
            server.wait()


def when_up(url):
    end = time.monotonic() + 20
    while True:
        try:
            return redis.Redis.from_url(url).info("server")["redis_version"]
        except redis.ConnectionError:
            if time.monotonic() > end:
                raise rq_jobs.Broken("Redis does not come up; see above") from None
            time.sleep(0.02)


def turn(asked, url):
    """What each queue did in one round, by its name."""
    return {
        "Framekeep, in the index": framekeep(asked, "embedded"),
        "Framekeep, in Redis": framekeep(asked, url),
        "RQ, SimpleWorker": rq_jobs.measure(url, "rq.SimpleWorker", asked.jobs, asked.single),
        "RQ, as it comes": rq_jobs.measure(url, "rq.Worker", asked.jobs, asked.single),
    }


def framekeep(asked, queue):
    command = [asked.framekeep, "bench", "jobs", "--queue", queue, "--jobs", str(asked.jobs), "--single", str(asked.single)]
    told = subprocess.run([*command, "--json"], stdout=subprocess.PIPE, check=False)
    if told.returncode:
        raise rq_jobs.Broken("framekeep ended; see above")
    # What its workers said of themselves, which the next turn must not find.
    if queue != "embedded":
        redis.Redis.from_url(queue).flushdb()
    return json.loads(told.stdout)


def tell(turns):
    print(f"{'queue':<24}{'queued/s':>10}{'done/s':>10}{'to start: median ms':>22}{'p95 ms':>10}")
    for name in turns[0]:
        own = [turn[name] for turn in turns]
        queued, done = (max(one[figure] for one in own) for figure in ("queued_per_s", "done_per_s"))
        start = min((one["start_ms"] for one in own), key=lambda start: start["median"])
        print(f"{name:<24}{queued:>10.0f}{done:>10.0f}{start['median']:>22.1f}{start['p95']:>10.1f}")


if __name__ == "__main__":
    main()
