"""The work folder on a node: made of the packages that Ray brought there."""

import hashlib
import os
import sys

PIECES = 'edgewright_data'
"""The folder in each package of data that holds its pieces, each named by its SHA-256."""


def laid_out(job: dict, folder: str) -> None:
    """Puts the files of a job into a folder. A file of one piece is not copied."""
    for file in job['files']:
        target = os.path.join(folder, file['path'])
        os.makedirs(os.path.dirname(target), exist_ok=True)
        pieces = [_place_of(piece) for piece in file['pieces']]
        if len(pieces) == 1 and file['size'] > 2**20:
            os.symlink(pieces[0], target)
            continue
        with open(target, 'wb') as out:
            for piece in pieces:
                with open(piece, 'rb') as part:
                    while content := part.read(2**20):
                        out.write(content)
    for name in job['folders']:
        os.makedirs(os.path.join(folder, name), exist_ok=True)


def _place_of(piece: str) -> str:
    for entry in [*sys.path, *os.environ.get('PYTHONPATH', '').split(os.pathsep)]:
        path = os.path.join(entry or '.', PIECES, piece)
        if os.path.exists(path):
            return path
    raise FileNotFoundError(f'The cluster did not bring the piece {piece} of the data to this node.')


def new_files(job: dict, folder: str) -> list[str]:
    """Files that were not there before or are others now, by their path in the folder."""
    before = {file['path']: file for file in job['files']}
    found = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(place, name)
            known = os.path.relpath(path, folder).replace(os.sep, '/')
            if os.path.islink(path) or not os.path.isfile(path) or name.endswith('.part'):
                continue
            if known in before and not _changed(path, before[known]):
                continue
            found.append(known)
    return found


def _changed(path: str, before: dict) -> bool:
    if os.path.getsize(path) != before['size']:
        return True
    return digest_of(path) != before['sha256']


def digest_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while content := file.read(2**20):
            digest.update(content)
    return digest.hexdigest()
