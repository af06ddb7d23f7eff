"""Jobs that test_kv_jobs.py queues; rq's workers import them by name."""


def add(left: int, right: int) -> int:
    return left + right


def fail(message: str) -> None:
    raise ValueError(message)
