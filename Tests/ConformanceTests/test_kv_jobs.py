"""rq, a job queue that lives on Lua scripts, pipelines, sorted sets and pub/sub: the same work on ours and on redis-server.

Workers run jobs, fail, try again, wait for other jobs and for their time; what is left behind is compared.
"""

from __future__ import annotations

import datetime
import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
import rq
import rq_jobs
from rq.job import Job
from rq.registry import DeferredJobRegistry, FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry

logging.getLogger("rq.worker").setLevel(logging.ERROR)


def outcome(job: Job) -> tuple:
    job.refresh()
    result = job.latest_result()
    return job.get_status().value, job.return_value(), result and result.type.name, result and bool(result.exc_string)


def work(port: int) -> dict[str, object]:
    """A day at the office; everything that can be compared about it."""
    connection = redis.Redis(port=port)
    connection.flushall()
    high, low = rq.Queue("high", connection=connection), rq.Queue("low", connection=connection)
    told: dict[str, object] = {}

    plain = [low.enqueue(rq_jobs.add, number, 1, job_id=f"plain-{number}") for number in range(20)]
    urgent = high.enqueue(rq_jobs.add, 40, 2, job_id="urgent")
    after = low.enqueue(rq_jobs.add, 1, 1, depends_on=[plain[3], urgent], job_id="after")
    broken = low.enqueue(rq_jobs.fail, "on purpose", job_id="broken")
    stubborn = low.enqueue(rq_jobs.fail, "again and again", retry=rq.Retry(max=2), job_id="stubborn")
    kept_back = low.enqueue(rq_jobs.add, 1, 1, depends_on=broken, job_id="kept-back")
    first = low.enqueue(rq_jobs.add, 0, 7, at_front=True, job_id="first")
    soon = high.enqueue_in(datetime.timedelta(milliseconds=1), rq_jobs.add, 5, 5, job_id="soon")
    later = low.enqueue_in(datetime.timedelta(days=1), rq_jobs.add, 6, 6, job_id="later")
    many = low.enqueue_many([rq.Queue.prepare_data(rq_jobs.add, (n, n), job_id=f"many-{n}") for n in range(10)])
    cancelled = low.enqueue(rq_jobs.add, 9, 9, job_id="cancelled")
    cancelled.cancel()
    told["queued"] = (high.job_ids, low.job_ids, len(high), len(low))

    worker = rq.SimpleWorker([high, low], connection=connection, name="worker-1")
    worker.work(burst=True, with_scheduler=False, logging_level="ERROR")
    time.sleep(1.1)
    # The scheduler moves what is due, under its lock.
    scheduler = rq.scheduler.RQScheduler([high, low], connection=connection)
    told["locks"] = sorted(scheduler.acquire_locks())
    scheduler.enqueue_scheduled_jobs()
    scheduler.release_locks()
    told["due"] = high.job_ids
    worker.work(burst=True, logging_level="ERROR")
    told["requeued"] = rq.requeue_job("broken", connection=connection, serializer=low.serializer).get_status().value
    worker.work(burst=True, logging_level="ERROR")

    jobs = [*plain, urgent, after, broken, stubborn, kept_back, first, soon, later, *many, cancelled]
    told["outcomes"] = {job.id: outcome(job) for job in jobs}
    for registry in (FinishedJobRegistry, FailedJobRegistry, DeferredJobRegistry, ScheduledJobRegistry):
        for queue in (high, low):
            told[f"{registry.__name__} {queue.name}"] = sorted(registry(queue=queue).get_job_ids())
    told["worker"] = (worker.successful_job_count, worker.failed_job_count)
    low.empty()
    told["keys"] = sorted((key.decode(), connection.type(key)) for key in connection.keys("rq:job:*"))
    connection.close()
    return told


def test_rq_does_the_same_on_both(redis_server, emporium_kv):
    expected, got = work(redis_server.port), work(emporium_kv.port)
    for name, value in expected.items():
        assert got[name] == value, name
    assert expected["outcomes"]["urgent"][:2] == ("finished", 42)
    assert expected["outcomes"]["stubborn"][0] == "failed"
    assert expected["outcomes"]["later"][0] == "scheduled"


@pytest.mark.parametrize("kind", ["redis_server", "emporium_kv"])
def test_workers_in_processes_of_their_own(kind, request):
    """Workers that fork a process for each job, told to stop through pub/sub."""
    server = request.getfixturevalue(kind)
    connection = redis.Redis(port=server.port)
    connection.flushall()
    queue = rq.Queue("forked", connection=connection)
    jobs = [queue.enqueue(rq_jobs.add, number, number) for number in range(8)]
    command = [sys.executable, "-m", "rq.cli", "worker", "--url", f"redis://127.0.0.1:{server.port}", "--quiet", "forked"]
    workers = [subprocess.Popen(command, cwd=Path(__file__).parent, stderr=subprocess.PIPE) for _ in range(2)]
    try:
        deadline = time.monotonic() + 30
        while any(job.get_status() != "finished" for job in jobs) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [job.return_value() for job in jobs] == [2 * number for number in range(8)]
        for known in rq.Worker.all(connection=connection):
            rq.command.send_shutdown_command(connection, known.name)
        for worker in workers:
            assert worker.wait(20) == 0, worker.stderr.read()
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
            worker.stderr.close()
