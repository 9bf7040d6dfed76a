"""python-tuf at both ends: `verify` reads what we publish, `publish` writes what we read."""

import hashlib
import os
import sys
from datetime import datetime, timedelta, timezone

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.ngclient import Updater


def verify(url, folder, root, *paths):
    """Prints length and SHA-256 of each target, or `none`."""
    with open(root, "rb") as file:
        updater = Updater(folder, url, bootstrap=file.read())
    updater.refresh()
    for path in paths:
        info = updater.get_targetinfo(path)
        print(path, info.length if info else "none", info.hashes["sha256"] if info else "none")


def publish(folder, rounds):
    """A repository with a delegated role, its root keys replaced once for each round after the first."""
    rounds = int(rounds)
    expires = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=2)
    make = CryptoSigner.generate_ed25519
    roots = [make(), make(), make()]
    top = {role: make() for role in ("targets", "snapshot", "timestamp")}
    site = make()

    def save(name, metadata, signers):
        metadata.signatures.clear()
        for signer in signers:
            metadata.sign(signer, append=True)
        metadata.to_file(os.path.join(folder, name))

    before = []
    for version in range(1, rounds + 1):
        root = Root(version=version, expires=expires, consistent_snapshot=True)
        for signer in roots:
            root.add_key(signer.public_key, "root")
        root.roles["root"].threshold = 2
        for role, signer in top.items():
            root.add_key(signer.public_key, role)
        save(f"{version}.root.json", Metadata(root), before[:2] + roots[:2])
        before, roots = roots, [roots[1], roots[2], make()]

    content = b"plan of python"
    plan = TargetFile(len(content), {"sha256": hashlib.sha256(content).hexdigest()}, "site/plan", {"custom": {"n": 1}})
    role = DelegatedRole("site", [site.public_key.keyid], 1, True, ["site/*"])
    targets = Targets(version=1, expires=expires)
    targets.delegations = Delegations({site.public_key.keyid: site.public_key}, {"site": role})
    save("1.targets.json", Metadata(targets), [top["targets"]])
    save("1.site.json", Metadata(Targets(version=1, expires=expires, targets={"site/plan": plan})), [site])
    snapshot = Snapshot(version=1, expires=expires)
    snapshot.meta = {"targets.json": MetaFile(1), "site.json": MetaFile(1)}
    save("1.snapshot.json", Metadata(snapshot), [top["snapshot"]])
    save("timestamp.json", Metadata(Timestamp(version=1, expires=expires)), [top["timestamp"]])


{"verify": verify, "publish": publish}[sys.argv[1]](*sys.argv[2:])
