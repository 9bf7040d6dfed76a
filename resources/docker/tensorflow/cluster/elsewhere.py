"""Workers on other nodes, or on this one where there is room: actors of Ray."""

import shutil
import tempfile

import ray

from .process import Process
from .workfolder import laid_out


@ray.remote(max_restarts=0)
class Elsewhere:
    """A worker that Ray puts where the resources are."""

    def __init__(self, job: dict):
        self.folder = tempfile.mkdtemp(prefix='edgewright-')
        laid_out(job, self.folder)
        self.process = Process(job, self.folder)

    def address(self) -> str:
        return self.process.address()

    def start(self, cluster: dict) -> None:
        self.process.start(cluster)

    def poll(self):
        return self.process.poll()

    def ask_to_stop(self) -> None:
        self.process.ask_to_stop()

    def stop(self) -> None:
        self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Actor:
    """The same as a process here, by calls to the actor."""

    def __init__(self, actor):
        self.actor = actor

    def poll(self):
        try:
            return ray.get(self.actor.poll.remote(), timeout=30)
        except ray.exceptions.RayError as error:
            said = str(error).strip().splitlines()
            return [('err', f'The worker was lost: {said[0] if said else error}', 0)], 1

    def ask_to_stop(self) -> None:
        self.actor.ask_to_stop.remote()

    def stop(self) -> None:
        try:
            ray.get(self.actor.stop.remote(), timeout=5)
        except ray.exceptions.RayError:
            pass
        ray.kill(self.actor)


def actors(job: dict, first: Process) -> list[Actor]:
    """All workers but the first one; starts that one, too, as soon as all are known to each other."""
    ray.init(log_to_driver=False, logging_level='ERROR')
    asked = {'num_cpus': job['cpus'] or 1, 'num_gpus': job['gpus'] or 0}
    if job['memory']:
        asked['memory'] = job['memory']
    others = [Elsewhere.options(**asked).remote(job) for _ in range(job['workers'] - 1)]
    addresses = [first.address(), *ray.get([other.address.remote() for other in others])]
    for place, worker in enumerate([first, *others]):
        cluster = {'cluster': {'worker': addresses}, 'task': {'type': 'worker', 'index': place}}
        if place == 0:
            worker.start(cluster)
        else:
            ray.get(worker.start.remote(cluster))
    return [Actor(other) for other in others]
