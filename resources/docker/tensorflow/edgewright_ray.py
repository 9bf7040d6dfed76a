"""
What runs on a Ray cluster: it does the work of a folder with as many workers as the job asks for, and says all that
happens in its output, from which the engine takes log, progress and results.

The job brings `job.json` (what to run, how many workers, which files) and packages of data, which Ray puts on each node
that needs them. The first worker runs beside this program, the others are actors wherever Ray finds room.

Each line that is written here is `MARK {...}`, the mark being one that the work itself does not know, so that nothing it
writes is taken for one of these:
  {"k": "out" | "err", "s": text, "t": milliseconds, "w": worker}   a line of the work
  {"k": "file", "p": path, "n": bytes, "h": sha256}                  a result, followed by its content:
  {"k": "part", "d": base64}
  {"k": "usage", "c": cores, "m": bytes}                             what the first worker takes
  {"k": "trouble", "code": ..., "message": ..., "remedy": ..., "lacks"?}   why nothing could be run
  {"k": "end", "code": exit code, "w": worker}                       the last line; the worker that failed first
"""

import base64
import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time

from cluster.process import Process
from cluster.workfolder import digest_of, laid_out, new_files

PART = 9000
"""Bytes of a result in a line: short enough for every reader of logs."""

CHECKPOINT = 16 * 2**20
"""Bytes up to which the checkpoint of a training that came to its end travels, too."""

POLL = 0.25
USAGE_EVERY = 5.0

_said = threading.Lock()


def say(mark: str, **what) -> None:
    with _said:
        sys.stdout.write(f'{mark} {json.dumps(what, separators=(",", ":"))}\n')
        sys.stdout.flush()


def main() -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, 'job.json'), encoding='utf8') as file:
        job = json.load(file)
    mark = os.environ.pop('EDGEWRIGHT_MARK')
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    folder = tempfile.mkdtemp(prefix='edgewright-')
    workers: list = []
    if job['work']['kind'] == 'train' and importlib.util.find_spec('tensorflow') is None:
        say(
            mark,
            k='trouble',
            lacks='tensorflow',
            code='not-found',
            message=f'The Python that runs jobs on this cluster ({sys.executable}) has no TensorFlow.',
            remedy='Install it on the nodes with "pip install tensorflow", or allow the network, so that Ray installs it.',
        )
        return 1
    try:
        laid_out(job, folder)
        try:
            workers = started(job, folder, mark)
        except ImportError as error:
            say(
                mark,
                k='trouble',
                code='not-found',
                message=f'The Python that runs jobs on this cluster ({sys.executable}) cannot load Ray: {error}.',
                remedy='Start Ray on its nodes with the environment active that it is installed in.',
            )
            return 1
        code, worker = followed(workers, mark, stopped)
        give_back(job, folder, mark, code)
        say(mark, k='end', code=code, w=worker)
        return 0 if code == 0 else 1
    finally:
        for each in workers:
            each.stop()
        shutil.rmtree(folder, ignore_errors=True)


def started(job: dict, folder: str, mark: str) -> list:
    """All workers, which know of each other where they are several."""
    here = Process(job, folder)
    if job['workers'] == 1:
        here.start(None)
        return [here]
    from cluster.elsewhere import actors

    say(mark, k='out', s=f'Waiting for room for {job["workers"] - 1} more workers.', t=now(), w=0)
    return [here, *actors(job, here)]


def followed(workers: list, mark: str, stopped: threading.Event) -> tuple[int, int]:
    """Says what the workers write until all have ended. Exit code, and the worker that it is of."""
    codes: list = [None] * len(workers)
    asked = False
    usage_at = time.monotonic() + USAGE_EVERY
    while True:
        for place, worker in enumerate(workers):
            if codes[place] is not None:
                continue
            lines, code = worker.poll()
            for kind, text, at in lines:
                say(mark, k=kind, s=text, t=at, w=place)
            codes[place] = code
        failed = next((place for place, code in enumerate(codes) if code), None)
        if all(code is not None for code in codes):
            return (codes[failed], failed) if failed is not None else (0, 0)
        if stopped.is_set() or failed is not None:
            # Those that wait for one that is gone would wait forever.
            if not asked:
                for worker in workers:
                    worker.ask_to_stop()
            asked = True
            if failed is not None:
                rest_of(workers, codes, mark)
                return codes[failed], failed
        if time.monotonic() >= usage_at:
            usage_at = time.monotonic() + USAGE_EVERY
            cores, size = workers[0].usage()
            say(mark, k='usage', c=cores, m=size)
        time.sleep(POLL)


def rest_of(workers: list, codes: list, mark: str) -> None:
    """The last words of those that were asked to stop."""
    end = time.monotonic() + 5
    while time.monotonic() < end and not all(code is not None for code in codes):
        for place, worker in enumerate(workers):
            if codes[place] is None:
                lines, codes[place] = worker.poll()
                for kind, text, at in lines:
                    say(mark, k=kind, s=text, t=at, w=place)
        time.sleep(POLL)


def give_back(job: dict, folder: str, mark: str, code: int) -> None:
    """What the work left in its folder. A large checkpoint is of use to what did not come to its end alone."""
    for path in new_files(job, folder):
        place = os.path.join(folder, path)
        if path == 'checkpoint.bin' and code == 0 and os.path.getsize(place) > CHECKPOINT:
            continue
        say(mark, k='file', p=path, n=os.path.getsize(place), h=digest_of(place))
        with open(place, 'rb') as file:
            while part := file.read(PART):
                say(mark, k='part', d=base64.b64encode(part).decode())


def now() -> int:
    return int(time.time() * 1000)


if __name__ == '__main__':
    exit_code = main()
    sys.stdout.flush()
    # Ray's own threads may wait for a cluster that is gone.
    os._exit(exit_code)
