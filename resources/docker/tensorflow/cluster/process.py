"""One worker: the process that does the work, and what it writes."""

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLACES = ('TRAIN_DATA', 'EVAL_DATA', 'TEST_DATA', 'MODEL_DIR')
RUNNERS = {'.py': [sys.executable, '-u'], '.sh': ['bash'], '.js': ['node'], '.mjs': ['node'], '.R': ['Rscript']}


class Process:
    """A worker on this node, in a work folder that is laid out."""

    def __init__(self, job: dict, folder: str):
        self.job, self.folder = job, folder
        self.lines: deque = deque()
        self.process: subprocess.Popen | None = None
        self.readers: list = []
        self.seen = (time.monotonic(), 0.0)
        self.port = 0

    def address(self) -> str:
        """Where the other workers reach this one."""
        if not self.port:
            self.port = _free_port()
        return f'{_own_ip()}:{self.port}'

    def start(self, cluster: dict | None) -> None:
        env = {**os.environ, **self._settings(cluster)}
        env.pop('EDGEWRIGHT_MARK', None)
        words = self._words()
        try:
            self.process = subprocess.Popen(
                words,
                cwd=self.folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                preexec_fn=_ends_with_parent if sys.platform == 'linux' else None,
            )
        except OSError as error:
            self.lines.append(('err', f'{words[0]} could not be started: {error}', int(time.time() * 1000)))
            self.process = subprocess.Popen([sys.executable, '-c', 'raise SystemExit(127)'])
            return
        for kind, stream in (('out', self.process.stdout), ('err', self.process.stderr)):
            reader = threading.Thread(target=self._read, args=(kind, stream), daemon=True)
            reader.start()
            self.readers.append(reader)

    def poll(self) -> tuple[list, int | None]:
        """Lines since it was last asked, as (kind, text, milliseconds), and the exit code once it has ended."""
        code = self.process.poll() if self.process else None
        if code is not None:
            # What it started may hold its output open; that is not waited for.
            for reader in self.readers:
                reader.join(2)
        lines = []
        while self.lines:
            lines.append(self.lines.popleft())
        return lines, code

    def ask_to_stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def usage(self) -> tuple[float, int]:
        """Cores in use since it was last asked, and bytes in memory."""
        try:
            with open(f'/proc/{self.process.pid}/stat', encoding='utf8') as file:
                fields = file.read().rpartition(')')[2].split()
            used = (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
            size = int(fields[21]) * os.sysconf('SC_PAGE_SIZE')
        except (OSError, AttributeError, IndexError, ValueError):
            return 0.0, 0
        (before, then), now = self.seen, time.monotonic()
        self.seen = (now, used)
        return max(0.0, (used - then) / max(0.001, now - before)), size

    def _read(self, kind: str, stream) -> None:
        for line in stream:
            self.lines.append((kind, line.decode('utf8', 'replace').rstrip('\r\n'), int(time.time() * 1000)))

    def _words(self) -> list[str]:
        work = self.job['work']
        if work['kind'] == 'train':
            words = [sys.executable, '-u', os.path.join(HERE, 'train.py'), self.folder]
            if self.job['gpus']:
                words += ['--gpus', str(self.job['gpus'])]
            return [*words, '--mixed-precision'] if self.job['mixedPrecision'] else words
        if work.get('command'):
            return list(work['command'])
        script = work['script']
        inside = os.path.join(self.folder, script)
        path = inside if os.path.exists(inside) else script
        return [*RUNNERS.get(os.path.splitext(path)[1], []), path]

    def _settings(self, cluster: dict | None) -> dict:
        work = self.job['work']
        settings = {'PYTHONUNBUFFERED': '1', 'PYTHONDONTWRITEBYTECODE': '1'}
        if work['kind'] == 'script':
            for name, value in work['env'].items():
                settings[name] = os.path.join(self.folder, value) if name in PLACES else value
        if self.job['cpus']:
            threads = str(max(1, int(self.job['cpus'])))
            names = ('OMP_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS')
            settings.update(dict.fromkeys(names, threads))
        else:
            # Ray says 1 to whoever asks for nothing.
            settings['OMP_NUM_THREADS'] = str(os.cpu_count() or 1)
        if not self.job['gpus']:
            settings['CUDA_VISIBLE_DEVICES'] = '-1'
        if cluster is not None:
            settings['TF_CONFIG'] = json.dumps(cluster)
        return settings


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('', 0))
        return probe.getsockname()[1]


def _own_ip() -> str:
    import ray

    ip = ray.util.get_node_ip_address()
    return f'[{ip}]' if re.search(':', ip) else ip


def _ends_with_parent() -> None:
    """Linux ends the process when the one that started it is gone, however that ended."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
