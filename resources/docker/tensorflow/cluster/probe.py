"""What the nodes of a cluster bring: run as a job, `python -m cluster.probe`; a line of JSON behind the mark."""

import importlib.metadata
import json
import os
import platform
import shutil
import sys
import tempfile


def look() -> dict:
    versions = {}
    for name in ('tensorflow', 'tensorflow-cpu', 'tf-nightly'):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        'python': platform.python_version(),
        'tensorflow': next(iter(versions.values()), None),
        'free': shutil.disk_usage(tempfile.gettempdir()).free,
    }


def main() -> None:
    mark = os.environ['EDGEWRIGHT_MARK']
    try:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
    except ImportError as error:
        # Ray was started by its full path, and the Python that jobs find is another one.
        print(f'{mark} {json.dumps({"without": sys.executable, "error": str(error)})}', flush=True)
        return
    ray.init(log_to_driver=False, logging_level='ERROR')
    asked = {}
    for node in ray.nodes():
        if node['Alive']:
            here = NodeAffinitySchedulingStrategy(node['NodeID'], soft=False)
            asked[node['NodeManagerAddress']] = ray.remote(look).options(num_cpus=0, scheduling_strategy=here).remote()
    found = []
    for address, answer in asked.items():
        try:
            found.append({'node': address, **ray.get(answer, timeout=30)})
        except ray.exceptions.RayError as error:
            found.append({'node': address, 'error': str(error).strip().splitlines()[0]})
    print(f'{mark} {json.dumps(found)}', flush=True)


if __name__ == '__main__':
    main()
