import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** What may go wrong between publisher and device, and the tests that stand for it: a file, and how their titles begin. */
const FAULTS: Record<string, [file: string, ...titles: string[]][]> = {
  '1: killed at every step of publishing, fetching, putting together, rehearsing, switching, rolling back, state, trust, outbox and records':
    [
      [
        'agent/faults/kill',
        'fault 1: a real device is killed at each of its steps on the disk',
        'fault 1 and 18: a real publisher is killed at each third of its steps on the disk',
      ],
      ['engine/release/pieces/fetchBlob', 'a power cut at every step of a fetch costs one piece at most'],
    ],
  '2: the power goes at every step, and at random; older metadata stays refused': [
    ['agent/faults/kill', 'fault 1 and 2: the power goes at every single step of an installation'],
    ['agent/faults/power', 'fault 1 and 2: 200 random power cuts'],
    ['agent/faults/sequence', 'fault 2, 8 and 15: any sequence of publishing, rolling back, sticks, replays'],
    [
      'engine/trust/powerCut',
      'at every step of a refresh: the device knows the old or the new, and takes no older copy',
      'after a refresh came to its end: what it saw is never forgotten',
    ],
  ],
  '3: a truncated file, wherever it lies; safe mode where both copies of the state are bad': [
    [
      'agent/faults/disk',
      'it answers with a whole version, and comes to what is wanted',
      'both copies of the state: what `current` names goes on',
      'a record in the middle of the chain is left out and shows as a gap; a torn end is cut off',
      'a key of the device: said in one sentence, and never replaced',
    ],
    [
      'agent/faults/line',
      'fault 3 and 4: each file of a repository, truncated, empty or with one bit flipped',
    ],
    ['engine/release/pieces/fetchBlob', 'goes on with a damaged map as without one'],
    ['engine/release/delta/patch', 'with any byte changed, or cut off anywhere, is refused'],
    ['engine/release/pack/pack', 'that is cut off anywhere is refused when it is opened'],
    ['engine/release/sealed/batch', 'is refused when it lacks an end, a bit, or is something else'],
    ['engine/trust/powerCut', 'keeps two generations and falls back to the one before'],
  ],
  '4: one flipped bit, in what is installed too': [
    ['agent/faults/disk', 'it answers with a whole version, and comes to what is wanted'],
    [
      'agent/faults/line',
      'fault 3 and 4: each file of a repository, truncated, empty or with one bit flipped',
      'fault 14: the file that a patch builds on rots on the device',
    ],
    [
      'engine/release/pieces/fetchBlob',
      'with a turned bit in a piece has only that piece sent again',
      'has a piece sent again that the disk damaged in the meantime',
    ],
    ['engine/release/pack/pack', 'with blocks that never came to the stick is refused'],
  ],
  '5: clock in 1970 and in 2036, a jump during the run, summer time': [
    [
      'agent/faults/word',
      '1970 does not switch off expiry, and years ahead only blocks installing',
      'a jump during the run is told, and nothing stops',
      'jumps to 1970, to 2036 and back while a version is on its way and on trial',
      'daily windows keep to what the clock on the wall shows, over both changes of summer time',
    ],
    ['engine/trust/attacks', 'a clock of 1970 takes what is signed, one of 2036 nothing'],
  ],
  '6: disk full at each write, no inode left, read-only, on the device and on the stick': [
    [
      'agent/faults/disk',
      'full at each write of an installation: told with the numbers',
      'no inode left at each new name of an installation',
      'each write fails once with an error of the disk',
      'a remount as read-only at each third step of an installation',
      'read-only from the start: it answers, and says so',
    ],
    [
      'agent/faults/mount',
      'fault 6: a real disk that turns read-only under a running agent, and at its next start',
      'fault 6: a device that stands starts on a disk without room',
    ],
    [
      'agent/faults/stick',
      'fault 6: a stick that takes nothing is read all the same',
      'samples go by quota, the oldest random one first, and drops are counted',
    ],
    ['agent/records', 'a full disk keeps records in memory'],
    ['engine/trust/powerCut', 'a disk that is full or read-only says so, and what was known stays'],
  ],
  '7: root, timestamp, snapshot, targets or a stick that ended': [
    ['agent/faults/word', 'fault 7: what has ended is not installed, the date is named'],
    ['agent/faults/stick', 'fault 7: a stick whose 90 days are over installs nothing'],
    [
      'engine/trust/attacks',
      '%s that ended: nothing is installed, and what is known stays',
      'a plan that ended under a fresh timestamp',
    ],
  ],
  '8: an older version played again': [
    ['agent/faults/word', 'fault 8: a whole repository that is older is refused, and counts as an attack'],
    ['agent/faults/stick', 'a stick of another site, an older one and one that was cut off are told'],
    [
      'engine/trust/attacks',
      'of the whole repository',
      'of the snapshot under a new timestamp',
      'of %s under a new snapshot',
      'a role that is gone from the snapshot',
    ],
  ],
  '9: fast-forward, and recovery by new keys': [
    [
      'engine/trust/attacks',
      'to version %d, and devices follow once keys are replaced',
      'of the timestamp alone, on a mirror',
      'of the timestamp alone, in the repository',
    ],
  ],
  '10: wrong key, too few, twice the same, revoked, unsigned': [
    [
      'engine/trust/attacks',
      '%s signed by somebody else',
      'a root of a stranger',
      'unsigned files',
      'one root key of three is too few, and the same one twice is one',
      'key ids that stand twice in a role',
      'what a revoked key signs is refused',
      'the key of one model vouches for no other one',
    ],
  ],
  '11: mix-and-match, wrong hardware, wrong site': [
    [
      'engine/trust/attacks',
      'a role file of another version under the right name',
      'targets of one time with a snapshot of another',
      'the repository of another %s of the same publisher',
    ],
    [
      'agent/faults/word',
      'wrong hardware is refused before anything is fetched, with the numbers',
      'another site, and a plan that names what no key for the model signed',
    ],
  ],
  '12: endless data, slow drip, redirect loop, wrong length, no ranges': [
    [
      'engine/release/pieces/fetchBlob',
      'that stalls or drips is given up in time',
      'comes from a server that knows no ranges',
      'from a server that %s is refused, and nothing comes to lie in its place',
      'that is endless after its own length is taken and no more',
    ],
    ['engine/release/tree/remote', 'metadata %s is refused'],
    [
      'engine/trust/attacks',
      '%s is asked for with a bound and not read beyond it',
      '%s that never comes ends after its time',
      'files that each come late end after the time for all',
    ],
    ['agent/faults/line', 'fault 12: a line that %s keeps nothing from answering'],
  ],
  '13: a drop at each tenth, another server, another address': [
    ['agent/faults/line', 'fault 13 and 22: at each tenth the server goes and comes back'],
    [
      'engine/release/pieces/fetchBlob',
      'goes on after a drop at every tenth, and wastes at most a piece a drop',
      'goes on where another process was killed, from another source',
    ],
  ],
  '14: a patch on the wrong base, a bomb of 4 GB': [
    [
      'engine/release/delta/patch',
      'for another old file is refused before it is applied, in every codec',
      'that is a bomb is not unpacked',
      'that makes 4 GB out of runs and %s is not unpacked',
      'that wants a window of gigabytes gets none',
    ],
    ['agent/faults/line', 'fault 14: the file that a patch builds on rots on the device'],
  ],
  '15: the same stick twice, two at once, pulled at random, of another site': [
    [
      'agent/faults/stick',
      'a box without a network gets its model, asks to be let in, and sends its records back',
      'two sticks at once: the newer one counts',
      'a stick is pulled at 40 random moments while it is read',
      'a stick of another site, an older one and one that was cut off are told',
      'half by the network, half by a stick',
    ],
    ['engine/release/pack/pack', 'whose stick is pulled out while it is read says so'],
  ],
  '16: reports twice, out of order, with a gap, forged, their receipt lost': [
    [
      'engine/publishing/records/receive',
      'is taken in once, however often and in whatever order it comes',
      'a device that nobody approved is refused, counted and stays visible',
      'records that a device has lost itself hold no receipt up',
      'what lies in the folder return of a repository comes in by itself, and a lost receipt is told again',
    ],
    ['agent/faults/stick', 'a box without a network gets its model, asks to be let in'],
  ],
  '17: wrong answers, no numbers, ten times slower, out of memory, a crash at inference 1000': [
    [
      'agent/serving/rehearsal',
      'a rehearsal refuses in one sentence',
      'a model that computes for ever, with the seconds it had',
      'a model that takes more memory than is allowed',
      'a model for which memory runs out takes its process along, and nothing else',
    ],
    [
      'agent/faults/word',
      'one that fails its rehearsal is put into quarantine',
      'one that gives no numbers on trial is gone back from, without a loop',
      'one that takes the agent along again and again is gone back from at the fourth start',
    ],
    [
      'agent/faults/crash',
      'fault 17: a segmentation fault at inference 1000',
      'fault 17: a version that takes ten times as long as the one that answers',
    ],
  ],
  '18: two who publish at once; one who dies in between': [
    [
      'engine/trust/writer',
      'two publishers at once lose none of their work',
      'a publisher who ends at any step leaves the old state or the new one',
    ],
    [
      'agent/faults/kill',
      'fault 1 and 18: a real publisher is killed at each third of its steps on the disk',
    ],
    ['engine/publishing/publish', 'several at once all count'],
  ],
  '19: a root key that is lost or stolen, a computer that is replaced': [
    ['engine/trust/rotation', 'of root: "%s"', 'every root key after the other', 'of "%s" changes nothing'],
    ['engine/trust/keyring', 'opens with its passphrase only, and signs again when it is brought back'],
  ],
  '20: an agent of another time on the same state, and back': [
    [
      'agent/faults/disk',
      'a later agent keeps more in state and records: an earlier one goes on with it',
      'the state of the first agent of this form is read for ever',
      'the state folder of an agent of the first kind is told in one sentence',
    ],
  ],
  '21: a thousand agents at one computer': [['bench/edge', 'AGENTS = 1000']],
  '22: no name service: an address that was typed': [
    ['agent/faults/line', 'fault 13 and 22: at each tenth the server goes and comes back'],
  ],
}

const tests = fileURLToPath(new URL('../../', import.meta.url))

function contentOf(file: string): string {
  for (const ending of ['.test.ts', '.ts'])
    try {
      return readFileSync(join(tests, file + ending), 'utf8')
    } catch {
      // The other ending.
    }
  return ''
}

test('22 faults have their tests', () => {
  expect(Object.keys(FAULTS).map(fault => Number(fault.split(':')[0]))).toEqual(
    Array.from({ length: 22 }, (_, i) => i + 1),
  )
})

test.each(Object.entries(FAULTS))('fault %s', (_, places) => {
  for (const [file, ...titles] of places) {
    const content = contentOf(file)
    expect(
      titles.filter(title => !content.includes(title)),
      file,
    ).toEqual([])
  }
})
