"""What is said while training, and troubles in a person's words."""

import errno
import json
import re
import sys
import traceback


class Trouble(Exception):
    """Expected trouble: a code of the engine's list, one sentence, and what to do about it."""

    def __init__(self, code: str, message: str, remedy: str):
        super().__init__(message)
        self.failure = {'code': code, 'message': message, 'remedy': remedy}


def tell(message: dict) -> None:
    """One line of JSON, at once, whole even where several write."""
    sys.stdout.write(json.dumps(message, separators=(',', ':'), allow_nan=False) + '\n')
    sys.stdout.flush()


def failure_of(error: BaseException) -> dict:
    """The engine's `Failure` of anything that was raised. What nobody expected is written to the log whole."""
    if isinstance(error, Trouble):
        return error.failure
    name = type(error).__name__
    if isinstance(error, MemoryError) or name == 'ResourceExhaustedError':
        where = re.search(r'GPU:\d+', str(error))
        return _failure(
            'training-failed',
            f'The memory of {where.group(0) if where else "the computer"} did not suffice.',
            'Take a smaller batch or fewer units, or more workers; the run goes on from its last checkpoint.',
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _failure('disk-full', 'The disk is full.', 'Free some space where the training runs, and do it again.')
    traceback.print_exc()
    if name in ('UnavailableError', 'AbortedError', 'CancelledError'):
        return _failure(
            'training-failed',
            'A worker did not answer any more, so the others ended too.',
            'See in the log which one it was; the run goes on from its last checkpoint.',
        )
    said = str(error).strip().splitlines()
    return _failure(
        'training-failed',
        f'The training met an error: {name}: {said[0][:300] if said else ""}',
        'See the log; the run goes on from its last checkpoint.',
    )


def _failure(code: str, message: str, remedy: str) -> dict:
    return {'code': code, 'message': message, 'remedy': remedy}
