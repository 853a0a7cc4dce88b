"""Files that are nearly right: whole ones, with bytes changed, cut, doubled, moved and packed."""

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

from hypothesis import strategies as st
from openpyxl import Workbook

from tests.fuzz.values import json_values, odd
from tests.interactions.files import json_lines, row

TABLE = (
    "Ticket ID;Via;Created;Requester;Agent;Body\n"
    '7;Email;31/03/2026 09:30;Carla;Ada;"Where is it?\nI am waiting."\n'
    "8;Chat;01/04/2026 10:00;Cem;Ben;Hello\n"
)
CHAT = "[14/09/2026, 10:00] Carla: Where is it?\n[14/09/2026, 10:01] Ada: It leaves tomorrow.\n"
VTT = "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Ada>Hello.\n\n00:02.500 --> 00:04.000\n<v Carla>Hi.\n"
SRT = "1\n00:00:00,000 --> 00:00:02,000\nAda: Hello.\n\n2\n00:00:02,500 --> 00:00:04,000\nCarla: Hi.\n"
PEOPLE = (
    "email,first_name,last_name,started_on,is_active,roles,teams,identities\n"
    "nia@example.org,Nia,Brook,2026-01-01,yes,Agents,North,desk=1\n"
    "leo@example.org,Leo,Lund,2026-02-01,no,Agents;Managers,North:manager;South,desk=2;chat=3\n"
)
GIFT = """\
$CATEGORY: a/b
// [id:q1] [tag:basics]
::First:: [html]<p>Which?</p> {=one#Yes. ~%50%two ~three####All.}
::Second:: True? {T#no#yes}
::Third:: How many? {#3.5:0.5 =%50%4..6}
::Fourth:: Match {=a -> 1 =b -> 2 =c -> 3}

Say {=it =that} again
Essay {}
"""
MARKDOWN = """\
---
title: Closing
weight: 3
review: 6 months
owner: edda.quill@example.org
date: 2026-01-02
aliases: [/old]
---
# Closing

Text with *emphasis*, [a link](other.md) and ![a picture](p.png).

| a | b |
|---|---|
| 1 | 2 |

1. One
2. Two
   - Three

> Quoted {% page "x" %} <b>bold</b> <table><tr><td>cell</table>
"""
MANIFEST = """\
<?xml version="1.0"?>
<manifest identifier="m" version="1.2" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="o"><organization identifier="o"><title>T</title>
    <item identifier="i" identifierref="r" parameters="?a=1"><title>One</title>
      <adlcp:masteryscore>80</adlcp:masteryscore><adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>
    </item></organization></organizations>
  <resources><resource identifier="r" type="webcontent" adlcp:scormtype="sco" href="index.html">
    <file href="index.html"/></resource></resources>
</manifest>
"""
SAID = "Customer: Where is it?\n10:02 Agent: It leaves tomorrow.\nCarla: Thanks.\n"


def _table() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["source", "external_id", "channel", "started_at", "messages"])
    for number in (1, 2):
        messages = json.dumps([{"speaker": "customer", "text": "Hello"}])
        writer.writerow(["desk", number, "chat", "2026-09-14T10:00:00Z", messages])
    return out.getvalue().encode()


def _workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    for line in TABLE.replace("\nI am", " I am").splitlines():
        book.active.append(line.split(";"))
    book.save(out)
    return out.getvalue()


def _mail(number: int = 1) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "Carla <c@example.org>",
        "help@shop.example",
        "Order",
    )
    mail["Date"], mail["Message-ID"] = "Mon, 14 Sep 2026 10:00:00 +0200", f"<{number}@example.org>"
    mail.set_content("Where is it?\n\n> quoted\n")
    mail.add_alternative("<p>Where is it?</p>", subtype="html")
    return mail.as_bytes()


def _zendesk() -> bytes:
    ticket = {
        "id": 7, "url": "https://x.zendesk.com/api/v2/tickets/7.json", "subject": "Order",
        "created_at": "2026-09-14T10:00:00Z", "updated_at": "2026-09-14T11:00:00Z",
        "via": {"channel": "email"}, "requester_id": 1, "assignee_id": 2, "status": "solved",
        "comments": [{"id": 1, "author_id": 1, "body": "Hello", "created_at": "2026-09-14T10:00:00Z"}],
    }  # fmt: skip
    return json.dumps({"tickets": [ticket]}).encode()


CONVERSATIONS = {
    "a.jsonl": json_lines(row(1), row(2, answers=[{"kind": "csat", "value": 4}])),
    "a.json": json.dumps([row(1), row(2)]).encode(),
    "b.json": _zendesk(),
    "a.csv": TABLE.encode(),
    "b.csv": _table(),
    "c.csv": TABLE.encode("utf-16"),
    "a.xlsx": _workbook(),
    "a.eml": _mail(),
    "a.mbox": b"".join(b"From a@b Mon Sep 14 10:00:00 2026\n" + _mail(n) + b"\n" for n in (1, 2)),
    "a.txt": CHAT.encode(),
    "a.vtt": VTT.encode(),
    "a.srt": SRT.encode(),
}


def zipped(data: bytes, name: str = "inside.txt") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


PACKERS: list[Callable[[bytes], bytes]] = [gzip.compress, bz2.compress, lzma.compress, zipped]
_bytes = st.binary(max_size=12) | odd.map(lambda text: text.encode(errors="surrogatepass")[:6000])


@st.composite
def mutated(draw: st.DrawFn, whole: bytes) -> bytes:
    """`whole` with a few things done to it."""
    data = whole
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        upto = min(len(data), at + draw(st.integers(0, 30)))
        how = draw(st.sampled_from("put replace cut double move end".split()))
        if how == "put":
            data = data[:at] + draw(_bytes) + data[at:]
        elif how == "replace":
            data = data[:at] + draw(_bytes) + data[upto:]
        elif how == "cut":
            data = data[:at] + data[upto:]
        elif how == "double":
            data = data[:upto] + data[at:]
        elif how == "move":
            data = data[:at] + data[upto:] + data[at:upto]
        else:
            data = data[:at]
    return data


@st.composite
def conversations(draw: st.DrawFn) -> tuple[str, bytes]:
    """A name and a file: one of ours changed, rows of any shape, or bytes."""
    how = draw(st.integers(0, 9))
    if how == 0:
        name, data = "a.bin", draw(st.binary(max_size=300))
    elif how <= 2:
        rows = draw(st.lists(odd_rows(), min_size=1, max_size=3))
        name, data = "a.jsonl", "\n".join(json.dumps(each) for each in rows).encode()
    else:
        name = draw(st.sampled_from(sorted(CONVERSATIONS)))
        data = draw(mutated(CONVERSATIONS[name]))
    if not draw(st.integers(0, 4)):
        data = draw(mutated(draw(st.sampled_from(PACKERS))(data)))
    return name, data


@st.composite
def odd_rows(draw: st.DrawFn) -> dict[str, object]:
    """A row of ours with values that no one expects, at any depth."""
    changed: dict[str, object] = row(draw(st.integers(1, 3)))
    for _ in range(draw(st.integers(1, 3))):
        here: object = changed
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            below = here[key]
            if isinstance(below, dict | list) and draw(st.booleans()):
                here = below
                continue
            here[key] = draw(json_values)
            break
    more = st.sampled_from(
        "answers language tags facts recording resolved_at first_response_seconds duration_seconds "
        "ended_at queue outcome transfers hold_seconds team url priority".split()
    )
    changed.update(draw(st.dictionaries(more, json_values, max_size=2)))
    return changed
