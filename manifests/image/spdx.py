"""spdx.py - the bill of materials (SPDX 2.3, JSON): the adapter and the Debian packages that are in the image with it."""
import datetime
import hashlib
import json
import re
import urllib.parse
import uuid

import debian

UNKNOWN = "NOASSERTION"


def package_entry(package):
    fields = debian.fields_of(package)
    name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
    purl = f"pkg:deb/debian/{urllib.parse.quote(name)}@{urllib.parse.quote(version, safe='')}?arch={architecture}&distro=debian-12"
    entry = {
        "SPDXID": "SPDXRef-Package-deb-" + re.sub(r"[^A-Za-z0-9.-]", "-", name),
        "name": name,
        "versionInfo": version,
        "supplier": UNKNOWN,
        "originator": "Organization: Debian",
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "sourceInfo": f"built package from: {fields['source:Package']} {fields['source:Version']}",
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": UNKNOWN,
        "copyrightText": UNKNOWN,
        "comment": f"licences: /usr/share/doc/{name}/copyright in the image",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}],
    }
    if fields["Homepage"]:
        entry["homepage"] = fields["Homepage"]
    return entry


def adapter_entry(version, program):
    return {
        "SPDXID": "SPDXRef-Package-coder-metrics-adapter",
        "name": "coder-metrics-adapter",
        "versionInfo": version,
        "supplier": UNKNOWN,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "checksums": [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(program).hexdigest()}],
        "licenseConcluded": "Apache-2.0",
        "licenseDeclared": "Apache-2.0",
        "copyrightText": UNKNOWN,
        "primaryPackagePurpose": "APPLICATION",
    }


def document(version, program, packages, epoch):
    """program: the bytes that are in the image. The same input gives the same text."""
    adapter = adapter_entry(version, program)
    entries = [adapter, *(package_entry(package) for package in packages)]
    identity = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(entries, sort_keys=True))
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", adapter["SPDXID"])]
    relations += [(adapter["SPDXID"], "DEPENDS_ON", entry["SPDXID"]) for entry in entries[1:]]
    return json.dumps({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"coder-metrics-adapter-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/coder-metrics-adapter-{version}-{identity}",
        "creationInfo": {
            "created": datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [f"Tool: coder-metrics-adapter-image-{version}"],
        },
        "packages": entries,
        "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other} for one, kind, other in relations],
    }, indent=1) + "\n"
